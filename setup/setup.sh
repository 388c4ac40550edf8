#!/bin/sh
# Make this machine able to run and test the kiosk: Debian packages, .venv, the locked Python packages, the package itself.
# What is in place is left alone. Every verb of the Makefile begins here.
set -eu
cd "$(dirname "$0")/.."
. setup/debian.sh

# Window and GL for Kivy; a compiler and PC/SC headers for pyscard, which has no Linux wheels; the PC/SC daemon with its
# virtual reader, a virtual display and its tools for the end-to-end tests and for `make run` without a display;
# what speaks in the headset; systemd's own check of the services, and one of their scripts; strace to record what a power cut
# is tried on.
debian_packages \
    python3-venv tzdata libgl1 libegl1 libmtdev1 \
    gcc libc6-dev pkg-config swig libpcsclite-dev python3-dev \
    pcscd vsmartcard-vpcd \
    espeak-ng \
    xvfb xdotool x11-utils imagemagick \
    systemd strace shellcheck

# The first interpreter that Kivy has wheels for.
find_python() {
    for candidate in python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1; then
            echo "$candidate"
            return 0
        fi
    done
    printf 'Python 3.11, 3.12 or 3.13 is needed and none was found (python3 is: %s).\n' "$(python3 --version 2>&1)" >&2
    return 1
}

python=$(find_python)
state="$(cat requirements/dev.txt pyproject.toml kiosk/__init__.py | sha256sum) $("$python" -VV) $(pwd -P)"
if [ -x .venv/bin/python ] && [ "$(cat .venv/state 2>/dev/null)" = "$state" ]; then
    exit 0
fi

# An environment of another interpreter or another folder cannot be repaired, only replaced.
home="$("$python" -VV) $(pwd -P)"
if [ "$(cat .venv/home 2>/dev/null)" != "$home" ]; then
    say "virtual environment in .venv ($("$python" --version))"
    rm -rf .venv
    mkdir -p build
    quietly build/venv.log "$python" -m venv .venv
    printf '%s\n' "$home" >.venv/home
fi
rm -f .venv/state
mkdir -p build

pip_install() { quietly build/pip.log .venv/bin/python -m pip --disable-pip-version-check --no-input install "$@"; }

# setuptools first and from the lock: builds then use it instead of fetching one that is not locked.
awk '/^[a-z]/ {wanted = /^setuptools==/} wanted' requirements/dev.txt >build/setuptools.txt
say "build tool"
pip_install --require-hashes --no-deps -r build/setuptools.txt
say "$(grep -c '^[a-z].*==' requirements/dev.txt) locked Python packages (a minute or two the first time)"
pip_install --require-hashes --no-build-isolation -r requirements/dev.txt
say "the kiosk itself, editable"
pip_install --no-deps --no-build-isolation --editable .
printf '%s\n' "$state" >.venv/state
say "ready"
