#!/bin/sh
# Provide the ccTalk framer of the tests: @serialport/parser-cctalk, somebody else's program, so that our frames are not only
# held to our own reading of them. It needs node and npm: those of this machine, else Debian's. The folder to load it from
# stands in build/cctalk/framer.
#
# Where it cannot be had the reason is printed and the tests that need it are skipped; with CI=true that is a failure.
set -eu
cd "$(dirname "$0")/.."
. setup/debian.sh
place="$(pwd -P)/build/cctalk"
mkdir -p "$place"

give_up() {
    printf 'The independent ccTalk framer is not available: %s\n' "$*" >&2
    printf '%s\n' "$*" >"$place/missing"
    rm -f "$place/framer"
    [ "${CI:-}" = true ] && exit 1
    exit 0
}

state=$(sha256sum <requirements/cctalk/package-lock.json)
if [ -e "$place/framer" ] && [ "$(cat "$place/state" 2>/dev/null)" = "$state" ]; then
    exit 0
fi
rm -f "$place/framer" "$place/missing"
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    debian_packages nodejs npm || give_up "node and npm could not be installed (see above)"
fi
cp requirements/cctalk/package.json requirements/cctalk/package-lock.json "$place/"
say "the independent ccTalk framer: one locked package of npm"
quietly build/cctalk.log npm ci --prefix "$place" --no-audit --no-fund --ignore-scripts \
    || give_up "it could not be installed (see above)"
module="$place/node_modules/@serialport/parser-cctalk"
quietly build/cctalk.log node -e "require(process.argv[1]).CCTalkParser" "$module" || give_up "it cannot be loaded (see above)"
printf '%s\n' "$module" >"$place/framer"
printf '%s\n' "$state" >"$place/state"
