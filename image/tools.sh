#!/bin/sh
# What the machine that builds an image needs: Debian packages, and the kernel's leave to run programs of the other processor.
# Needs root, as the making of a Debian tree does. What is in place is left alone.
set -eu
cd "$(dirname "$0")/.."
. setup/debian.sh
arch=$1

[ "$(id -u)" -eq 0 ] || { echo "An image is made as root: its files belong to many users." >&2; exit 1; }
debian_packages mmdebstrap debian-archive-keyring squashfs-tools cryptsetup-bin dosfstools mtools e2fsprogs fdisk \
    u-boot-tools libubootenv-tool rauc cpio zstd openssl

if [ "$arch" != "$(dpkg --print-architecture)" ]; then
    debian_packages qemu-user-static binfmt-support arch-test
    binfmt=/proc/sys/fs/binfmt_misc
    [ -e $binfmt/register ] || mount -t binfmt_misc binfmt_misc $binfmt
    [ "$arch" != arm64 ] || [ -e $binfmt/qemu-aarch64 ] || update-binfmts --enable qemu-aarch64
fi
