#!/bin/sh
# Builds the outside verifier into the path given, from Debian's packages alone (golang-go,
# golang-golang-x-mod-dev); nothing is fetched.
set -eu
[ $# -eq 1 ] || { echo "usage: build.sh OUTPUT" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
export GO111MODULE=off GOPROXY=off GOFLAGS= GOPATH=/usr/share/gocode
export GOCACHE="${GOCACHE:-${TMPDIR:-/tmp}/outsider-go-cache}"
exec go build -o "$1" "$here/main.go"
