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
echo "the demonstration, its bundles and its log hold"
