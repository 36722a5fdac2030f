#!/bin/sh
# Proves that the fuzz targets find bugs. For each row of fuzz/planted.tsv one line is changed in a scratch copy of the
# tree, the target is built, and must crash on its own within SECONDS (default 60), starting from the seeds. One that
# does not has missed it: it is listed, and the script fails. A row that does not build, or whose line is not there
# exactly once, is a fault of the table and fails as well.
#
#   tools/fuzz-planted.sh [SECONDS [TARGET-PATTERN]]      e.g. tools/fuzz-planted.sh 60 'charter_*'
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
seconds=${1:-60}
only=${2:-*}
tree=$root/build/fuzz-planted
build=$tree/build/fuzz
log=$tree/last.log
run=$tree/run
tab=$(printf '\t')

mkdir -p "$tree"
for part in CMakeLists.txt CMakePresets.json cmake src app bench test fuzz tools examples; do
  if command -v rsync >/dev/null; then
    rsync -a --checksum --delete "$root/$part" "$tree/"
  else
    rm -rf "${tree:?}/$part" && cp -r "$root/$part" "$tree/$part"
  fi
done
cd "$tree"
cmake --preset fuzz >"$log" 2>&1 || { tail -20 "$log"; exit 1; }
nice cmake --build "$build" --target fuzz_seeds -j2 >"$log" 2>&1 || { tail -20 "$log"; exit 1; }
rm -rf seeds && "$build/bin/fuzz_seeds" seeds "$root"

found=0
missed=0
printf '%-13s %-14s %8s %11s  %s\n' verdict target seconds executions 'planted; seen'
while IFS="$tab" read -r target file old new wrong; do
  case $target in '' | '#'*) continue ;; esac
  # shellcheck disable=SC2254
  case $target in $only) ;; *) continue ;; esac
  cp "$file" original
  export old new
  took=''
  executions=''
  seen=''
  if ! awk 'BEGIN { old = ENVIRON["old"]; new = ENVIRON["new"] }
            { at = index($0, old)
              if (at) { ++found; $0 = substr($0, 1, at - 1) new substr($0, at + length(old)) }
              print }
            END { exit found != 1 }' original >"$file"; then
    verdict='NO SUCH LINE'
  elif ! nice cmake --build "$build" --target "fuzz_$target" -j2 >"$log" 2>&1; then
    verdict='DOES NOT BUILD'
  else
    rm -rf "$run" && mkdir "$run"
    began=$(date +%s)
    if nice "$build/bin/fuzz_$target" -max_total_time="$seconds" -dict="seeds/$target.dict" -print_final_stats=1 \
      -artifact_prefix="$run/" "$run" "seeds/$target" >"$log" 2>&1; then
      verdict=MISSED
    else
      verdict=found
      seen=$(grep -aoE 'assertion failed: .*|ERROR: .*|runtime error: .*|Assertion .*' "$log" | head -1 | cut -c1-90)
    fi
    took=$(($(date +%s) - began))
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  fi
  cp original "$file"
  if [ "$verdict" = found ]; then found=$((found + 1)); else missed=$((missed + 1)); fi
  printf '%-13s %-14s %8s %11s  %s%s\n' "$verdict" "$target" "$took" "$executions" "$wrong" "${seen:+; $seen}"
done <"$root/fuzz/planted.tsv"
echo "$found found, $missed not"
[ "$missed" -eq 0 ]
