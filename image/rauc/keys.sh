#!/bin/bash
# image/rauc/keys.sh [FOLDER]: the keys that bundles are signed with; made on first use, never written over.
#   ca.key       signs signing certificates: put it away, it is needed again in years
#   ca.pem       the only one that goes into the image: whose bundles it takes
#   signing.key  signs bundles
#   signing.pem  its certificate
# Prints the folder. An owner who has keys of their own (KEYS=FOLDER) puts them there under these names; ca.key may be missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
keys=$(realpath -m "${1:-${KEYS:-build/image/keys}}")

if [ -e "$keys/ca.pem" ]; then
    for file in signing.key signing.pem; do
        [ -e "$keys/$file" ] || { echo "$keys/$file is missing; put it there, or name another folder with KEYS=" >&2; exit 1; }
    done
    echo "$keys"
    exit 0
fi

umask 077
mkdir -p "$keys"
draft=$(mktemp -d "$keys/.new-XXXXXX")
trap 'rm -rf "$draft"' EXIT
# Thirty years: what was sold with this certificate must be able to take updates for as long as it stands somewhere.
openssl req -x509 -newkey rsa:4096 -noenc -days 10957 -sha256 -subj "/O=Foyer/CN=Foyer updates" \
    -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign \
    -keyout "$draft/ca.key" -out "$draft/ca.pem" 2>/dev/null
openssl req -newkey rsa:4096 -noenc -sha256 -subj "/O=Foyer/CN=Foyer bundles" \
    -keyout "$draft/signing.key" -out "$draft/signing.csr" 2>/dev/null
printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=codeSigning >"$draft/ext"
openssl x509 -req -in "$draft/signing.csr" -CA "$draft/ca.pem" -CAkey "$draft/ca.key" -set_serial 1 -days 10957 -sha256 \
    -extfile "$draft/ext" -out "$draft/signing.pem" 2>/dev/null
chmod 644 "$draft/ca.pem" "$draft/signing.pem"
# ca.pem is what tells that all are there: it comes last.
mv "$draft/ca.key" "$draft/signing.key" "$draft/signing.pem" "$keys/"
mv "$draft/ca.pem" "$keys/"
cat >&2 <<SAY
=====================================================================================================================
 NEW KEYS FOR UPDATES were made in $keys
 They are the venue's to keep, outside of this machine too. Whoever has signing.key can put any program into every
 kiosk of this image; whoever loses it can bring no update to them any more: only a new card then.
 (docs/updates.md, "The keys")
=====================================================================================================================
SAY
echo "$keys"
