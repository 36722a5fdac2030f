#!/bin/sh
# Runs a command under the node that the lockfile of the present folder pins. Not every npm links that node
# into node_modules/.bin: the packages of two processors offer it under the same name, and one is installed.
set -eu
here=$PWD # npm runs a script in its package
for bin in "$here"/node_modules/node-linux-*/bin; do
  PATH="$bin:$here/node_modules/.bin:$PATH"
done
exec "$@"
