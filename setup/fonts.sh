#!/bin/sh
# Make the fonts of the screens again (kiosk/screens/assets): only needed when the theme gets a new icon or a new alphabet.
# Sources: Debian's fonts-inter and fonts-dejavu-core, and the Material Design Icons of a package on PyPI.
set -eu
cd "$(dirname "$0")/.."
. setup/debian.sh

work=build/fonts
mkdir -p "$work"
say "fetching the sources into $work"
(cd "$work" && rm -f ./*.deb && quietly fetch.log apt-get download fonts-inter fonts-dejavu-core)
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/sources"; done
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
quietly "$work/pip.log" "$work/venv/bin/pip" install fonttools==4.68.0 fonticon-materialdesignicons7==7.2.96
find "$work/venv" -name 'materialdesignicons-webfont.ttf' -exec cp {} "$work/sources/" ';'
say "writing kiosk/screens/assets"
"$work/venv/bin/python" setup/fonts.py "$work/sources" kiosk/screens/assets
