#!/bin/sh
# Installs what the lockfile of a folder pins, from the npm registry, where that has changed.
# Usage: npm-area.sh FOLDER
set -eu
cmp -s "$1/package-lock.json" "$1/node_modules/.installed" && exit 0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
npm --prefix "$1" ci --no-audit --no-fund >"$log" 2>&1 || { tail -5 "$log"; echo "npm could not install what $1 pins"; exit 1; }
cp "$1/package-lock.json" "$1/node_modules/.installed"
