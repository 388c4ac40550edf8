#!/bin/sh
# Fetch TinyDB's own tests into build/tinydb-tests: they are in its source distribution and nowhere else. tests/core runs
# them against our store. Everything is locked with hashes, the build tool that pip unpacks a source distribution with too.
set -eu
cd "$(dirname "$0")/.."
. setup/debian.sh
place=build/tinydb-tests
lock=requirements/tinydb-tests.txt

state=$(sha256sum <"$lock")
[ "$(cat "$place/state" 2>/dev/null)" = "$state" ] && exit 0

say "TinyDB's own tests"
rm -rf "$place"
mkdir -p "$place"
pip() { quietly build/tinydb-tests.log .venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }
tools="$(pwd -P)/$place/tools"
pip install --require-hashes --no-deps --only-binary=:all: --target "$tools" -r "$lock"
awk '/^[a-z]/ {wanted = /^tinydb==/} wanted' "$lock" >"$place/tinydb.txt"
PYTHONPATH=$tools pip download --require-hashes --no-deps --no-binary=:all: --no-build-isolation \
    --dest "$place" -r "$place/tinydb.txt"
tar -xzf "$place"/tinydb-*.tar.gz -C "$place" --strip-components=1 --wildcards '*/tests/*.py'
rm -rf "$tools"
printf '%s\n' "$state" >"$place/state"
