#!/bin/sh
# Every header compiles alone. Usage: check-headers.sh BUILD_DIR
set -eu
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! cmake --build "$1" --target all_verify_interface_header_sets >"$log" 2>&1; then
  grep -E 'error:' "$log" | head -3
  echo "a header is not self-contained: it must include what it uses"
  exit 1
fi
echo "headers: each compiles alone"
