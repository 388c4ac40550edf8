#!/bin/sh
# Install the kiosk as a service of this machine, or remove it again; `make install` and `make uninstall` call it.
#   setup/install.sh                        packages, program, units; for a Debian or Raspberry Pi OS that is somebody's own
#   setup/install.sh --remove               removes exactly that; packages and data stay
#   setup/install.sh --root DIR [--image]   only the files and what starts by itself, into a tree; --image: with what only the image has
# It may be run again at any time: it brings everything to the state of this clone.
set -eu
cd "$(dirname "$0")/.."
. setup/debian.sh

# What goes where: source, target, mode; with "image" behind it, only into the image.
files() {
    cat <<'FILES'
systemd/kiosk.service                etc/systemd/system/kiosk.service                             644
systemd/kiosk-display.service        etc/systemd/system/kiosk-display.service                     644
systemd/kiosk-failed.service         etc/systemd/system/kiosk-failed.service                      644
systemd/kiosk-out-of-service.service etc/systemd/system/kiosk-out-of-service.service              644
systemd/kiosk-addresses.service      etc/systemd/system/kiosk-addresses.service                   644
systemd/kiosk-backup.timer           etc/systemd/system/kiosk-backup.timer                        644
systemd/kiosk-backup.service         etc/systemd/system/kiosk-backup.service                      644
systemd/kiosk-helper.path            etc/systemd/system/kiosk-helper.path                         644
systemd/kiosk-helper.service         etc/systemd/system/kiosk-helper.service                      644
systemd/seatd.conf                   etc/systemd/system/seatd.service.d/foyer.conf                644
systemd/plymouth-quit.conf           etc/systemd/system/plymouth-quit.service.d/foyer.conf        644
systemd/90-foyer.preset              etc/systemd/system-preset/90-foyer.preset                    644
systemd/foyer.sysusers.conf          etc/sysusers.d/foyer.conf                                    644
systemd/foyer.tmpfiles.conf          etc/tmpfiles.d/foyer.conf                                    644
systemd/71-foyer.rules               etc/udev/rules.d/71-foyer.rules                              644
systemd/72-foyer-readers.rules       etc/udev/rules.d/72-foyer-readers.rules                      644
systemd/60-kiosk-pcsc.rules          etc/polkit-1/rules.d/60-kiosk-pcsc.rules                     644
systemd/kiosk-helper                 usr/local/libexec/kiosk-helper                               755
systemd/kiosk-failed                 usr/local/libexec/kiosk-failed                               755
systemd/kiosk-addresses              usr/local/libexec/kiosk-addresses                            755
systemd/kiosk-turn                   usr/local/libexec/kiosk-turn                                 755
systemd/kiosk-splash                 usr/local/libexec/kiosk-splash                               755
systemd/pictures/splash.png          usr/local/share/foyer/splash.png                             644
systemd/pictures/out-of-service.png  usr/local/share/foyer/out-of-service.png                     644
systemd/kmsdrm.conf                  usr/local/share/foyer/kmsdrm.conf                            644
systemd/appliance.conf               etc/systemd/system/kiosk.service.d/appliance.conf            644 image
systemd/kiosk-failed-appliance.conf  etc/systemd/system/kiosk-failed.service.d/appliance.conf     644 image
systemd/kiosk-disk.service           etc/systemd/system/kiosk-disk.service                        644 image
systemd/kiosk-setup-file.service     etc/systemd/system/kiosk-setup-file.service                  644 image
systemd/kiosk-setup-file             usr/local/libexec/kiosk-setup-file                           755 image
systemd/local-fs.target              etc/systemd/system/local-fs.target                           644 image
systemd/emergency.target             etc/systemd/system/emergency.target                          644 image
systemd/journald@foyer.conf          etc/systemd/journald@foyer.conf                              644 image
systemd/pictures/splash.png          usr/share/plymouth/themes/foyer/splash.png                   644 image
systemd/foyer.plymouth               usr/share/plymouth/themes/foyer/foyer.plymouth               644 image
systemd/foyer.script                 usr/share/plymouth/themes/foyer/foyer.script                 644 image
FILES
}

# What starts by itself.
UNITS="kiosk.service kiosk-display.service kiosk-helper.path kiosk-backup.timer"

# The rows that are meant: those of the image only for the image.
rows() { files | awk -v image="$image" '$4 == "" || image'; }

install_files() { # install_files ROOT
    rows | while read -r source target mode _; do
        install -Dm"$mode" "$source" "$1/$target"
    done
}

