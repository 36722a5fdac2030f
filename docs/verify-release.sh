#!/bin/sh
# Checks the bundle of a packet with a ledger with tools that others wrote: ssh-keygen, sha256sum, jq, xxd.
# What it does not check: that `trust/` is what you pinned, and that the log has every leaf (docs/verify.md).
# Usage: verify-release.sh BUNDLE; exit status 0 where everything holds
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $1"; exit 1; }
digest() { sha256sum "$1" | cut -d' ' -f1; }
canonical() { jq -cj --sort-keys "$1" "$2"; } # JCS, as all names here are ASCII and all numbers integers
when() { jq -r .at "$1" | tr -d ':TZ-' | cut -d. -f1; }
in_manifest() { jq -r ".predicate.$1" manifest.json; }
same() { [ "$1" = "$2" ] || fail "$3"; }

# Who signed the release: the manifest's very bytes, at the time in the leaf.
for leaf in signatures/*.leaf; do
  ssh-keygen -q -Y verify -f signers -I "$(jq -r .person "$leaf")" -n release@sallyport -s "${leaf%.leaf}.sig" \
    -O verify-time="$(when "$leaf")Z" <manifest.json || fail "$leaf"
done

# Who accepted which items: the statement lies in the leaf; the manifest names its digest and its words.
for leaf in accepts/*.leaf; do
  [ -e "$leaf" ] || continue
  canonical .statement "$leaf" >"$work/statement"
  ssh-keygen -q -Y verify -f signers -I "$(jq -r .person "$leaf")" -n accept@sallyport -s "${leaf%.leaf}.sig" \
    -O verify-time="$(when "$leaf")Z" <"$work/statement" || fail "$leaf"
  same "$(jq -r '.statement.subject[0].digest.sha256' "$leaf")" "$(digest revision.json)" "$leaf: another revision"
  jq --arg digest "$(digest "$work/statement")" --slurpfile act "$leaf" -e '
    [.predicate.accepted[] | . as $one | select(any(.by[]; .statement == $digest))
     | any($act[0].statement.predicate.items[]; .item == $one.item and .wording == $one.wording)]
    | length > 0 and all' manifest.json >"$work/out" || fail "$leaf: the manifest says otherwise"
done

# What the manifest binds, and what the entry repeats of it.
same "$(jq -r '.subject[0].digest.sha256' manifest.json)" "$(digest revision.json)" revision.json
same "$(in_manifest view)" "$(digest view.json)" view.json
same "$(in_manifest charter.digest)" "$(digest trust/charter.json)" trust/charter.json
same "$(in_manifest roster.digest)" "$(digest trust/roster.json)" trust/roster.json
same "$(jq -r .manifest release.leaf)" "$(digest manifest.json)" "release.leaf: another manifest"
same "$(jq -r .entry_digest release.leaf)" "$(digest entry.json)" "release.leaf: another entry"
for member in ledger.items:ledger.digest accepted:accepted_digest holds:holds_digest; do
  canonical ".predicate.${member%:*}" manifest.json >"$work/value"
  same "$(in_manifest "${member#*:}")" "$(digest "$work/value")" "manifest.json: ${member#*:}"
done
for pair in ledger:disputes accepted:accepted clock_state:clock_state holds:holds audience:audience scope:scope; do
  same "$(canonical ".predicate.${pair%:*}" manifest.json)" "$(canonical ".${pair#*:}" entry.json)" "entry.json: ${pair#*:}"
done

# Each fragment: the file is what its name says, and its digest leads to the root of its dump (RFC 6962).
hash() { xxd -r -p | sha256sum | cut -d' ' -f1; }
jq -r '.fragments | to_entries[] | [.key, .value.dump, .value.sha256, .value.index, .value.size, (.value.path | join(" "))] | @tsv' \
  revision.json >"$work/fragments"
while IFS="$(printf '\t')" read -r id dump sha256 index size path; do
  if [ -e "parts/$sha256" ]; then
    same "$sha256" "$(digest "parts/$sha256")" "parts/$sha256"
  else
    echo "fragment $id: its bytes are not here"
  fi
  at=$index last=$((size - 1)) root=$(printf '00%s' "$sha256" | hash)
  for sibling in $path; do
    if [ $((at % 2)) = 1 ] || [ "$at" = "$last" ]; then
      root=$(printf '01%s%s' "$sibling" "$root" | hash)
      while [ $((at % 2)) = 0 ] && [ "$at" != 0 ]; do at=$((at / 2)) last=$((last / 2)); done
    else
      root=$(printf '01%s%s' "$root" "$sibling" | hash)
    fi
    at=$((at / 2)) last=$((last / 2))
  done
  same "$last" 0 "fragment $id: its path is too short"
  same "$root" "$(jq -r --arg dump "$dump" '.dumps[$dump].root' revision.json)" "fragment $id: another root"
  same "$sha256" "$(in_manifest "fragments.parts.$id")" "fragment $id: not the one that was signed"
done <"$work/fragments"

echo "signatures, acceptances, digests and fragments hold; what is disputed, and where each item stands:"
jq -r '.disputes.items | to_entries[] | "\(.value.category) \(.key): \(.value.state)\(if .value.stub then ", a stub: " + .value.stub else "" end)"' entry.json
