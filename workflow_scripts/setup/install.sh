#!/usr/bin/env bash
# Set up everything that the workflow needs: the locked Python environment in .venv, and bowtie2,
# samtools, kallisto, bedtools and MACS. Does nothing where that is done; safe to run at any time.
set -euo pipefail
cd "$(dirname "$0")/../.."
# a broken environment of an earlier attempt must not be taken for the system's Python
PATH=${PATH//"$PWD/.venv/bin:"/}

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Run apt-get where this user may: as root, or by a sudo that asks nothing.
may_apt() { command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; }
apt_install() {
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    say "installing $* with apt-get"
    { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@"; } >setup.log 2>&1 ||
        { tail -n 5 setup.log >&2; die "apt-get could not install $* (setup.log has all of it)"; }
    rm -f setup.log
}

# --- tools: name, least version, how it tells its version, package --------------------------------
newer() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }
version_of() {
    # "|| true": some tools end with an error when asked for their version
    { case $1 in
        kallisto) kallisto version ;;
        *) "$1" --version ;;
    esac 2>&1 || true; } | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1
}
missing=()
for tool in bowtie2:2.4.0 samtools:1.13 kallisto:0.46.0 bedtools:2.29.0 macs2:2.2.7; do
    name=${tool%%:*} least=${tool##*:}
    if command -v "$name" >/dev/null && found=$(version_of "$name") && newer "$least" "${found:-0}"; then
        continue
    fi
    missing+=("$name")
done
if [ ${#missing[@]} -gt 0 ]; then
    may_apt || die "needs ${missing[*]} on PATH; install them with: conda install -c conda-forge -c bioconda ${missing[*]}"
    apt_install "${missing[@]/#macs2/macs}" # Debian's name of it
fi

# --- Python ---------------------------------------------------------------------------------------
find_python() {
    for name in python3.12 python3.11 python3; do
        command -v "$name" >/dev/null &&
            "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null &&
            { command -v "$name"; return; }
    done
    return 1
}
stamp=.venv/.installed
wanted=$(sha256sum <requirements.lock)
[ -e $stamp ] && [ "$(cat $stamp)" = "$wanted" ] && .venv/bin/python -c 'import snakemake' 2>/dev/null && exit 0

python=$(find_python) || {
    may_apt || die "needs Python 3.11 or 3.12 on PATH; install it with: conda create -n chromaloom python=3.11 && conda activate chromaloom"
    apt_install python3 python3-venv
    python=$(find_python) || die "needs Python 3.11 or 3.12; this system's python3 is $(python3 --version)"
}
say "installing the locked Python environment in .venv (2.5 GB, a minute or two)"
rm -rf .venv
"$python" -m venv .venv >/dev/null 2>&1 || {
    # Debian keeps the module that puts pip into an environment in a package of its own
    may_apt || die "$python cannot make environments; install its venv module (Debian: python3-venv)"
    apt_install "$(basename "$(readlink -f "$python")")-venv"
    "$python" -m venv .venv
}
# cooltools comes as source alone: its build needs a C compiler and Python's headers
if ! command -v gcc >/dev/null ||
    ! "$python" -c 'import os, sysconfig; open(os.path.join(sysconfig.get_paths()["include"], "Python.h"))' 2>/dev/null; then
    may_apt || die "needs gcc and Python's headers to build cooltools; install them with: conda install -c conda-forge gcc python=3.11"
    apt_install gcc libc6-dev "$(basename "$(readlink -f "$python")")-dev"
fi
# uv from the lock itself, hash and all; it installs the rest five times as fast as pip
awk '/^uv==/ {on = 1} on {print} on && !/\\$/ {exit}' requirements.lock >.venv/uv.lock
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.lock
# byte-code now: without it TensorFlow would take half a minute to import in every job
if ! .venv/bin/uv pip sync -q --python .venv/bin/python --require-hashes --compile-bytecode requirements.lock; then
    # a registry that only pip is configured for
    say "uv could not; trying pip"
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock ||
        die "the locked packages could not be installed; see above"
    .venv/bin/python -m compileall -q .venv/lib || true
fi
say "compiling TomTom and Origami's sampler (a minute or two)"
# numba would compile them in the first run; apart, for TomTom is compiled with fewer optimizations
{ .venv/bin/python -c 'from workflow_scripts.deepexpression.motifs.compile_tomtom import main as f; f()' &&
    .venv/bin/python -c 'from workflow_scripts.loops.origami import compile_sampler as f; f()'; } >/dev/null 2>&1 ||
    say "they could not be compiled ahead; the first run will"
echo "$wanted" >$stamp
say "done"
