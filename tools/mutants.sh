#!/bin/sh
# Proves that the tests can fail. For each row of a table (default: test/mutants/gate.tsv) one line is
# changed in a scratch copy of the tree, the named test is built, and its test cases must go red. A
# mutant that builds and stays green has survived: it is listed, and the script fails. One that does
# not build, or whose line is not there exactly once, is a fault of the table and fails as well.
#
#   tools/mutants.sh [TABLE [NAME-PATTERN]]      e.g. tools/mutants.sh test/mutants/gate.tsv 'recheck*'
#
# With --simulate first, it is the simulator that must find each mutant of the gate (default:
# test/mutants/sim.tsv; docs/simulator.md), within SALLYPORT_SIM_STEPS steps that change something and
# SALLYPORT_SIM_SECONDS seconds, and the row says what it found and after how many steps. A row whose fifth column
# begins with "masked" may survive: another guard covers for it. The table of what came of each row is written to
# build/mutants/sim.md, with the commit and the machine.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
simulate=
if [ "${1:-}" = --simulate ]; then
  simulate=sim_hunter
  shift
fi
table=${1:-$root/test/mutants/$([ -n "$simulate" ] && echo sim || echo gate).tsv}
steps=${SALLYPORT_SIM_STEPS:-1000000}
limit=${SALLYPORT_SIM_SECONDS:-900}
only=${2:-*}
tree=${SALLYPORT_MUTANTS_TREE:-$root/build/mutants/tree} # the scratch copy; elsewhere if a compiler cache minds
out=$tree/build/$([ -n "$simulate" ] && echo release || echo mutants)
log=$root/build/mutants/last.log
sheet=$root/build/mutants/sim.md
tab=$(printf '\t')

# Only what differs is copied, so that a second run builds what changed; also what an interrupted run left changed.
mkdir -p "$tree" "$root/build/mutants"
git -C "$root" ls-files -co --exclude-standard | while IFS= read -r file; do
  cmp -s "$root/$file" "$tree/$file" && continue
  mkdir -p "$tree/$(dirname "$file")" && cp "$root/$file" "$tree/$file"
done
if [ -n "$simulate" ]; then
  (cd "$tree" && cmake --preset release -DSALLYPORT_TOGETHER=OFF) > "$log" 2>&1 # one source for one mutant
else
  cmake -S "$tree" -B "$out" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g0" > "$log" 2>&1
fi

# Nothing changed: everything is built, and every test is green before the first mutant.
for binary in ${simulate:-$(awk -F'\t' '!/^#/ && NF { print $5 }' "$table" | sort -u)}; do
  cmake --build "$out" --target "$binary" -j "${SALLYPORT_JOBS:-2}" > "$log" 2>&1 || { tail -20 "$log"; exit 1; }
  if [ -n "$simulate" ]; then set -- hunt 1 1 20000 quick; else set --; fi
  "$out/bin/$binary" "$@" > "$log" 2>&1 || { tail -20 "$log"; exit 1; }
done

# One mutant of the gate against the simulator: sets verdict and said, and adds a row to the sheet.
hunt() {
  begun=$(date +%s)
  if timeout -k 60 "$limit" "$out/bin/$simulate" hunt 1 1 "$steps" quick > "$log" 2>&1; then
    said=$binary
    case $binary in masked*) verdict=masked ;; *) verdict=SURVIVED ;; esac
    at="not in $(sed -n 's/^total .* changed=\([0-9]*\) .*/\1/p' "$log") that changed something"
  else
    verdict=killed
    said=$(sed -n 's/^BROKEN \(INV-[0-9]*\) in .*/\1/p' "$log" | head -n 1)
    at=$(sed -n 's/^BROKEN INV-[0-9]* in \([0-9]*\) steps.*/\1/p' "$log" | head -n 1)
    [ -n "$said" ] || { said='an assertion of the gate' at='-'; }
  fi
  seconds=$(($(date +%s) - begun))
  echo "| $name | $verdict | $binary | $([ "$verdict" = killed ] && echo "$said") | $at | $seconds |" >> "$sheet"
  said="$said, steps: $at, $seconds s"
}

if [ -n "$simulate" ]; then
  {
    echo '# What the simulator finds'
    echo
    # shellcheck disable=SC2016
    echo 'Each row of [sim.tsv](sim.tsv) takes one guard out of the gate. Written by `tools/mutants.sh --simulate`'
    echo "at commit $(git -C "$root" rev-parse --short HEAD 2> /dev/null || echo unknown), at most $steps steps that"
    echo "change something and $limit seconds for each row, seed 1, on $(nproc) shared cores"
    echo "($(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1))."
    echo
    echo '| mutant | verdict | expected | broke | after steps | seconds |'
    echo '|---|---|---|---|---|---|'
  } > "$sheet"
fi
killed=0
masked=0
failed=0
while IFS="$tab" read -r name file old new binary cases req; do
  case $name in '' | '#'*) continue ;; esac
  # shellcheck disable=SC2254
  case $name in $only) ;; *) continue ;; esac
  cp "$tree/$file" "$out/original"
  export old new
  said=$req
  if ! awk 'BEGIN { old = ENVIRON["old"]; new = ENVIRON["new"] }
            { at = index($0, old)
              if (at) { ++found; $0 = substr($0, 1, at - 1) new substr($0, at + length(old)) }
              print }
            END { exit found != 1 }' "$out/original" > "$tree/$file"; then
    verdict='NO SUCH LINE'
  elif ! cmake --build "$out" --target "${simulate:-$binary}" -j "${SALLYPORT_JOBS:-2}" > "$log" 2>&1; then
    verdict='DOES NOT BUILD'
  elif [ -n "$simulate" ]; then
    hunt
  elif "$out/bin/$binary" --test-case="$cases" > "$log" 2>&1; then
    verdict=SURVIVED
  else
    verdict=killed
  fi
  cp "$out/original" "$tree/$file"
  case $verdict in
    killed) killed=$((killed + 1)) ;;
    masked) masked=$((masked + 1)) ;;
    *) failed=$((failed + 1)) ;;
  esac
  printf '%-14s %-26s %-34s %s\n' "$verdict" "$name" "$file" "$said"
done < "$table"
[ -z "$simulate" ] || printf '\n%s killed, %s masked, %s not.\n' "$killed" "$masked" "$failed" >> "$sheet"
echo "$killed killed, $masked masked, $failed not"
[ "$failed" -eq 0 ]
