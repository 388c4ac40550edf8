#!/bin/bash
# image/bundle.sh ARCH: an update of what `make image` made last, signed: build/image/ARCH/foyer-<version>.raucb.
# KEYS=FOLDER names an owner's own keys (image/rauc/keys.sh says which files). How it is brought to a kiosk: docs/updates.md.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=$1
out=${OUT:-build/image/$arch}
for made in "$out/boot.vfat" "$out/root.verity"; do
    [ -e "$made" ] || { echo "$made is not there; make image ARCH=$arch" >&2; exit 1; }
done
keys=$(image/rauc/keys.sh)

# What the image says of itself: a bundle that called itself otherwise would be taken for another.
version=$(unsquashfs -cat "$out/root.verity" usr/lib/os-release | sed -n 's/^IMAGE_VERSION="\(.*\)"$/\1/p')
[ -n "$version" ] || { echo "$out/root.verity does not say its version (IMAGE_VERSION in os-release); make image anew" >&2; exit 1; }
bundle=$out/foyer-$version.raucb

work=$(mktemp -d "$out/bundle-XXXXXX")
trap 'rm -rf "$work" "$work.conf" "$work.log" "$bundle.part"' EXIT
ln "$out/boot.vfat" "$work/boot.img" 2>/dev/null || cp --reflink=auto "$out/boot.vfat" "$work/boot.img"
ln "$out/root.verity" "$work/root.img" 2>/dev/null || cp --reflink=auto "$out/root.verity" "$work/root.img"
cat >"$work/manifest.raucm" <<M
[update]
compatible=foyer-$arch
version=$version

[bundle]
format=plain

[image.root]
filename=root.img

[image.boot]
filename=boot.img
M
cat >"$work.conf" <<C
[system]
compatible=foyer-$arch
bootloader=noop

[keyring]
path=$keys/ca.pem
check-purpose=codesign
C
rm -f "$bundle" "$bundle.part"
# The root is packed already: packing it again costs minutes and saves nothing.
nice rauc --conf="$work.conf" --cert="$keys/signing.pem" --key="$keys/signing.key" \
    --mksquashfs-args="-comp zstd -Xcompression-level 1 -no-fragments -mem 256M" bundle "$work" "$bundle.part" >"$work.log" 2>&1 ||
    { cat "$work.log" >&2; exit 1; }
mv "$bundle.part" "$bundle"

# The text that stands beside it where kiosks look for updates (docs/updates.md, "From the network").
printf 'version = %s\nbundle = %s\n' "$version" "$(basename "$bundle")" >"$out/newest-$arch.txt"
echo "$bundle: $(($(stat -c %s "$bundle") >> 20)) MiB, version $version, signed with $keys/signing.key"
