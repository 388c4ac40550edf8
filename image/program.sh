#!/bin/bash
# image/program.sh ARCH: puts the kiosk and its locked libraries into /opt/foyer of build/image/ARCH/tree. It is laid out as a virtual
# environment of the tree's Python that also sees Debian's packages; nothing of the tree is run but its Python, to compile.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=$1
out=$PWD/build/image/$arch
tree=$out/tree
place=$tree/opt/foyer
site=$place/lib/python3.13/site-packages
pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input --quiet install --no-compile --root-user-action=ignore --no-deps)

case $arch in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; esac
platforms=(--platform "manylinux2014_$machine")
for glibc in 17 24 26 27 28 31 34 35 36 38 39 41; do platforms+=(--platform "manylinux_2_${glibc}_$machine"); done

# The wheels are unpacked once for each state of the lock.
.venv/bin/python image/wheels.py "$arch" requirements/runtime.txt >"$out/wheels.lock"
wheels=$out/wheels
if [ "$(cat "$wheels/state" 2>/dev/null)" != "$(sha256sum <"$out/wheels.lock")" ]; then
    rm -rf "$wheels"
    "${pip[@]}" --target "$wheels/site" --require-hashes --only-binary=:all: --ignore-requires-python \
        --python-version 3.13 --implementation cp --abi cp313 --abi abi3 --abi none "${platforms[@]}" -r "$out/wheels.lock"
    sha256sum <"$out/wheels.lock" >"$wheels/state"
fi

rm -rf "$place"
mkdir -p "$site" "$place/bin"
cp -a "$wheels/site/." "$site/"
rm -rf "${site:?}/bin"

# From a copy: setuptools leaves its work beside the sources.
rm -rf "$out/sources"
mkdir -p "$out/sources"
cp -r kiosk pyproject.toml README.md "$out/sources/"
find "$out/sources" -name __pycache__ -prune -exec rm -rf {} +
"${pip[@]}" --no-build-isolation --target "$out/sources/made" "$out/sources"
# Where it was built is nobody's business.
rm -rf "$out"/sources/made/{bin,*.dist-info/direct_url.json}
cp -a "$out/sources/made/." "$site/"
rm -rf "$out/sources"

printf 'home = /usr/bin\ninclude-system-site-packages = true\nversion = 3.13\n' >"$place/pyvenv.cfg"
ln -s /usr/bin/python3 "$place/bin/python3"
printf '#!/opt/foyer/bin/python3\nimport sys\n\nfrom kiosk.__main__ import main\n\nsys.exit(main())\n' >"$place/bin/kiosk"
chmod 755 "$place/bin/kiosk"
chown -R 0:0 "$place"
chmod -R u=rwX,go=rX "$place"

# Compiled here and for good: the image cannot be written, and nobody compares times in it. What is compiled is the same for every
# processor, so that a tree of this machine's own does it where there is one; emulated, it takes minutes. What is left out are
# templates of docutils and the like, which are no Python.
compile=(-S -m compileall -qq --invalidation-mode unchecked-hash)
native=build/image/$(dpkg --print-architecture)/tree
if [ "$native" != "build/image/$arch/tree" ] && [ -x "$native/usr/bin/python3.13" ]; then
    PYTHONHOME=$native/usr "$(echo "$native"/usr/lib*/ld-linux-*.so.*)" --library-path "$(echo "$native"/usr/lib/*-linux-gnu)" \
        "$native/usr/bin/python3.13" "${compile[@]}" -s "$tree" -p / "$place" "$tree/usr/lib/python3/dist-packages" || true
else
    chroot "$tree" python3.13 "${compile[@]}" /opt/foyer /usr/lib/python3/dist-packages || true
fi
