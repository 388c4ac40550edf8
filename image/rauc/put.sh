#!/bin/bash
# image/rauc/put.sh TREE ARCH: puts into the tree of an image what updates need: RAUC's configuration, the certificate whose
# bundles it takes (and no key), where the counter of the slots is, and which version this is.
set -euo pipefail
tree=$(realpath "$1") arch=$2
cd "$(dirname "$0")"
keys=$(./keys.sh)

install -d "$tree/etc/rauc"
version=$(./version.sh)
sed "s/@ARCH@/$arch/; s/@VERSION@/$version/" system.conf >"$tree/etc/rauc/system.conf"
install -m 644 "$keys/ca.pem" "$tree/etc/rauc/keyring.pem"
install -m 644 fw_env.config "$tree/etc/fw_env.config"
chmod 644 "$tree/etc/rauc/system.conf"

# Guests first: RAUC writes while they are served.
install -d "$tree/etc/systemd/system/rauc.service.d"
install -m 644 rauc.service.conf "$tree/etc/systemd/system/rauc.service.d/foyer.conf"

# The steps of an update; only an image has them, for only an image has slots.
cd ../../systemd
install -D -m 755 kiosk-update "$tree/usr/local/libexec/kiosk-update"
install -m 644 kiosk-update@.service kiosk-slot.service kiosk-alive.service kiosk-trial.timer "$tree/etc/systemd/system/"
systemctl --quiet --root="$tree" enable kiosk-slot.service kiosk-alive.service kiosk-trial.timer
cd ../image/rauc

release=$tree/usr/lib/os-release
sed -i '/^IMAGE_\(ID\|VERSION\)=/d' "$release"
printf 'IMAGE_ID=foyer\nIMAGE_VERSION="%s"\n' "$version" >>"$release"
