#!/bin/sh
# Fetches axe-core, the checker of accessible pages, for the browser tests: a development file, never committed or shipped.
# Where it cannot be had the tests make their own checks of contrast, names, tables and width all the same.
set -eu
version=4.14.1
place=.venv/axe.min.js
[ -s "$place" ] && exit 0
command -v npm >/dev/null || exit 0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if (cd "$folder" && timeout 60 npm pack --silent "axe-core@$version" >/dev/null 2>&1 && tar xzf "axe-core-$version.tgz" package/axe.min.js); then
    cp "$folder/package/axe.min.js" "$place"
fi