packages() {
    # As the image has them (image/packages.txt), without what is only about being an image; a compiler for the one library
    # that has no wheel.
    debian_packages python3-venv python3-dev gcc libc6-dev pkg-config swig libpcsclite-dev tzdata libmtdev1 \
        libgl1 libegl1 libgles2 libgl1-mesa-dri libsdl2-2.0-0 libpng16-16 cage seatd wlr-randr pcscd libccid polkitd espeak-ng network-manager
}

program() {
    state="$(cat requirements/runtime.txt pyproject.toml | sha256sum) $(python3 -VV)"
    if [ "$(cat /opt/foyer/installed 2>/dev/null)" != "$state" ]; then
        say "the program's libraries, into /opt/foyer (a few minutes)"
        rm -rf /opt/foyer
        quietly "$work/venv.log" python3 -m venv /opt/foyer
        # The build tool comes first and from the lock, so that nothing is built with anything else.
        awk '/^[a-z]/ {wanted = /^setuptools==/} wanted' requirements/runtime.txt >"$work/setuptools.txt"
        pip_install --require-hashes --no-deps -r "$work/setuptools.txt"
        pip_install --require-hashes --no-build-isolation -r requirements/runtime.txt
    fi
    say "the program itself"
    # From a copy: the build would leave its work in the clone, as root.
    mkdir -p "$work/program"
    cp -r kiosk pyproject.toml README.md "$work/program"
    pip_install --no-deps --no-build-isolation --force-reinstall "$work/program"
    printf '%s\n' "$state" >/opt/foyer/installed
}

pip_install() { quietly "$work/pip.log" /opt/foyer/bin/pip --disable-pip-version-check --no-input install "$@"; }

# Whether a service manager runs here that can be told: not in a tree, nor in a container without one.
running() { [ -d /run/systemd/system ]; }

install_here() {
    say "packages"
    packages
    program
    say "services, users, rules"
    install_files ""
    systemd-sysusers
    systemd-tmpfiles --create foyer.conf
    if running; then
        systemctl daemon-reload
        udevadm control --reload 2>/dev/null || say "no device manager runs here; the rules count from the next start"
        udevadm trigger --subsystem-match=hidraw --subsystem-match=usbmisc --subsystem-match=gpio --action=change 2>/dev/null || true
        # The reader's daemon asks who may read cards; the seat's daemon whom it serves.
        systemctl try-restart polkit.service seatd.service
    fi
    # shellcheck disable=SC2086 # words
    systemctl enable $UNITS
    if running; then
        # A kiosk that runs goes on with the new program; a new one needs its configuration first.
        systemctl try-restart kiosk.service
        systemctl restart kiosk-helper.path kiosk-backup.timer
    fi
    say "installed"
    if systemctl --quiet is-enabled display-manager.service 2>/dev/null; then
        say "a desktop holds this machine's screen; end it for good: systemctl disable --now display-manager"
    fi
    if [ ! -e /etc/foyer/kiosk.toml ]; then
        say "next: /etc/foyer/kiosk.toml, the venue, then: systemctl start kiosk (docs/install.md)"
    fi
}

remove_here() {
    if running; then
        # shellcheck disable=SC2086
        systemctl disable --now $UNITS kiosk-failed.service kiosk-out-of-service.service || true
    else
        # shellcheck disable=SC2086
        systemctl disable $UNITS || true
    fi
    image=1
    rows | while read -r _ target _; do
        rm -f "/$target"
        # The folders that were made for it, as far as they are empty now.
        rmdir -p --ignore-fail-on-non-empty "/${target%/*}" 2>/dev/null || true
    done
    rm -rf /opt/foyer /var/lib/foyer-failed
    if running; then
        systemctl daemon-reload
        systemctl try-restart seatd.service polkit.service
        udevadm control --reload 2>/dev/null || true
    fi
    say "removed; Debian's packages stay, and so do the users kiosk and foyer-display and the data:"
    for folder in /etc/foyer /var/lib/foyer; do
        [ ! -e "$folder" ] || say "  $folder ($(du -sh "$folder" | cut -f1))"
    done
}

root=
image=
remove=
while [ $# -gt 0 ]; do
    case $1 in
    --root) root=${2:?--root needs a folder} && shift ;;
    --image) image=1 ;;
    --remove) remove=1 ;;
    *) echo "unknown: $1; known: --root DIR, --image, --remove" >&2 && exit 2 ;;
    esac
    shift
done
if [ -n "$root" ]; then
    install_files "$root"
    # shellcheck disable=SC2086 # words
    systemctl --root="$root" enable $UNITS
    exit
fi
[ "$(id -u)" -eq 0 ] || { echo "this needs root: sudo make install, or sudo make uninstall" >&2 && exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -n "$remove" ]; then remove_here; else install_here; fi
