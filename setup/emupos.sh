#!/bin/sh
# Provide `emupos`, the receipt printer of the end-to-end tests: somebody else's program, so that driver and printer cannot
# share a misunderstanding. It needs Python 3.13 or newer: one that is here, else the one of a Debian 13 tree unpacked into
# build/ (nothing of the tree is installed or run as root). The command that starts it stands in build/emupos/command.
#
# Where it cannot be had the reason is printed and the tests that need it are skipped; with CI=true that is a failure.
set -eu
cd "$(dirname "$0")/.."
. setup/debian.sh
place="$(pwd -P)/build/emupos"
mkdir -p "$place"

give_up() {
    printf 'The independent printer is not available: %s\n' "$*" >&2
    printf '%s\n' "$*" >"$place/missing"
    rm -f "$place/command"
    [ "${CI:-}" = true ] && exit 1
    exit 0
}

# An interpreter of this machine, or nothing.
local_python() {
    for candidate in python3 python3.13 python3.14; do
        "$candidate" -c 'import sys; sys.version_info >= (3, 13) and print(sys.executable)' 2>/dev/null && return 0
    done
    return 0
}

# The interpreter of a Debian 13 tree, started through the tree's own loader and libraries: no chroot, no root, and the
# paths of the machine stay what they are.
tree_python() {
    tree="$place/tree"
    if [ ! -e "$tree/complete" ]; then
        debian_packages mmdebstrap >&2 || return 1
        say "a Debian 13 tree with Python 3.13 (70 MB, under a minute)" >&2
        rm -rf "$tree"
        quietly build/emupos.log mmdebstrap --mode=chrootless --variant=extract --include=python3 trixie "$tree" || return 1
        touch "$tree/complete"
    fi
    loader=$(echo "$tree"/usr/lib/*-linux-gnu/ld-linux-*.so.*)
    printf '#!/bin/sh\nPYTHONHOME="%s/usr" exec "%s" --library-path "%s" "%s/usr/bin/python3.13" "$@"\n' \
        "$tree" "$loader" "$(dirname "$loader")" "$tree" >"$place/python"
    chmod +x "$place/python"
    echo "$place/python"
}

python=$(local_python | head -n 1)
if [ -z "$python" ]; then
    python=$(tree_python) || give_up "Python 3.13 is not here, and a Debian 13 tree could not be made (see above)"
fi
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || give_up "$python does not run"

state="$(sha256sum <requirements/emupos.txt) $("$python" -VV) $python"
if [ -e "$place/command" ] && [ "$(cat "$place/state" 2>/dev/null)" = "$state" ]; then
    exit 0
fi
rm -f "$place/state" "$place/command" "$place/missing"
rm -rf "$place/site"

# The project's pip resolves for the other interpreter, whose own pip may be missing. It takes the running interpreter's
# version for the answer to "requires Python", which the lock has settled already.
machine=$(uname -m)
platforms=
for glibc in 2_17 2_24 2_26 2_27 2_28 2_31 2_34; do platforms="$platforms --platform manylinux_${glibc}_$machine"; done
say "the independent printer: $(grep -c '^[a-z].*==' requirements/emupos.txt) locked Python packages for Python $version"
# shellcheck disable=SC2086 # the list is words
quietly build/emupos.log .venv/bin/python -m pip --disable-pip-version-check --no-input install \
    --require-hashes --ignore-requires-python --no-compile --target "$place/site" \
    --python-version "$version" --implementation cp --abi "cp$(echo "$version" | tr -d .)" --abi abi3 --abi none \
    $platforms --platform "manylinux2014_$machine" --only-binary=:all: -r requirements/emupos.txt \
    || give_up "its packages could not be installed (see above)"

# -S: neither the user's nor the distribution's packages, only the locked ones.
printf '#!/bin/sh\nPYTHONPATH="%s/site" exec "%s" -S -c "from emupos.cli.app import main; main()" "$@"\n' \
    "$place" "$python" >"$place/emupos"
chmod +x "$place/emupos"
quietly build/emupos.log "$place/emupos" --version || quietly build/emupos.log "$place/emupos" --help \
    || give_up "it does not start (see above)"
printf '%s\n' "$place/emupos" >"$place/command"
printf '%s\n' "$state" >"$place/state"
