# Sourced by the other scripts: what they say, and Debian packages installed only when one is really missing.
# shellcheck shell=sh

say() { printf '==> %s\n' "$*"; }

# Run quietly, keeping the output; show the end of it when the command fails. The first argument is the file for the output.
quietly() {
    log=$1
    shift
    "$@" >"$log" 2>&1 </dev/null && return 0
    tail -n 30 "$log" >&2
    printf 'This failed (all of its output is in %s): %s\n' "$log" "$*" >&2
    return 1
}

# Is a package installed, or one that takes its place (libmtdev1t64 for libmtdev1)?
installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ||
        dpkg-query -W -f '${db:Status-Status}, ${Provides},\n' | grep -q "^installed,.* $1[ ,]"
}

# Install the packages named in the arguments that are not there yet.
debian_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system; the equivalents of these packages are needed: $*"
        return 0
    fi
    missing=
    for package in "$@"; do
        installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        as_root=sudo
    else
        printf 'These Debian packages are missing, and there is neither root nor sudo to install them:%s\n' "$missing" >&2
        return 1
    fi
    say "Debian packages:$missing"
    mkdir -p build
    $as_root apt-get update -qq >build/apt.log 2>&1 || say "the package lists could not be refreshed; going on with the old ones"
    # shellcheck disable=SC2086 # the lists are words
    quietly build/apt.log $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing
}
