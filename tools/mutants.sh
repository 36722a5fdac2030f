#!/bin/sh
# Proves that the tests can fail. For each row of a table (default: test/mutants/gate.tsv) one line is
# changed in a scratch copy of the tree, the named test is built, and its test cases must go red. A
# mutant that builds and stays green has survived: it is listed, and the script fails. One that does
# not build, or whose line is not there exactly once, is a fault of the table and fails as well.
#
#   tools/mutants.sh [TABLE [NAME-PATTERN]]      e.g. tools/mutants.sh test/mutants/gate.tsv 'recheck*'
#
# With --simulate first, it is the simulator that must find each mutant of the gate (default:
# test/mutants/sim.tsv; docs/simulator.md), within SALLYPORT_SIM_STEPS steps, and the row says what it found and
# after how many steps. A row whose fifth column begins with "masked" may survive: another guard covers for it.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
simulate=
if [ "${1:-}" = --simulate ]; then
  simulate=sim_hunter
  shift
fi
table=${1:-$root/test/mutants/$([ -n "$simulate" ] && echo sim || echo gate).tsv}
steps=${SALLYPORT_SIM_STEPS:-200000}
only=${2:-*}
tree=$root/build/mutants/tree
out=$root/build/mutants/build
log=$root/build/mutants/last.log
tab=$(printf '\t')

mkdir -p "$tree"
for part in CMakeLists.txt cmake src app bench fuzz test tools examples docs scenarios; do
  if command -v rsync > /dev/null; then
    rsync -a --checksum --delete "$root/$part" "$tree/"
  else
    rm -rf "${tree:?}/$part" && cp -r "$root/$part" "$tree/$part"
  fi
done
cmake -S "$tree" -B "$out" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g0" > "$log" 2>&1

# Nothing changed: everything is built, and every test is green before the first mutant.
for binary in ${simulate:-$(awk -F'\t' '!/^#/ && NF { print $5 }' "$table" | sort -u)}; do
  nice cmake --build "$out" --target "$binary" -j2 > "$log" 2>&1 || { tail -20 "$log"; exit 1; }
  if [ -n "$simulate" ]; then set -- 1 20000; else set --; fi
  "$out/bin/$binary" "$@" > "$log" 2>&1 || { tail -20 "$log"; exit 1; }
done

killed=0
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
  elif ! nice cmake --build "$out" --target "${simulate:-$binary}" -j2 > "$log" 2>&1; then
    verdict='DOES NOT BUILD'
  elif [ -n "$simulate" ]; then
    if "$out/bin/$simulate" 1 "$steps" > "$log" 2>&1; then
      said=$binary
      case $binary in masked*) verdict=masked ;; *) verdict=SURVIVED ;; esac
    else
      verdict=killed # by what, or an assertion of the gate's own
      said=$(head -n 1 "$log")
    fi
  elif "$out/bin/$binary" --test-case="$cases" > "$log" 2>&1; then
    verdict=SURVIVED
  else
    verdict=killed
  fi
  cp "$out/original" "$tree/$file"
  case $verdict in killed | masked) killed=$((killed + 1)) ;; *) failed=$((failed + 1)) ;; esac
  printf '%-14s %-26s %-34s %s\n' "$verdict" "$name" "$file" "$said"
done < "$table"
echo "$killed killed or masked, $failed not"
[ "$failed" -eq 0 ]
