#!/bin/sh
# The page for who begins (docs/start.md) is one script, and does what it says: from nothing to a released packet whose
# bundle verifies. Only the ports differ here.
#
#   start_test.sh FOLDER-OF-PROGRAMS SOURCE-TREE
set -eu
programs=$1
source=$2
work=$(mktemp -d)
trap 'kill $(cat "$work"/*.pid 2>/dev/null) 2>/dev/null; rm -rf "$work"' EXIT
service=$((20000 + $$ % 20000)) sources=$((service + 1))

mkdir -p "$work/build/release" && ln -s "$programs" "$work/build/release/bin"
cp -r "$source/examples" "$work/examples"
sed -i "s/127\.0\.0\.1:9701/127.0.0.1:$sources/" "$work"/examples/sources/*.json
awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on' "$source/docs/start.md" |
  sed -e "s/127\.0\.0\.1:8421/127.0.0.1:$service/" -e "s/demo sources/demo sources --port $sources/" \
    -e 's/^SERVICE=\$!/&; echo $SERVICE > ..\/service.pid/' -e 's/^SOURCES=\$!/&; echo $SOURCES > ..\/sources.pid/' \
    > "$work/page.sh"
cd "$work"
if ! timeout -k 5 150 sh -eu page.sh > out.log 2>&1 < /dev/null; then
  tail -40 out.log
  echo 'FAIL: the page does not run to its end'
  exit 1
fi
grep -q '^VERIFIED: every proof in this lane bundle holds' out.log || {
  echo 'FAIL: what crossed does not verify'
  exit 1
}
grep -q "^released  packet $(awk '$1 == "packet" { print $2 }' psr-keys/packet.txt)," out.log || {
  echo 'FAIL: another packet was released'
  exit 1
}
echo 'the page runs from nothing to a verified release'
