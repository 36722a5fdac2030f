#!/bin/sh
# The description of the API is good, what the tests exchange is as it says, and a client that was made
# from it alone tells the demonstration's story to the real server.
# Usage: openapi.sh SOURCE_DIR HTTP_TEST SALLYPORT SCRATCH
set -eu
area=$1/test/api http_test=$2 sallyport=$3 scratch=$4
rm -rf "$scratch" && mkdir -p "$scratch"
sh "$1/test/npm-area.sh" "$area"
npm --prefix "$area" run --silent check
SALLYPORT_EXCHANGES=$scratch/exchanges.jsonl "$http_test" --source-file='*api_test*,*setup_test*,*repeat_test*' >"$scratch/http_test.log" 2>&1 ||
  { tail -20 "$scratch/http_test.log"; exit 1; }
npm --prefix "$area" run --silent stage -- "$sallyport" "$scratch/stage"
npm --prefix "$area" run --silent validate -- --all "$scratch/exchanges.jsonl" "$scratch/stage/exchanges.jsonl"
