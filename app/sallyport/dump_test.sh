#!/bin/sh
# What is promised of crash dumps, on the built binary and real dumps: of a process that crashes here, and of
# those that lie beside the checkout (skipped by name where they do not).
#   dump_test.sh SALLYPORT CRASHER SHARED_DATA
set -u
bin=$1
crasher=$2
shared=$3
work=$(mktemp -d)
failures=0
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export NO_COLOR=1

fail() {
  echo "FAIL: $1"
  failures=$((failures + 1))
}

# number NAME: of the last report, the first member of this name.
number() {
  sed "s/.*\"$1\":\([0-9]*\).*/\1/" report
}

# facts NAME: of the facts, which stand together.
facts() {
  sed 's/.*"facts":{//; s/"format".*//' report | sed "s/.*\"$1\":\([0-9]*\).*/\1/"
}

# copied DUMP: redacts it into DUMP.r1 and proves the copy again. Says what became of the walk.
copied() {
  rm -f "$1.r1"
  "$bin" dump redact "$1" --out "$1.r1" --json >report 2>err
  status=$?
  if [ $status -ne 0 ]; then
    fail "redact $2: status $status"
    sed 's/.*\("held":\[[^]]*\]\).*/  \1/' report
    cat err
    return 1
  fi
  test "$(facts bytes)" -eq "$(wc -c <"$1")" || fail "$2: the coverage map is not the file"
  test "$(facts accounted)" -eq "$(wc -c <"$1")" || fail "$2: not every byte is accounted for"
  test "$(wc -c <"$1.r1")" -eq "$(wc -c <"$1")" || fail "$2: the copy has another length"
  printf '%-44s threads %3d  identical %3d  widened %3d  lost %3d\n' "$2" "$(facts threads)" \
    "$(facts identical)" "$(facts widened)" "$(facts lost)"
  "$bin" dump verify "$1" "$1.r1" --json >again 2>err || fail "verify $2"
  test "$(sed 's/.*\("facts":{.*\),"format".*/\1/' again)" = "$(sed 's/.*\("facts":{.*\),"format".*/\1/' report)" ||
    fail "$2: the facts of the proof are others than those of the copy"
  return 0
}

# holds_text FILE TEXT: in ASCII, or in UTF-16 at even or odd places.
holds_text() {
  grep -aqF -- "$2" "$1" && return 0
  pattern=$(printf %s "$2" | sed 's/[][\.*^$+?(){}|/]/\\&/g; s/\\*./&\\x00/g')
  LC_ALL=C grep -aqP -- "$pattern" "$1"
}

# A process that crashes: its environment, command line, stacks, heap and registers.
mail=mara.holt@northwind.example
other=ines.krag@northwind.example
ulimit -c unlimited
CRASHER_MAIL=$mail "$crasher" "$other" 2>/dev/null
core=$(ls core core.* 2>/dev/null | head -n 1)
if [ -z "$core" ]; then
  echo "SKIPPED: this machine writes no core here (/proc/sys/kernel/core_pattern)"
else
  holds_text "$core" "$mail" || fail "the process had nothing to hide"
  if copied "$core" "a process that crashed here"; then
    for text in "$mail" "$other" northwind ghp_16C7e42F292c6912E7710c838347Ae178B4a; do
      ! holds_text "$core.r1" "$text" || fail "an identifier is left in the copy of the core"
    done
    test "$(facts lost)" -eq 0 || fail "the copy of the core is walked otherwise"
    if command -v eu-stack >/dev/null; then
      eu-stack --core="$core" --executable="$crasher" >before 2>/dev/null
      eu-stack --core="$core.r1" --executable="$crasher" >after 2>/dev/null
      grep -q descend before || fail "eu-stack does not walk the core"
      cmp -s before after || fail "eu-stack walks the copy of the core otherwise"
    else
      echo "SKIPPED: no eu-stack"
    fi
  fi
fi

if [ ! -d "$shared/dumps" ]; then
  echo "SKIPPED: dumps beside the checkout ($shared/dumps)"
else
  for file in "$shared"/dumps/breakpad/*.dmp "$shared"/dumps/rust-minidump/*.dmp "$shared"/dumps/elfutils/*.core.bz2 \
    "$shared"/dumps/planted/victim.dmp "$shared"/dumps/planted/victim.core.xz; do
    name=$(basename "$file")
    case $file in
    *.bz2) bzip2 -dc "$file" >dump ;;
    *.xz) xz -dc "$file" >dump ;;
    *) cat "$file" >dump ;;
    esac
    case $name in
    invalid-*)
      rm -f dump.r1
      "$bin" dump redact dump --out dump.r1 --json >report 2>err
      test $? -eq 5 || fail "redact $name is not held"
      test ! -e dump.r1 || fail "a copy of $name"
      ;;
    *)
      copied dump "$name" || continue
      case $name in
      victim.*)
        gzip -dc "$shared/dumps/planted/truth.tsv.gz" | grep -v '	DECOY:' | cut -f4 | tail -n +2 | sort -u >truth
        "$bin" dump redact dump --out planted.r1 --json >report 2>err
        while IFS= read -r text; do
          case $text in tnt-*) continue ;; esac # names of tenants are in no rule, but in a dictionary
          ! holds_text planted.r1 "$text" || fail "what was planted is left in the copy of $name"
        done <truth
        rm -f planted.r1
        ;;
      esac
      ;;
    esac
  done
fi

test "$failures" -eq 0 || echo "$failures failures"
test "$failures" -eq 0
