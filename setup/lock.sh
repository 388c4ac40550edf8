#!/bin/sh
# Resolve requirements/*.in anew into the hashed locks beside them (needs `uv`; run it on purpose, not as part of the set-up).
# One lock serves Python 3.11 to 3.13 on x86_64 and aarch64: differences are markers, and every file of a version is hashed.
set -eu
cd "$(dirname "$0")/../requirements"
lock() {
    uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-build-options \
        --custom-compile-command "setup/lock.sh" "$@"
}
lock --upgrade --python-version 3.11 runtime.in --output-file runtime.txt
lock --upgrade --python-version 3.11 dev.in --constraint runtime.txt --output-file dev.txt
lock --upgrade --python-version 3.13 emupos.in --output-file emupos.txt
lock --upgrade --python-version 3.11 tinydb-tests.in --output-file tinydb-tests.txt
lock --upgrade --python-version 3.11 tinydb-tests.in --output-file tinydb-tests.txt
