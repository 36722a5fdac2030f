#!/bin/sh
# The repository's own lint: each rule prints one sentence per breach. Run from anywhere.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
faults=$(mktemp)
trap 'rm -f "$faults"' EXIT
say() { echo "$1" >>"$faults"; }

# 1. The module table. A module includes itself and its DEPS, and the DEPS stand above it.
awk '
  /^sallyport_module\(/ {
    line = $0; gsub(/sallyport_module\(|\)/, "", line); n = split(line, word, " "); m = word[1]; allowed[m] = " " m " "
    deps = 0
    for (i = 2; i <= n; i++) {
      if (word[i] == "DEPS") { deps = 1; continue }
      if (!deps) continue
      if (!(word[i] in allowed)) print "CMakeLists.txt: module " m " depends on " word[i] ", which is not declared above it (a cycle, or an order that hides one)"
      allowed[m] = allowed[m] word[i] " "
    }
  }
  END { for (m in allowed) print "ALLOW " m allowed[m] }
' CMakeLists.txt >build/.tidy-table
grep -v '^ALLOW' build/.tidy-table >>"$faults" || true
grep '^ALLOW' build/.tidy-table | while read -r _ module allowed; do
  grep -HnoE '^#include "[a-z_]+/' src/"$module"/*.h src/"$module"/*.cc 2>/dev/null | sed 's/#include "//; s,/$,,' |
    while IFS=: read -r file line target; do
      case " $allowed " in *" $target "*) ;; *)
        echo "$file:$line: includes $target/, but the module table does not let $module depend on $target" ;;
      esac
    done
done >>"$faults"

# 2. Files.
git ls-files 'src/*.cc' 'src/*.h' 'app/*.cc' 'app/*.h' 'bench/*.cc' 'fuzz/*.cc' 'fuzz/*.h' >build/.tidy-files
# A table of cases may be long.
grep -v '_test\.cc$' build/.tidy-files | xargs wc -l | awk '
  $2 != "total" && $1 > 600 { print $2 ": " $1 " lines; past 600 a file has two ideas" }' >>"$faults"
awk '
  FILENAME ~ /CMakeLists.txt$/ {
    split(FILENAME, part, "/"); gsub(/[()]/, " "); for (i = 1; i <= NF; i++) listed[part[2] "/" $i] = 1; next
  }
  /^src\/[a-z]+\/.*\.cc$/ {
    name = substr($0, 5)
    if (name !~ /\/testing\// && !(name in listed)) {
      split(name, part, "/"); print $0 ": not listed in src/" part[1] "/CMakeLists.txt"
    }
  }
' src/*/CMakeLists.txt build/.tidy-files >>"$faults"
# The first include of x.cc, where there is an x.h.
grep '\.h$' build/.tidy-files | sed 's/h$/cc/' | while read -r source; do [ -f "$source" ] && echo "$source"; done |
  xargs awk '
    FNR == 1 { seen = 0 }
    /^#include/ && !seen {
      seen = 1; first = $2; gsub(/[<>"]/, "", first); header = FILENAME; sub(/cc$/, "h", header)
      if (substr(header, length(header) - length(first)) != "/" first)
        print FILENAME ": includes its own header first, so that the header is known to compile alone"
    }' >>"$faults"
for module in src/*/; do
  [ -f "$module/README.md" ] || say "${module}README.md is missing: what the module is for, its rooms, what it must not do"
  [ -f "$module/README.md" ] && [ "$(wc -l <"$module/README.md")" -gt 40 ] && say "${module}README.md: more than 40 lines"
done

# 3. Words that do not belong, each with what to write instead.
ban() { # pattern, files, sentence
  git grep -nIE "$1" -- $2 2>/dev/null | grep -vE "${4:-^tools/tidy.sh}" | cut -d: -f1,2 | sed "s|\$|: $3|" >>"$faults" || true
}
ban '\b(TODO|FIXME|XXX|HACK)\b' 'src app bench fuzz test tools' 'finish it, or say in a README what is missing'
ban '#include <regex>|std::regex' 'src app' 'use RE2'
ban '#include "\.\./' 'src app' 'includes are spelled "module/file.h"'
ban 'std::cout|std::cerr' 'src' 'modules do not print; faces do'
ban 'using namespace std;' 'src app fuzz' 'name what you use'
ban '\bco_await\b|\bco_return\b' 'src/base src/canon src/crypto src/ledger src/packet src/charter src/gate src/scan src/store src/vault src/source src/lane src/engine app' 'coroutines live in src/http alone (GCC 12.2)'
ban '#include "engine/raw_dumps\.h"' 'src/http src/mcp' 'no network face reads raw dumps (docs/dumps.md)'
ban '#include "gate/deciding\.h"' 'src/engine src/http src/mcp src/metrics src/scenario src/sim app' 'deciding.h is inside the gate only'
ban 'system_clock|steady_clock|clock_gettime' 'src/base src/canon src/crypto src/ledger src/packet src/charter src/gate src/scan src/lane' 'time is an argument below the engine' '_test\.cc:'
ban '/(home|root|work)/[a-z]' 'src app bench fuzz test tools docs README.md ARCHITECTURE.md CONTRIBUTING.md' 'a path of one machine'
sed -i '/scan\/.*_test\.cc\|scan\/patterns\|scan\/testing\|scan\/rules\|demo\/packets\.cc/{/a path of one machine/d}' "$faults"

if [ -s "$faults" ]; then
  sort -u "$faults"
  exit 1
fi
echo "tidy: modules, files and words are in order"
