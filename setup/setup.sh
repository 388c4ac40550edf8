#!/bin/sh
# Make this machine able to run and test the kiosk: Debian packages, .venv, the locked Python packages, the package itself.
# Idempotent; what is in place is left alone. Used by every verb of the Makefile.
set -eu
cd "$(dirname "$0")/.."

# Window and GL for Kivy; a compiler and PC/SC headers for pyscard, which has no Linux wheels; the daemon and its virtual
# reader, a virtual display and its tools for the end-to-end tests and for `make run` without a display.
packages="python3-venv python3-dev gcc pkg-config swig libpcsclite-dev libgl1 libegl1 pcscd vsmartcard-vpcd xvfb xdotool x11-utils imagemagick"
log=build/setup.log

say() { printf '==> %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# Run quietly, keeping the output; show the end of it when the command fails.
quietly() {
    "$@" >"$log" 2>&1 </dev/null || { tail -n 30 "$log" >&2; die "this failed (all of its output is in $log): $*"; }
}

missing_packages() {
    for package in $packages; do
        case "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" in
            installed) ;;
            *) printf ' %s' "$package" ;;
        esac
    done
}

install_packages() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -eq 0 ]; then
        as_root=env
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        as_root=sudo
    else
        die "these Debian packages are missing, and there is neither root nor sudo to install them:$missing"
    fi
    say "Debian packages:$missing"
    $as_root apt-get update -qq >"$log" 2>&1 </dev/null || say "the package lists could not be refreshed; trying with the old ones"
    # shellcheck disable=SC2086 # the list is words
    quietly $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
}

# The first interpreter that Kivy has wheels for.
find_python() {
    for candidate in python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1; then
            echo "$candidate"
            return 0
        fi
    done
    die "no Python from 3.11 to 3.13 found (python3 says: $(python3 --version 2>&1)); install one and try again"
}

mkdir -p build
if command -v dpkg-query >/dev/null; then
    install_packages
else
    say "not a Debian system: the equivalents of these packages are needed: $packages"
fi

python=$(find_python)
state="$(cat requirements/dev.txt pyproject.toml kiosk/__init__.py | sha256sum) $("$python" -VV 2>&1) $(pwd -P)"
if [ -x .venv/bin/python ] && [ "$(cat .venv/state 2>/dev/null)" = "$state" ]; then
    exit 0
fi

# An environment of another interpreter or another folder cannot be repaired, only replaced.
if ! .venv/bin/python -VV >/dev/null 2>&1 || [ "$(.venv/bin/python -VV)" != "$("$python" -VV)" ] \
    || [ "$(cat .venv/folder 2>/dev/null)" != "$(pwd -P)" ]; then
    say "virtual environment in .venv ($("$python" --version))"
    rm -rf .venv
    quietly "$python" -m venv .venv
    pwd -P >.venv/folder
fi
rm -f .venv/state

pip() { quietly .venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }

# setuptools first and from the lock: builds then use it instead of fetching an unlocked one.
awk '/^[a-z]/ {wanted = ($0 ~ /^setuptools==/)} wanted' requirements/dev.txt >build/setuptools.txt
say "build tool"
pip install --require-hashes --no-deps -r build/setuptools.txt
say "$(grep -c '^[a-z].*==' requirements/dev.txt) locked Python packages (a minute or two the first time)"
pip install --require-hashes --no-build-isolation -r requirements/dev.txt
say "the kiosk itself, editable"
pip install --no-deps --no-build-isolation --editable .
printf '%s\n' "$state" >.venv/state
say "ready"
