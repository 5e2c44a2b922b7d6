#!/bin/sh
# Tries the installed wheel from outside the source folder. Usage: tools/smoke.sh VENV
set -eu
here=$(pwd)
venv=$here/$1
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT
cp tests/installed/smoke.py "$away/"
cp -r examples/readme_app/bare "$away/project"
cd "$away"
# -P keeps the current folder off the path; the script says where each package came from.
"$venv/bin/python" -P smoke.py "$here" "$venv"
