#!/bin/sh
# Our walks, and our copies, of the shared dumps, against Breakpad and elfutils.
# Usage: dumps.sh SOURCE_DIR walks SALLYPORT
#        dumps.sh SOURCE_DIR copies SALLYPORT DUMP_SAMPLE
set -eu
area=$1/test/dumps
shared=$1/../shared/data/dumps
script=$2
sallyport=$3
sh "$1/test/npm-area.sh" "$area"
npm --prefix "$area" run --silent "$script" -- "$sallyport" "$shared" "${4:-}"
