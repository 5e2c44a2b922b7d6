#!/bin/sh
# Makes the virtual environment DIR with a current pip, or says what is missing and exits 2.
# Usage: tools/venv.sh DIR    (PYTHON names another interpreter than python3.11)
set -eu
dir=$1
say() { printf '%s\n' "$*" >&2; }

python=${PYTHON:-}
if [ -z "$python" ]; then
    for name in python3.11 python3.12 python3.13 python3; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$name
            break
        fi
    done
fi
if [ -z "$python" ]; then
    say "Python 3.11 or later is missing: install python3.11, or name one: make PYTHON=/path/to/python"
    exit 2
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "$python is not a Python 3.11 or later: name another one: make PYTHON=/path/to/python"
    exit 2
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    say "$python cannot make virtual environments: install its venv module (Debian: python3.11-venv)"
    exit 2
fi
# Half-made by an interrupted run, or made by a Python that is gone: start over.
if [ -e "$dir" ] && ! "$dir/bin/python" -c 'import pip' 2>/dev/null; then
    rm -rf "$dir"
fi
[ -e "$dir" ] || "$python" -m venv "$dir"
# 25.1 is the first pip with --group.
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
