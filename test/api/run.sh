#!/bin/sh
# Runs a command under the node that the lockfile pins, whatever node npm itself runs on. Not every npm links it
# into node_modules/.bin: the packages of two processors offer it under the same name, and one is installed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for bin in "$here"/node_modules/node-linux-*/bin; do
  PATH="$bin:$here/node_modules/.bin:$PATH"
done
exec "$@"
