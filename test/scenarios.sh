#!/bin/sh
# Every scenario holds, one that does not is told, and docs/scenarios.md has the language as it is.
# Usage: scenarios.sh SOURCE_DIR SALLYPORT
set -eu
cd "$1"
sallyport=$2
[ -w /dev/shm ] && export TMPDIR=/dev/shm # a hundred logs, each of a hundred commits
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

find scenarios -name '*.scn' -not -path '*/shared/*' | LC_ALL=C sort | xargs "$sallyport" scenario run

# What is not so ends the story with exit status 9, what cannot be read with 2; each says where and why.
mkdir "$scratch/scenarios" "$scratch/scenarios/told"
cp -r scenarios/shared "$scratch/scenarios/"
cp -r examples "$scratch/"
told() { # exit status, sentence expected, lines
  printf 'title Told\nuse ../shared/cast.scn\nuse ../shared/opened.scn\n%s\n' "$3" >"$scratch/scenarios/told/told.scn"
  status=0
  "$sallyport" scenario run "$scratch/scenarios/told/told.scn" --mermaid "$scratch/told.mmd" >"$scratch/out" 2>&1 ||
    status=$?
  [ "$status" -eq "$1" ] || { cat "$scratch/out"; echo "FAILED: exit status $status, not $1"; exit 1; }
  grep -q "$2" "$scratch/out" || { cat "$scratch/out"; echo "FAILED: it does not say: $2"; exit 1; }
}
told 9 'told.scn:4:1: expected held, and the packet is eligible' 'expect packet P state held'
told 9 'FRESH.MISSING citation_kind:handling_note' 'expect hold P FRESH.STALE'
told 9 "no 'expect refused' stands below it" 'otto withdraws P'
told 9 'nothing was refused' 'intake withdraws P
expect refused packet_closed'
told 2 "told.scn:4:6: this word is not understood here; did you mean 'signs'?" 'anna sings P'
told 2 "told.scn:4:1: there is no such person, agent or service; did you mean 'anna'?" 'anan signs P'
# A misspelt code is never there, and so never what an expectation of absence means.
told 2 'no hold has this code' 'expect no hold P FRESH.STAIL'
told 2 'nothing waits for this' 'expect no wait P SIGN.MISING'
told 2 'the log has no records of this kind' 'expect no record hold.opend'
told 2 "there is no such packet" 'lena puts Q in review'
told 2 'settings stand before the first event' 'person nora'
told 0 '1 of 1 scenario holds' 'lena puts P in review
anna signs P
all sources answer the recheck of P
expect entry P'
grep -q '^sequenceDiagram$' "$scratch/told.mmd" && grep -q 'gate->>lane: P crosses into Q-PSR' "$scratch/told.mmd" || {
  cat "$scratch/told.mmd"
  echo "FAILED: the diagram does not show the crossing"
  exit 1
}
"$sallyport" scenario run "$scratch/scenarios/told/told.scn" >"$scratch/once"
"$sallyport" scenario run "$scratch/scenarios/told/told.scn" >"$scratch/twice"
diff "$scratch/once" "$scratch/twice" || { echo "FAILED: the same story is told otherwise the second time"; exit 1; }

"$sallyport" scenario language >"$scratch/language"
sed -n '/<!-- generated: begin -->/,/<!-- generated: end -->/p' docs/scenarios.md | sed '1d;$d' >"$scratch/page"
diff -u "$scratch/page" "$scratch/language" || {
  echo "FAILED: docs/scenarios.md is not what 'sallyport scenario language' says"
  exit 1
}
