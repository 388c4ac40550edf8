#!/bin/bash
# image/base.sh ARCH: Debian with the packages of the image as build/image/ARCH/base.tar. It is kept until the list of packages,
# this file or what the archive offers for them changes; under emulation it takes minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=$1
out=$PWD/build/image/$arch
suite=trixie
mkdir -p "$out/tmp" "$out/apt/lists/partial" "$out/apt/cache"

# The archive is the one that this machine's own packages come from.
archive() { # archive NAME: its address, by the end of its path
    { cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list /etc/apt/sources.list 2>/dev/null || true; } |
        grep -v '^ *#' | grep -Eo '[a-z+]+://[^] ]+' | sed 's#/*$##' | grep -m1 -E "/$1\$"
}
debian=$(archive debian) || { echo "/etc/apt names no Debian archive; name one there" >&2; exit 1; }
security=$(archive debian-security) || { echo "/etc/apt names no archive of Debian's security fixes; name one there" >&2; exit 1; }
parts="main non-free-firmware"
sources=(
    "deb $debian $suite $parts"
    "deb $debian $suite-backports $parts"
    "deb $security $suite-security $parts"
)
mapfile -t wanted < <(awk -v arch="$arch" '!/^#/ && NF && (NF == 1 || $2 == arch) {print $1}' image/packages.txt)

# The very files that would be installed now. Their names hold the versions; an archive that cannot be asked changes nothing.
offered() {
    key=/usr/share/keyrings/debian-archive-keyring.gpg
    printf '%s\n' "${sources[@]/#deb /deb [signed-by=$key] }" >"$out/apt/sources.list"
    : >"$out/apt/status"
    asked=(
        apt-get -qq -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o "Acquire::Languages=none"
        -o "Dir::Etc::sourcelist=$out/apt/sources.list" -o "Dir::Etc::sourceparts=/dev/null" -o "Dir::Etc::preferencesparts=/dev/null"
        -o "Dir::State::Lists=$out/apt/lists" -o "Dir::State::status=$out/apt/status" -o "Dir::Cache=$out/apt/cache"
        -o "APT::Install-Recommends=false" -o "APT::Get::List-Cleanup=false"
    )
    "${asked[@]}" update >"$out/apt/log" 2>&1 && "${asked[@]}" --yes --print-uris install "${wanted[@]}" 2>>"$out/apt/log" |
        awk '{print $2}' | sort
}
if found=$(offered); then
    key=$({ echo "$found"; cat image/packages.txt image/base.sh; } | sha256sum | cut -d' ' -f1)
elif [ -e "$out/base.tar" ]; then
    echo "the archive could not be asked what it has (see $out/apt/log); the base that is here is taken as it is"
    exit 0
else
    tail "$out/apt/log" >&2
    exit 1
fi
[ "${1:-}${2:-}" != "$arch--key" ] || { echo "$key"; exit 0; }
[ "$(cat "$out/base.key" 2>/dev/null)" != "$key" ] || [ ! -e "$out/base.tar" ] || { echo "the base is unchanged"; exit 0; }

# Under emulation the compiling of Python and the making of an initramfs at every turn cost most of the time: both are put off
# to when the tree is complete. A file that is here before its package must not make dpkg ask.
rm -f "$out/base.key"
echo "${#wanted[@]} packages and what they need"
# shellcheck disable=SC2016 # $1 in the hooks is the tree, said by mmdebstrap
TMPDIR=$out/tmp nice mmdebstrap --mode=root --architectures="$arch" --variant=minbase --format=tar --quiet \
    --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt=force-unsafe-io --dpkgopt=force-confold \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --setup-hook='mkdir -p "$1/etc/initramfs-tools"' \
    --setup-hook='echo update_initramfs=no >"$1/etc/initramfs-tools/update-initramfs.conf"' \
    --essential-hook='for tool in bin/py3compile sbin/update-initramfs; do
        chroot "$1" dpkg-divert --quiet --local --no-rename --divert "/usr/$tool.real" --add "/usr/$tool"
        printf "#!/bin/sh\nexit 0\n" >"$1/usr/$tool" && chmod 755 "$1/usr/$tool"
        done' \
    --include="$(IFS=,; echo "${wanted[*]}")" \
    "$suite" "$out/base.tar" "${sources[@]}"
echo "$key" >"$out/base.key"
