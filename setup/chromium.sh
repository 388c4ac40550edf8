#!/bin/sh
# Provide the browser that the tests look at pages with: Debian's Chromium and its driver, which are of one version. Nothing
# else is fetched; where they are is written to build/chromium/browser and build/chromium/driver.
#
# Where it cannot be had the reason is printed and the tests that need it are skipped; with CI=true that is a failure.
set -eu
cd "$(dirname "$0")/.."
. setup/debian.sh
place=build/chromium
mkdir -p "$place"

give_up() {
    printf 'The browser of the tests is not available: %s\n' "$*" >&2
    printf '%s\n' "$*" >"$place/missing"
    rm -f "$place/browser" "$place/driver"
    [ "${CI:-}" = true ] && exit 1
    exit 0
}

if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
    debian_packages chromium chromium-driver || give_up "its Debian packages could not be installed (see above)"
fi
browser=$(command -v chromium) || give_up "there is no program chromium"
driver=$(command -v chromedriver) || give_up "there is no program chromedriver"
quietly build/chromium.log "$driver" --version || give_up "$driver does not run (see above)"
rm -f "$place/missing"
printf '%s\n' "$browser" >"$place/browser"
printf '%s\n' "$driver" >"$place/driver"
