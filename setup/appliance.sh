#!/bin/sh
# What boots an image beside what builds it (image/tools.sh): a container, the emulator, U-Boot for its board, and a program that takes
# pictures of a compositor.
set -eu
cd "$(dirname "$0")/.."
. setup/debian.sh

[ "$(id -u)" -eq 0 ] || { echo "The appliance's tests need root: they build an image, and start a container." >&2; exit 1; }
debian_packages systemd-container procps util-linux grim qemu-system-x86 qemu-system-arm qemu-utils u-boot-qemu fdisk e2fsprogs mtools
