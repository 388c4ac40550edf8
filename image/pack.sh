#!/bin/bash
# image/pack.sh ARCH: the disk as one file to be flashed, build/image/ARCH/foyer-<version>.img.zst, and how that is done.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/image/$1
version=$(sed -n 's/^IMAGE_VERSION="\(.*\)"$/\1/p' "$out/tree/usr/lib/os-release")
packed=$out/foyer-$version.img.zst
printf '==> pack\n'
rm -f "$out"/foyer-*.img.zst
nice zstd -q -T0 -3 -f "$out/disk.img" -o "$packed.part"
mv "$packed.part" "$packed"
cat <<SAY

$packed, $(($(stat -c %s "$packed") >> 20)) MiB, for a card of 4 GB or more. To flash it, with /dev/… being the card (lsblk tells;
all that is on it is lost):

    zstd -dc $packed | sudo dd of=/dev/… bs=4M conv=fsync status=progress

or choose it as "custom image" in Raspberry Pi Imager. Then: card into the Pi, power on. docs/install.md goes on from there.
SAY
