#!/bin/sh
# Make .venv hold what cfspace needs, exactly as pinned in requirements/.
#
#   scripts/setup.sh run    what the main job needs
#   scripts/setup.sh dev    besides that, the extras and the tools of the checks
#   scripts/setup.sh bench  what dev has and the peers of the benchmarks, in .venv-bench
#
# PYTHON=/path/to/python names the interpreter; else a suitable one is looked for.
# A second call finds its stamp and ends at once.
set -eu

level=${1:-run}
cd "$(dirname "$0")/.."
venv=.venv

say() { printf 'cfspace: %s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}

# Print "3.12.1" if $1 starts a Python; a shim that starts nothing fails.
version_of() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null
}
is_suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null
}

# Set $python, or end with one sentence that says what is missing.
find_python() {
    unfit=
    if [ -n "${PYTHON:-}" ]; then
        version=$(version_of "$PYTHON") ||
            fail "PYTHON=$PYTHON does not start a Python; give the path of Python 3.11, 3.12, 3.13 or 3.14."
        is_suitable "$PYTHON" ||
            fail "PYTHON=$PYTHON is Python $version; cfspace needs Python 3.11, 3.12, 3.13 or 3.14."
        python=$PYTHON
        return
    fi
    for python in python3.13 python3.12 python3.11 python3.14 python3 python; do
        version=$(version_of "$python") || continue
        if is_suitable "$python"; then return; fi
        unfit="${unfit:+$unfit, }Python $version as $python"
    done
    # uv knows of interpreters off the path; it is not asked to download one.
    if command -v uv >/dev/null 2>&1; then
        python=$(uv python find --no-python-downloads '>=3.11,<3.15' 2>/dev/null) || python=
        if [ -n "$python" ] && is_suitable "$python"; then return; fi
    fi
    fail "cfspace needs Python 3.11, 3.12, 3.13 or 3.14, but found ${unfit:-no Python at all};" \
        "install one of these, or name it: make demo PYTHON=/path/to/python3.12"
}

# What the environment was made from. Anything else than this is brought up to date.
fingerprint() {
    printf '%s|%s|%s' "$(pwd -P)" "${PYTHON:-}" \
        "$(cat pyproject.toml scripts/setup.sh "requirements/$1.txt" | cksum)"
}
is_ready() {
    [ "$(cat "$venv/.cfspace-$1" 2>/dev/null)" = "$(fingerprint "$1")" ] && is_suitable "$venv/bin/python"
}

# Keep an environment of the right Python that lies where it was made; else make it anew.
make_venv() {
    if is_suitable "$venv/bin/python" &&
        grep -qsF "$(pwd -P)/$venv" "$venv/bin/activate" &&
        { [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$(version_of "$venv/bin/python")" ]; }; then
        return
    fi
    find_python
    if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ]; then
        fail "$(pwd -P)/$venv is in the way and is no Python environment; move it away and try again."
    fi
    if command -v uv >/dev/null 2>&1; then
        rm -rf "$venv"
        uv venv --quiet --python "$python" "$venv" && return
        say "uv could not make the environment, so Python's own venv is tried."
    fi
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        fail "$python (Python $(version_of "$python")) has no venv module; install it" \
            "(on Debian and Ubuntu: sudo apt install python3-venv), or install uv."
    rm -rf "$venv"
    "$python" -m venv "$venv" || fail "$python could not make an environment in $(pwd -P)/$venv; see above."
}

# Wheels only, so that no build step fetches what is not pinned.
install_pins() {
    say "installing the packages of requirements/$1.txt for Python $(version_of "$venv/bin/python")" \
        "(once; this can take minutes)"
    if command -v uv >/dev/null 2>&1; then
        if uv pip install --quiet --python "$venv/bin/python" --require-hashes --only-binary :all: \
            -r "requirements/$1.txt"; then
            return
        fi
        say "uv could not install them, so pip is tried."
    fi
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null 2>&1 ||
        fail "the packages could not be installed with uv (see above), and this Python has no pip to try instead."
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
        -r "requirements/$1.txt" ||
        fail "the packages could not be installed; see the message above, then try again."
}

# The project itself, as it stands here: nothing is fetched.
install_project() {
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python "$venv/bin/python" --offline --no-deps --no-build-isolation -e . && return
    fi
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps \
        --no-build-isolation -e . || fail "cfspace itself could not be installed; see the message above."
}

case $level in
run | dev) ;;
bench) venv=.venv-bench ;;
*) fail "the first argument is $level; it must be run, dev or bench." ;;
esac

if is_ready "$level" || { [ "$level" = run ] && is_ready dev; }; then exit 0; fi
make_venv
rm -f "$venv/.cfspace-run" "$venv/.cfspace-dev" "$venv/.cfspace-bench"
install_pins "$level"
install_project
fingerprint "$level" >"$venv/.cfspace-$level"
