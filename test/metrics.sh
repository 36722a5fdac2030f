#!/bin/sh
# Every figure of `sallyport metrics` is computed again, by a program that shares nothing with it, from the log of
# the demonstration and the logs of two scenarios.
# Usage: metrics.sh SALLYPORT SALLYPORT_VERIFY SOURCE_DIR WORK_DIR
set -eu
sallyport=$1 verify=$2 source=$3 dir=$4
fail() { echo "FAILED: $1"; exit 1; }
command -v python3 >/dev/null 2>&1 || { echo "SKIPPED: python3 is not installed"; exit 0; }
rm -rf "$dir"
mkdir -p "$dir"
cd "$source"
again() { python3 -B test/metrics/recompute.py "$@"; }

"$sallyport" --dir "$dir/demo" demo dispatch --verifier "$verify" >/dev/null || fail "the demonstration"
mv "$dir/demo/data" "$dir/demonstration"
"$sallyport" scenario run --quiet --keep "$dir/corrections" scenarios/rules/t20-corrections.scn || fail "corrections"
"$sallyport" scenario run --quiet --keep "$dir/duplicates" scenarios/flow/rb05-suspected-duplicate.scn ||
  fail "duplicates"
for log in demonstration corrections duplicates; do
  "$sallyport" --dir "$dir/$log" metrics --json --texts "$dir/$log.texts" >"$dir/$log.json" || fail "metrics of $log"
  again "$dir/$log/log.db" "$dir/$log.texts" "$dir/$log.json" || fail "the figures of $log"
  "$sallyport" --dir "$dir/$log" --color never metrics >"$dir/$log.txt" || fail "metrics of $log as text"
  [ "$(awk '{ if (length($0) > w) w = length($0) } END { print w }' "$dir/$log.txt")" -le 100 ] ||
    fail "the text of $log is wider than a page"
done
# The same leaves as auditors have them.
"$sallyport" --dir "$dir/demonstration" log export "$dir/tiles" >/dev/null || fail "log export"
if [ "$(sed -n 2p "$dir/tiles/checkpoint")" = "$(sed 's/.*"leaves":\([0-9]*\).*/\1/' "$dir/demonstration.json")" ]; then
  again "$dir/tiles" "$dir/demonstration.texts" "$dir/demonstration.json" || fail "the figures of the exported tiles"
fi
# What differs is told.
sed 's/"name":"edges","numerator":[0-9]*/"name":"edges","numerator":1/' "$dir/demonstration.json" >"$dir/wrong.json"
if again "$dir/demonstration/log.db" "$dir/demonstration.texts" "$dir/wrong.json" >"$dir/told"; then
  fail "a wrong figure goes unnoticed"
fi
grep -q '^M-A3 edges: recomputed' "$dir/told" || fail "the wrong figure is not named"
# What is not there.
code=0
"$sallyport" --dir "$dir/corrections" metrics --lane Q-OTHER 2>/dev/null || code=$?
[ "$code" = 3 ] || fail "exit status $code for a lane that there is not"
echo "every figure is the same twice"
