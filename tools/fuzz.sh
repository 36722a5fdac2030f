#!/bin/sh
# Runs the fuzz targets, each for SECONDS (default 120), two at a time where there are two cores, and prints what each
# did. Fails where one crashed: the input is kept, with the line that repeats it. The corpus and the crashes of a run
# are where the next begins (build/fuzz/corpus, build/fuzz/crashes).
#
#   tools/fuzz.sh [SECONDS [TARGET...]]      e.g. tools/fuzz.sh 30 json http
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-120}
[ $# -eq 0 ] || shift
build=build/fuzz

# One target; called by the loop below.
if [ "${FUZZ_ONE:-}" ]; then
  target=$1
  mkdir -p "$build/corpus/$target" "$build/crashes/$target"
  # Short stacks of allocations: bundle allocates a lot. What repeats a crash has whole ones.
  ASAN_OPTIONS=malloc_context_size=2 nice "$build/bin/fuzz_$target" \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2560 -print_final_stats=1 \
    -dict="$build/seeds/$target.dict" -artifact_prefix="$build/crashes/$target/" \
    "$build/corpus/$target" "$build/seeds/$target" "$build/crashes/$target" >"$build/$target.log" 2>&1 ||
    touch "$build/$target.failed"
  exit 0
fi

mkdir -p "$build"
cmake --preset fuzz >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }; rm -f "$build.log"
cmake --build --preset fuzz -j "$(nproc)"
rm -rf "$build/seeds" && "$build/bin/fuzz_seeds" "$build/seeds" .
[ $# -gt 0 ] || set -- $(sed -n 's/^sallyport_fuzzer(\([a-z_]*\) .*/\1/p' fuzz/CMakeLists.txt)
for target; do rm -f "$build/$target.failed"; done
printf '%s\n' "$@" | FUZZ_ONE=1 xargs -P "$(nproc)" -n 1 sh tools/fuzz.sh "$seconds"

# libFuzzer's words: "#123 DONE   cov: 1 ft: 2 corp: 3/4b ..." and "stat::name: value".
stat() { sed -n "s/^stat::$2: *//p" "$build/$1.log"; }
figure() { grep -aE '^#[0-9]+.* cov: ' "$build/$1.log" | tail -1 | sed -n "s/.* $2: \([0-9]*\).*/\1/p"; }
crashed=0
printf '%-14s %11s %9s %7s %8s %7s  %s\n' target executions exec/s cov features corpus crashes
for target; do
  crashes=0
  [ -f "$build/$target.failed" ] && crashes=1 && crashed=$((crashed + 1))
  printf '%-14s %11s %9s %7s %8s %7s  %s\n' "$target" "$(stat "$target" number_of_executed_units)" \
    "$(stat "$target" average_exec_per_sec)" "$(figure "$target" cov)" "$(figure "$target" ft)" \
    "$(figure "$target" corp)" "$crashes"
done
for target; do
  [ -f "$build/$target.failed" ] || continue
  echo
  grep -aE 'assertion failed|ERROR: |runtime error|SUMMARY' "$build/$target.log" | head -4
  input=$(sed -n 's/.*Test unit written to //p' "$build/$target.log" | tail -1)
  echo "repeat: $build/bin/fuzz_$target ${input:-(no input; see $build/$target.log)}"
done
[ "$crashed" -eq 0 ]
