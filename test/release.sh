#!/bin/sh
# The demonstration of a packet that people and agents write together, from a real crash to the offline proof,
# and what an outsider does with its bundles. Where this machine writes no cores it is skipped, and says so.
# Usage: release.sh SALLYPORT SALLYPORT_VERIFY SOURCE_DIR WORK_DIR
set -eu
sallyport=$1 verify=$2 source=$3 dir=$4
fail() { echo "FAILED: $1"; exit 1; }
rm -rf "$dir"
cd "$source"
case $(cat /proc/sys/kernel/core_pattern) in
"|"*)
  echo "SKIPPED: this machine hands cores to another program (/proc/sys/kernel/core_pattern)"
  exit 0
  ;;
esac
start=$(date +%s)
"$sallyport" --dir "$dir" demo release --verifier "$verify" || fail "the demonstration"
echo "told in $(($(date +%s) - start)) s"

"$verify" --trust "$dir/trust.json" "$dir/proof" >"$dir/verdict" || fail "the proof bundle does not verify"
"$verify" --trust "$dir/trust.json" "$dir/bundle" >"$dir/told" || fail "the lane's bundle does not verify"
grep -Eq '^ *audience.*: [1-9][0-9]* named in disclosures.json' "$dir/told" || fail "the audience is not counted"
# Nothing of what was redacted, and nothing of what the lane may not see, is in what left.
for text in mara.holt@northwind.example ines.krag@northwind.example session-4471 cluster-four; do
  ! grep -raqF -- "$text" "$dir/bundle" || fail "'$text' is in the lane's bundle"
done
# One byte of one file.
cp -r "$dir/bundle" "$dir/damaged"
printf 'x' | dd of="$dir/damaged/manifest.json" bs=1 seek=40 conv=notrunc 2>/dev/null
if "$verify" --trust "$dir/trust.json" "$dir/damaged" >"$dir/damage" 2>&1; then fail "a damaged bundle verified"; fi
grep -q "manifest.json" "$dir/damage" || fail "the damaged file is not named"
"$sallyport" --dir "$dir/data" log verify >/dev/null || fail "log verify"

# The raw core, which a custodian kept: nothing of it in clear, and it is scanned where it lies.
grep -raqF mara.holt@northwind.example "$dir/dump" || fail "the core had nothing to hide"
! grep -raqF mara.holt@northwind.example "$dir/data" || fail "an address of the core lies in the service's folder"
"$sallyport" --dir "$dir/data" vault show --json >"$dir/kept" || fail "vault show"
dump=$(sed 's/.*"dump":"\([^"]*\)".*/\1/' "$dir/kept")
grep -q '"erased":\[\]' "$dir/kept" || fail "something of the raw core is erased"
core=$(ls "$dir"/dump/core*)
status=0
"$sallyport" dump scan "$core" --json >"$dir/scan.file" || status=$?
[ "$status" -eq 5 ] || fail "dump scan of the core: status $status"
status=0
"$sallyport" --dir "$dir/data" vault scan --dump "$dump" --json >"$dir/scan.vault" || status=$?
[ "$status" -eq 5 ] || fail "vault scan: status $status"
counts() { sed 's/.*"counts":\({[^}]*}\).*/\1/' "$1"; }
[ "$(counts "$dir/scan.file")" = "$(counts "$dir/scan.vault")" ] || fail "the vault's core is scanned otherwise"
status=0
"$sallyport" --dir "$dir/data" vault keep "$core" --dump "$dump" 2>/dev/null || status=$?
[ "$status" -eq 6 ] || fail "a dump that is kept is kept again: status $status"
status=0
"$sallyport" --dir "$dir/data" vault keep "$dir/dump/redacted.core" --dump du_other 2>/dev/null || status=$?
[ "$status" -eq 3 ] || fail "a dump without a scan on record is kept: status $status"
segments=$(ls "$dir"/data/vault/segments/* | grep -v index)
mv "$segments" "$dir/aside"
if "$sallyport" --dir "$dir/data" log verify 2>"$dir/told"; then fail "log verify misses no raw dump"; fi
grep -q "raw dump $dump" "$dir/told" || fail "log verify does not name the raw dump"
mv "$dir/aside" "$segments"
echo "the demonstration, its bundles and its log hold"
