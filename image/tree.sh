#!/bin/bash
# image/tree.sh ARCH: the image's root as a folder, build/image/ARCH/tree, with the kernel and its initramfs beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=$1
out=$PWD/build/image/$arch
tree=$out/tree

rm -rf "$tree"
mkdir -p "$tree"
tar --numeric-owner -xf "$out/base.tar" -C "$tree"
dpkg-query --admindir="$tree/var/lib/dpkg" --show --showformat='${binary:Package} ${Version}\n' | sort >"$out/packages"

image/program.sh "$arch"

# Ours: what mirrors the root, the units, what updates need.
(cd image/overlay && tar --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' -cf - .) | tar -xf - -C "$tree"
setup/install.sh --root "$tree" --image
image/rauc/put.sh "$tree" "$arch"
chroot "$tree" systemd-sysusers 2>&1 | grep -v 'conflict' || true

# Folders on which something is mounted: the root cannot be written.
mkdir -p "$tree"/{data,secrets,etc/foyer,etc/NetworkManager/system-connections}
ln -sf ../run/NetworkManager/resolv.conf "$tree/etc/resolv.conf"
ln -sf /data/system/localtime "$tree/etc/localtime"
: >"$tree/etc/machine-id"
rm -f "$tree/etc/fstab.orig" "$tree/etc/timezone"

# What runs, and what never does: no terminal, no shell of a repair, nobody else who writes into /etc.
enable=(nftables systemd-timesyncd NetworkManager pcscd.socket foyer-grow foyer-data kiosk-firewall)
mask=(
    getty.target getty@.service serial-getty@.service console-getty.service container-getty@.service autovt@.service
    debug-shell.service emergency.service rescue.service systemd-firstboot.service systemd-machine-id-commit.service
    systemd-random-seed.service systemd-networkd.service systemd-networkd.socket systemd-journal-catalog-update.service
    systemd-pstore.service systemd-update-done.service ctrl-alt-del.target NetworkManager-wait-online.service
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
)
systemctl --quiet --root="$tree" enable "${enable[@]}"
systemctl --quiet --root="$tree" set-default multi-user.target
for unit in "${mask[@]}"; do ln -sf /dev/null "$tree/etc/systemd/system/$unit"; done
chroot "$tree" passwd --quiet --lock root

# The initramfs: Debian's part is made once for each state of the packages and of what is taken in, as it takes minutes under
# emulation; our own files are a second archive behind it, which the kernel lays over the first.
version=$(basename "$tree"/lib/modules/*)
key=$({
    cat "$out/base.key"
    cd "$tree/etc/initramfs-tools"
    find . -type f | sort
    cat initramfs.conf conf.d/* hooks/*
} | sha256sum)
if [ "$(cat "$out/initrd.key" 2>/dev/null)" != "$key" ]; then
    rm -f "$out/initrd.key"
    rm "$tree/usr/share/initramfs-tools/hooks/plymouth" # foyer-splash is in its place
    nice chroot "$tree" mkinitramfs -o /boot/initrd.made "$version" >"$out/initrd.log" 2>&1 || { cat "$out/initrd.log" >&2; exit 1; }
    mv "$tree/boot/initrd.made" "$out/initrd.debian"
    echo "$key" >"$out/initrd.key"
fi
rm -rf "$out/initrd.own"
mkdir -p "$out/initrd.own"
(
    cd "$tree/etc/initramfs-tools"
    # Without Debian's empty folders: the initramfs stops at one that has no list of what to run.
    find scripts -type f -exec cp --parents -t "$out/initrd.own" {} +
    cd "$tree"
    cp -r --parents usr/share/plymouth/themes/foyer etc/plymouth "$out/initrd.own"
    install -Dm644 -t "$out/initrd.own/usr/lib/udev/rules.d" etc/udev/rules.d/71-foyer.rules
    cd "$out/initrd.own"
    find . | sort | cpio --quiet -o -H newc -R 0:0 | zstd -q >"$out/initrd.part"
)
cat "$out/initrd.debian" "$out/initrd.part" >"$out/initrd"
rm -rf "$out/initrd.own" "$out/initrd.part"
cp "$tree/boot/vmlinuz-$version" "$out/vmlinuz"

# What starts a Pi is not the root's: it goes to the boot partitions.
rm -rf "$out/firmware" "$out/dtbs"
if [ "$arch" = arm64 ]; then
    cp -r "$tree/usr/lib/raspi-firmware" "$out/firmware"
    cp "$tree/usr/lib/u-boot/rpi_arm64/u-boot.bin" "$out/firmware/"
    cp -r "$tree/usr/lib/modules/$version/dtb/broadcom" "$out/dtbs"
fi

# The image is never changed by packages, only by another image.
(
    cd "$tree"
    rm -rf boot/{vmlinuz,initrd.img,config,System.map}* vmlinuz* initrd.img* etc/{apt,initramfs-tools} \
        usr/lib/{apt,raspi-firmware,u-boot} usr/lib/linux-image-* usr/lib/modules/*/dtb usr/bin/apt* usr/lib/dpkg/methods usr/lib/*/libapt-p* usr/lib/systemd/system/apt-* \
        usr/share/{initramfs-tools,bash-completion,lintian,bug} var/* tmp/* run/* root/.[a-z]*
)
chmod 755 "$tree"
