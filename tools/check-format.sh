#!/bin/sh
# clang-format 19 over everything that git tracks; names the files that differ.
set -eu
cd "$(dirname "$0")/.."
bad=$(git ls-files '*.h' '*.cc' | xargs clang-format-19 --dry-run -Werror 2>&1 | grep -oE '^[^:]+\.(h|cc)' | sort -u || true)
if [ -n "$bad" ]; then
  echo "not as clang-format 19 writes them (run: make format):"
  echo "$bad"
  exit 1
fi
echo "format: every file is as clang-format 19 writes it"
