#!/bin/sh
# Our walks of the shared dumps, against those of Breakpad and elfutils.
# Usage: dumps.sh SOURCE_DIR SALLYPORT
set -eu
area=$1/test/dumps
sh "$1/test/npm-area.sh" "$area"
npm --prefix "$area" run --silent walks -- "$2" "$1/../shared/data/dumps"
