#!/bin/sh
# The published JSON Schema and our parser agree, as Ajv reads the schema: on every example charter and on
# every one of its keys broken in turn.
# Usage: charter.sh SOURCE_DIR SALLYPORT
set -eu
area=$1/test/charter
sh "$1/test/npm-area.sh" "$area"
npm --prefix "$area" run --silent check -- "$2" "$1/docs/charter.schema.json" "$1"/examples/charters/*.toml
