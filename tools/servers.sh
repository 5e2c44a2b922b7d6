#!/bin/sh
# Makes sure that the servers which the tests start are installed. As root on Debian it installs
# the missing packages, otherwise it names them and exits 2.
set -eu
missing=''
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }

# Debian keeps nginx in /usr/sbin, which is not on everybody's path.
PATH="$PATH:/usr/sbin:/sbin"
need openssl openssl
need nginx nginx-light
need redis-server redis-server
need chromium chromium
need chromedriver chromium-driver
# Debian keeps PostgreSQL's programs off everybody's path, one folder for each version.
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need initdb postgresql
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    # shellcheck disable=SC2086  # one word for each package
    apt-get install -q -y --no-install-recommends $missing
else
    printf 'The tests need these Debian packages:%s\n' "$missing" >&2
    exit 2
fi
