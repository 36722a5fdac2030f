#!/bin/sh
# The published MCP clients, in both revisions of the protocol, over HTTP and over standard input and output, do an
# agent's work at the real server and are refused what is none of it.
# Usage: mcp.sh SOURCE_DIR SALLYPORT SCRATCH
set -eu
area=$1/test/mcp
sh "$1/test/npm-area.sh" "$area"
rm -rf "$3" && mkdir -p "$3"
npm --prefix "$area" run --silent check -- "$2" "$3/stage"
