#!/bin/bash
# image/root.sh ARCH: the tree in build/image/ARCH (OUT=… in the environment: in that folder) as what a slot is written with:
# root.squashfs, the same with its dm-verity hashes behind it (root.verity), and slot.txt, the kernel's arguments with the hash of
# all hashes.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${OUT:-build/image/$1}

nice mksquashfs "$out/tree" "$out/root.squashfs" -comp zstd -Xcompression-level 6 -noappend -no-progress -quiet -no-xattrs

# Padded to whole blocks.
cp --reflink=auto "$out/root.squashfs" "$out/root.verity"
bytes=$((($(stat -c %s "$out/root.squashfs") + 4095) / 4096 * 4096))
truncate -s $bytes "$out/root.verity"
hash=$(veritysetup format --data-block-size=4096 --hash-block-size=4096 --data-blocks=$((bytes / 4096)) --hash-offset=$bytes \
    --salt=- --uuid=00000000-0000-4000-8000-000000000000 "$out/root.verity" "$out/root.verity" | awk '/^Root hash:/ {print $3}')
veritysetup verify --hash-offset=$bytes "$out/root.verity" "$out/root.verity" "$hash"

# Nothing of the kernel or of systemd is written on the screen: the console is a terminal that nobody sees. What is mounted stands in
# fstab: by itself systemd would mount the firmware, too, where it can be written.
printf 'foyer_args=%s\n' "root=/dev/mapper/root ro rootfstype=squashfs rootwait foyer.verity=$hash:$bytes panic=10 fsck.repair=yes \
console=tty3 quiet loglevel=1 splash plymouth.ignore-serial-consoles vt.global_cursor_default=0 consoleblank=0 \
systemd.show_status=no systemd.gpt_auto=no rd.udev.log_level=3 udev.log_level=3" >"$out/slot.txt"
