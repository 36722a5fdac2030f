#!/bin/sh
# Names and counts what the last run of the tests skipped, and why. Usage: skips.sh BUILD_DIR...
set -eu
skipped=$(for build; do
  [ ! -f "$build/Testing/Temporary/LastTest.log" ] || grep -ahE '^SKIPPED' "$build/Testing/Temporary/LastTest.log" || true
done | sort -u)
[ -z "$skipped" ] || echo "$skipped"
echo "skipped: $(printf '%s' "$skipped" | grep -c . || true)"
