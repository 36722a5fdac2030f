#!/bin/sh
# Installs the Debian packages that the build (or, with "test", also the tests) needs and that are
# missing. Says what it does; needs root or sudo only where something is missing.
set -eu
here=$(dirname "$0")
lists="$here/packages.txt"
[ "${1:-}" = test ] && lists="$lists $here/packages-test.txt"
missing=""
for package in $(cat $lists); do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" && continue
  [ "$package" = npm ] && command -v npm >/dev/null && continue # from another place; Debian's would not go beside it
  missing="$missing $package"
done
[ -z "$missing" ] && exit 0
echo "installing:$missing"
if [ "$(id -u)" = 0 ]; then
  sudo=""
elif command -v sudo >/dev/null 2>&1; then
  sudo=sudo
else
  echo "these Debian packages are missing and this is neither root nor has sudo:$missing" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q >/dev/null || { echo "apt-get update failed: is the Debian mirror reachable?" >&2; exit 1; }
$sudo apt-get install -y -q --no-install-recommends $missing >/dev/null ||
  { echo "apt-get could not install:$missing" >&2; exit 1; }
