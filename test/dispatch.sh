#!/bin/sh
# The demonstration from nothing, then what an outsider does with its bundles, with tools not ours where
# there are any: ssh-keygen, and the Go module x/mod (sumdb/note, sumdb/tlog).
# Usage: dispatch.sh SALLYPORT SALLYPORT_VERIFY SOURCE_DIR WORK_DIR
set -eu
sallyport=$1 verify=$2 source=$3 dir=$4
fail() { echo "FAILED: $1"; exit 1; }
rm -rf "$dir"
cd "$source"
"$sallyport" --dir "$dir" demo dispatch --verifier "$verify" || fail "the demonstration"

"$verify" --trust "$dir/trust.json" "$dir/proof" >/dev/null || fail "the proof bundle does not verify"
[ "$("$verify" --json --trust "$dir/trust.json" "$dir/bundle" | tr -d ' \n' | grep -c '"faults":\[\]')" = 1 ] ||
  fail "the JSON verdict names faults"
# Without pins nothing is authenticated.
code=0
"$verify" "$dir/bundle" >"$dir/unpinned" 2>&1 || code=$?
[ "$code" = 9 ] || fail "exit code $code without --trust"
grep -qi "not authenticated" "$dir/unpinned" || fail "does not say NOT authenticated"
# One byte of one file.
cp -r "$dir/bundle" "$dir/damaged"
printf 'x' | dd of="$dir/damaged/entry.json" bs=1 seek=40 conv=notrunc 2>/dev/null
if "$verify" --trust "$dir/trust.json" "$dir/damaged" >"$dir/damage" 2>&1; then fail "a damaged bundle verified"; fi
grep -q "entry.json" "$dir/damage" || fail "the damaged file is not named"
# A bundle under the keys of somebody else's log.
"$sallyport" --dir "$dir/other" demo dispatch --verifier "$verify" >/dev/null || fail "a second log"
if "$verify" --trust "$dir/trust.json" "$dir/other/bundle" >/dev/null 2>&1; then fail "a bundle under foreign keys verified"; fi

# The log itself: verified, exported as tiles, and read by Go.
"$sallyport" --dir "$dir/data" log verify >/dev/null || fail "log verify"
"$sallyport" --dir "$dir/data" log export "$dir/tiles" >/dev/null || fail "log export"
if command -v go >/dev/null 2>&1 && [ -d /usr/share/gocode ]; then
  sh test/outsider/build.sh "$dir/outsider" || fail "the Go verifier does not build"
  cat "$dir/bundle/trust/log.vkey" >"$dir/vkey"
  "$dir/outsider" -vkey "$dir/vkey" -tiles "$dir/tiles" || fail "Go refuses the tiles"
  "$dir/outsider" -vkey "$dir/vkey" -bundle "$dir/bundle" || fail "Go refuses the lane bundle's proofs"
  "$dir/outsider" -vkey "$dir/vkey" -bundle "$dir/proof" || fail "Go refuses the proof bundle's proofs"
else
  echo "SKIPPED: the Go outsider (golang-go and golang-golang-x-mod-dev are not installed)"
fi
echo "the demonstration, its bundles and its log hold"
