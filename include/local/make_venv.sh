#!/bin/sh
# Make .venv and install the pinned requirements into it, once for each version of them.
#
#   make_venv.sh run      what the system runs on (requirements.txt)
#   make_venv.sh dev      and the tools for tests and lint (requirements-dev.txt)
#   make_venv.sh bench    what it runs on, and the peers of the benchmarks (requirements-bench.txt)
#   make_venv.sh spark    Spark, which wants an older pandas, alone in .venv-spark
#   make_venv.sh buffalo  Buffalo, which needs an older numpy, alone in .venv-buffalo
#
# PYTHON=... names the interpreter. uv is used where it is installed, else venv and pip.
set -eu
cd "$(dirname "$0")/../.."

fail() {
    echo "setup: $1" >&2
    exit 1
}

mode="${1:-run}"
venv=.venv
newest=13
versions="3.11, 3.12 or 3.13"
counted=""
case "$mode" in
    run)
        files="requirements.txt"
        counted="requirements.txt requirements-dev.txt"
        ;;
    dev) files="requirements.txt requirements-dev.txt" ;;
    bench) files="requirements.txt requirements-bench.txt" ;;
    spark)
        files="requirements-bench-spark.txt"
        venv=.venv-spark
        ;;
    buffalo)
        files="requirements-bench-buffalo.txt"
        venv=.venv-buffalo
        newest=11
        versions="3.11"
        ;;
    *) fail "say run, dev, bench, spark or buffalo, not $mode." ;;
esac
counted="${counted:-$files}"

# The tools include what the system runs on, so the stamp of dev serves run too.
current() {
    # shellcheck disable=SC2086  # the names are words
    sum=$(cat $counted | cksum)
    [ -x $venv/bin/python ] && $venv/bin/python -c '' 2>/dev/null || return 1
    for stamp in $1; do
        stamp="$venv/.installed-$stamp"
        [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && return 0
    done
    return 1
}

# .venv/bin/dangol works from any folder: it names this checkout, and never takes another's include/.
write_command() {
    [ $venv = .venv ] || return 0
    $venv/bin/python include/local/write_command.py "$PWD" || fail "$venv/bin/dangol could not be written."
}

case "$mode" in
    run) current "run dev" && write_command && exit 0 ;;
    *) current "$mode" && write_command && exit 0 ;;
esac

suits() {
    "$1" -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $newest))" >/dev/null 2>&1
}

uv=$(command -v uv || true)
python=""
for candidate in ${PYTHON:-python3 python3.12 python3.13 python3.11 python}; do
    if suits "$candidate"; then
        python=$(command -v "$candidate")
        break
    fi
done
if [ -z "$python" ]; then
    found=$(${PYTHON:-python3} --version 2>&1 | head -n 1 || true)
    [ -n "${PYTHON:-}" ] && fail "PYTHON=$PYTHON is not Python $versions ($found)."
    [ -n "$uv" ] || fail "Python $versions is needed and not there (python3: ${found:-none}): install one, or name it with PYTHON=/path/to/python3.11."
    python=3.$((newest < 12 ? newest : 12))
fi

# A set-up that was killed half way leaves packages that look installed; begin again.
if [ -f $venv/.installing ] || { [ -d $venv ] && ! $venv/bin/python -c '' 2>/dev/null; }; then
    echo "setup: the last set-up did not finish; starting $venv afresh"
    rm -rf $venv
fi
# One that another Python made cannot take these requirements.
if [ -d $venv ] && ! suits $venv/bin/python; then
    echo "setup: $venv is of another Python; starting it afresh"
    rm -rf $venv
fi

if [ ! -d $venv ]; then
    echo "setup: making $venv with $python"
    if [ -n "$uv" ]; then
        "$uv" venv --quiet --python "$python" $venv || fail "uv could not make $venv with Python $python."
    else
        "$python" -m venv $venv || {
            rm -rf $venv
            fail "$python could not make $venv: install its venv module (Debian: apt install python3-venv), or uv."
        }
    fi
fi

# A failure that is told leaves the packages as they were; only a killed set-up leaves the mark.
fail_install() {
    rm -f $venv/.installing
    fail "the packages could not be installed; see the lines above, then run it again."
}

echo "setup: installing $files"
touch $venv/.installing
options=""
for file in $files; do options="$options -r $file"; done
# shellcheck disable=SC2086  # the options are words
if [ -n "$uv" ]; then
    "$uv" pip install --quiet --python $venv/bin/python $options || fail_install
else
    $venv/bin/python -m pip --version >/dev/null 2>&1 || $venv/bin/python -m ensurepip >/dev/null
    $venv/bin/python -m pip install --quiet --disable-pip-version-check $options || fail_install
fi
# shellcheck disable=SC2086  # the names are words
cat $counted | cksum >"$venv/.installed-$mode"
rm -f $venv/.installing
write_command
