#!/bin/bash
# image/manifest.sh ARCH: what the image is made of, each package with its version, compared with image/manifest/ARCH.txt. A
# difference is shown and written there; with MANIFEST=check it ends the build.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=$1
out=build/image/$arch
kept=image/manifest/$arch.txt
mkdir -p image/manifest
{
    echo "# Debian"
    cat "$out/packages"
    echo "# Python"
    sed -n 's/^\([a-z0-9].*\)==\([^ ]*\).*/\1 \2/p' "$out/wheels.lock"
} >"$out/manifest.txt"
install -D -m 644 "$out/manifest.txt" "$out/tree/usr/share/foyer/manifest.txt"

if ! [ -e "$kept" ] || ! diff -U0 "$kept" "$out/manifest.txt"; then
    if [ "${MANIFEST:-}" = check ]; then
        echo "the image is made of other packages than $kept says; make it without MANIFEST=check to take them" >&2
        exit 1
    fi
    cp "$out/manifest.txt" "$kept"
    echo "$kept has been written; commit it"
else
    echo "as recorded: $(grep -vc '^#' "$kept") packages"
fi
