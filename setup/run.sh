#!/bin/sh
# The kiosk on simulated devices, in a window; without a display on a virtual one.
set -eu
cd "$(dirname "$0")/.."
. setup/debian.sh

if [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; then
    exec .venv/bin/kiosk run --simulated "$@"
fi

# Xvfb picks a free display and writes its number when it is ready to be used. In a session of its own: Ctrl-C is for the
# kiosk, which still needs its display to end tidily.
mkdir -p build
rm -f build/display
setsid Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>build/display 2>build/xvfb.log &
xvfb=$!
trap 'kill "$xvfb" 2>/dev/null' EXIT
until [ -s build/display ]; do
    kill -0 "$xvfb" 2>/dev/null || { cat build/xvfb.log >&2; echo "The virtual display did not start." >&2; exit 1; }
    sleep 0.1
done
DISPLAY=":$(cat build/display)"
export DISPLAY
say "no display here: the kiosk is on the virtual display $DISPLAY"
say "to look at it, from another terminal: .venv/bin/kiosk bench screenshot FILE.png"
# Not exec: the virtual display ends after the kiosk, which gets every wish to stop as SIGTERM.
.venv/bin/kiosk run --simulated "$@" &
kiosk=$!
trap 'kill -TERM "$kiosk" 2>/dev/null' TERM INT HUP
# A signal ends a wait too, with a code of its own.
while
    status=0
    wait "$kiosk" || status=$?
    kill -0 "$kiosk" 2>/dev/null
do :; done
exit "$status"
