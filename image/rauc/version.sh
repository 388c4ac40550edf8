#!/bin/bash
# image/rauc/version.sh: the version of an image made now: the program's, and when its newest change was made (UTC). A later one is
# greater, number by number, which is how the kiosk compares them. VERSION=… in the environment is taken instead.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -n "${VERSION:-}" ]; then
    echo "$VERSION"
    exit 0
fi
program=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' kiosk/__init__.py)
echo "$program-$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y%m%d%H%M)"
