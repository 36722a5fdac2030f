#!/bin/sh
# What the command line promises, on the built binary: exit status, positions, one sentence on errors.
#   cli_test.sh SALLYPORT SOURCE_DIR
set -u
bin=$1
source=$2
work=$(mktemp -d)
server=
failures=0
trap 'test -z "$server" || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir tmp && export TMPDIR="$work/tmp"
unset SALLYPORT_TOKEN SALLYPORT_DIR
export NO_COLOR=1

# expect STATUS WORDS... : runs sallyport; its output is in out and err afterwards.
expect() {
  want=$1
  shift
  "$bin" "$@" >out 2>err </dev/null
  got=$?
  if [ "$got" -ne "$want" ]; then
    echo "FAIL: sallyport $*: status $got, expected $want"
    sed 's/^/  out: /' out
    sed 's/^/  err: /' err
    failures=$((failures + 1))
  fi
}

# says FILE PATTERN: a line of it matches.
says() {
  grep -q -- "$2" "$1" || {
    echo "FAIL: no '$2' in $1:"
    sed 's/^/  /' "$1"
    failures=$((failures + 1))
  }
}

# one_document: out holds one JSON document and nothing else.
one_document() {
  "$node" -e 'JSON.parse(require("fs").readFileSync("out", "utf8"))' 2>/dev/null || {
    echo "FAIL: not one JSON document:"
    sed 's/^/  /' out
    failures=$((failures + 1))
  }
}
node=$(command -v node || echo true) # what has no node here is tried where there is one

serve() {
  "$bin" serve --dir data --socket-only >serve.out 2>serve.err &
  server=$!
  tries=0
  until [ -s serve.out ] || [ "$tries" -ge 300 ]; do
    kill -0 "$server" 2>/dev/null || break
    tries=$((tries + 1))
    sleep 0.1
  done
  [ -s serve.out ] || {
    echo "FAIL: the server did not start:"
    cat serve.err
    exit 1
  }
}

# --- usage
expect 2
expect 2 no-such-verb
expect 2 packet
expect 2 packet show
expect 2 principal add --kind tenant --name x
expect 2 --server http://127.0.0.1:1 --socket s whoami
says err 'excludes'
[ -s out ] && { echo "FAIL: an error is no output"; failures=$((failures + 1)); }
expect 0 --help
expect 0 manifest sign --help
says out 'Example:'
"$bin" manifest sign --help >by_option
expect 0 help manifest sign
cmp -s out by_option || { echo "FAIL: help VERB is not VERB --help"; failures=$((failures + 1)); }
expect 2 help manifest sing
says err "did you mean 'sign'?"
expect 0 --version
says out '^sallyport [0-9]'
expect 2 pakcet show pk_2345abcdef
says err "did you mean 'packet'? There are: "
[ "$(wc -l <err)" -eq 1 ] || { echo "FAIL: a usage error is one line"; failures=$((failures + 1)); }
expect 2 packet show pk_2345abcdef --josn
says err "did you mean '--json'?"
expect 2 --color sometimes whoami

# --- completion, in every shell that is here
expect 2 completion tcsh
"$bin" completion bash >complete.bash || failures=$((failures + 1))
# completes WORDS...: what bash offers for the last of them
completes() {
  bash -c '. ./complete.bash; compopt() { :; }
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sallyport; printf "%s\n" "${COMPREPLY[@]}"' bash sallyport "$@" >out 2>err
  [ ! -s err ] || { echo "FAIL: completion of $*:"; cat err; failures=$((failures + 1)); }
}
touch record.json
completes pa && says out '^packet$'
completes packet '' && says out '^explain$'
completes --dir x packet s && says out '^show$' && says out '^submit$'
completes --color = al && says out '^always$'
completes --json packet show pk_1 --j && says out '^--json$'
completes lane bundle en_1 --kind '' && says out '^proof$'
completes lane bundle en_1 --kind = pr && says out '^proof$'
completes principal add --kind '' && says out '^agent$'
completes completion '' && says out '^fish$'
completes hold explain FRESH.ST && says out '^FRESH.STALE$'
completes packet submit rec && says out '^record.json$'
completes packet show '' && says out '^$' # ids are not completed
if command -v zsh >/dev/null; then
  "$bin" completion zsh >complete.zsh
  # zcompletes WORDS...: the same, with the functions of its completion system stood in for
  zcompletes() {
    zsh -f -c 'compdef() { :; }; . ./complete.zsh
      compadd() { shift; print -l -- "$@"; }; _files() { print -- files; }; compset() { PREFIX=${PREFIX#*=}; }
      _describe() { print -l -- "${found[@]}"; }
      words=("$@"); CURRENT=$#; PREFIX=${words[-1]}; _sallyport' zsh sallyport "$@" >out 2>err
    [ ! -s err ] || { echo "FAIL: zsh completion of $*:"; cat err; failures=$((failures + 1)); }
  }
  zcompletes packet s && says out '^show:The broad view'
  zcompletes --dir x packet show pk_1 --j && says out '^--json:'
  zcompletes lane bundle en_1 --kind '' && says out '^proof$'
  zcompletes --color=al && says out '^always$'
  zcompletes packet submit '' && says out '^files$'
fi
if command -v fish >/dev/null; then
  "$bin" completion fish >complete.fish
  fcompletes() {
    HOME=$work fish -N -c "source complete.fish; complete -C '$1'" >out 2>err
    [ ! -s err ] || { echo "FAIL: fish completion of $1:"; cat err; failures=$((failures + 1)); }
  }
  fcompletes 'sallyport packet s' && says out '^show'
  fcompletes 'sallyport --dir x packet show pk_1 --j' && says out '^--json'
  fcompletes 'sallyport lane bundle en_1 --kind ' && says out '^proof'
  fcompletes 'sallyport packet submit rec' && says out '^record.json'
fi

# --- no server, no log
expect 8 --dir data whoami
says err 'sallyport serve'
[ "$(wc -l <err)" -eq 1 ] || { echo "FAIL: an error is one line"; failures=$((failures + 1)); }
expect 3 --dir data log verify

# --- local verbs
expect 0 hold explain FRESH.STALE
says out '^FRESH.STALE$'
says out '^- Clears: '
grep -q '^#' out && { echo "FAIL: another code's section"; failures=$((failures + 1)); }
expect 0 hold explain fresh.stale
expect 2 hold explain FRESH.STAEL
says err "did you mean 'FRESH.STALE'?"
charter=$source/examples/charters/break-glass-psr.toml
expect 0 charter lint "$charter"
says out 'sound, digest [0-9a-f]'
sed 's/^\[signers\]/[signer]/' "$charter" >bad.toml
expect 4 charter lint bad.toml
says out '^bad.toml:[1-9][0-9]*:[1-9][0-9]*: E[0-9][0-9] '
says out '^  E02: Write the key that is suggested'
expect 4 charter lint bad.toml --json
says out '"ok":false'
expect 0 charter digest "$charter"
expect 0 charter diff "$charter" "$charter"
says out 'say the same'
sed 's/^valid_for = "4h"/valid_for = "8h"/' "$charter" >longer.toml
expect 0 charter diff "$charter" longer.toml
says out '^signers (needs all governance owners)$'
says out '^  signers: a signature stands 8h instead of 4h (looser)$'
expect 0 charter diff "$charter" longer.toml --json
says out '"direction":"looser"'
one_document
expect 0 charter reference --json
one_document
expect 0 charter canonical "$charter"
[ "$(sha256sum <out | cut -d' ' -f1)" = "$("$bin" charter digest "$charter")" ] ||
  { echo "FAIL: the digest is not that of the canonical form"; failures=$((failures + 1)); }
expect 0 charter reference
says out '^### \[signers\]'
expect 0 charter reference --schema
cmp -s out "$source/docs/charter.schema.json" || { echo "FAIL: another schema"; failures=$((failures + 1)); }
expect 0 charter reference --holds
says out '^### FRESH.STALE'
expect 2 charter reference --holds --schema
expect 4 charter diff "$charter" bad.toml
expect 2 charter lint missing.toml
# The smallest minidump that is read whole: a header, a directory of one stream, and that stream, which names amd64.
{ printf 'MDMP\223\247\0\0\001\0\0\0\040\0\0\0' && head -c 16 /dev/zero
  printf '\007\0\0\0\070\0\0\0\054\0\0\0\011' && head -c 55 /dev/zero; } >tiny.dmp
expect 0 dump show tiny.dmp
says out '^machine *amd64$'
says out '^structure  *1  *100  *100.0 %'
expect 0 dump show tiny.dmp --json
says out '"unaccounted":0'
one_document
head -c 90 tiny.dmp >cut.dmp
expect 5 dump show cut.dmp
says out '^malformed  */streams/0  *reaches behind the end of the file$'
expect 5 dump show bad.toml --json
says out '"where":"/header"'
one_document
expect 2 dump show missing.dmp
expect 0 dump scan tiny.dmp
{ cat tiny.dmp && printf 'mara.holt@northwind.example'; } >mail.dmp
expect 5 dump scan mail.dmp
says out '^customer_identifier  *unaccounted  *person.email  *1  *64  *xxxx.xxxx@'
expect 5 dump scan mail.dmp --json
says out '"customer_identifier":1'
one_document
! grep -q northwind out || { echo "FAIL: the scan says what it found"; failures=$((failures + 1)); }
printf 'tenant_identifier\tnorthwind\n' >terms.tsv
expect 5 dump scan mail.dmp --terms terms.tsv
says out ' term.tenant '
printf 'tenant_identifier northwind\n' >terms.tsv
expect 2 dump scan mail.dmp --terms terms.tsv
expect 0 dump redact mail.dmp --out mail.r1.dmp --json
says out '"passes":1,'
one_document
test "$(wc -c <mail.r1.dmp)" -eq "$(wc -c <mail.dmp)" || { echo "FAIL: another length"; failures=$((failures + 1)); }
expect 6 dump redact mail.dmp --out mail.r1.dmp
expect 0 dump verify mail.dmp mail.r1.dmp
expect 5 dump verify mail.dmp mail.dmp --json
says out '"where":"/residual/customer_identifier"'
one_document
expect 0 dump diff mail.dmp mail.r1.dmp
says out '^newly_redacted  *unaccounted  *customer_identifier  *1$'
expect 5 dump diff mail.r1.dmp mail.dmp --json
says out '"re_exposed":{"bytes":27,"places":1}'
one_document
expect 0 dump redact mail.dmp --out mail.r2.dmp --rev 2 --previous mail.r1.dmp --html page.html --json
says out '"facts":{"coverage":{"accounted":127,"budgets_hit":0,"bytes":127,"unaccounted":0},"diff":{"changed":0,"from":1,"newly":0,"re_exposed":0}'
one_document
says page.html '<svg viewBox'
! grep -q northwind page.html || { echo "FAIL: the page says what was found"; failures=$((failures + 1)); }
expect 5 dump redact tiny.dmp --out tiny.r2.dmp --rev 2 --previous mail.r1.dmp
expect 2 dump redact mail.dmp --out keyed.dmp --with keyed
expect 2 dump redact mail.dmp --out keyed.dmp --drop nothing
printf 'a key of sixteen' >token.key
expect 0 dump redact mail.dmp --out keyed.dmp --with keyed --token-key token.key --drop paths --scrub heap
expect 0 dump fragment mail.dmp mail.r1.dmp --region rg1 --out f.part --json
one_document
tree="--index 1 --size $(sed 's/.*"size":\([0-9]*\).*/\1/' out) --root $(sed 's/.*"root":"\([0-9a-f]*\).*/\1/' out) \
  --path $(sed 's/.*"path":\["\([0-9a-f",]*\)"\].*/\1/' out | tr -d '"')"
expect 0 dump verify --fragment f.part $tree
says out "^sha256 *$(sha256sum <f.part | cut -d' ' -f1)\$"
printf x >>f.part
expect 9 dump verify --fragment f.part $tree
expect 3 dump fragment mail.dmp mail.r1.dmp --region rg999 --out g.part
expect 2 dump verify mail.dmp
expect 3 vault show --dir nowhere
says err 'there is no log in nowhere'
expect 2 vault keep missing.dmp --dump du_1
expect 2 vault keep mail.dmp
expect 0 dump walk tiny.dmp
expect 0 dump walk tiny.dmp --symbols . --json
says out '"read":{"bytes":0,"ranges":0}'
one_document
expect 5 dump walk cut.dmp
expect 0 dump symbolize tiny.dmp --module '*' --json
says out '"level":"function"'
one_document
expect 4 dump symbolize tiny.dmp --module '*' --depth line --bound function --json
says out '"refused":\[{"bound":"function","level":"line"'
one_document
expect 4 dump symbolize tiny.dmp --module '*' --depth locals --bound locals
says out 'locals, which are never told'
expect 2 dump symbolize tiny.dmp --depth everything
expect 2 dump symbolize tiny.dmp --server http://symbols.example
expect 5 dump redact cut.dmp --out cut.r1.dmp
test ! -e cut.r1.dmp || { echo "FAIL: a copy of what was held"; failures=$((failures + 1)); }
printf '{"v":1,"packet":{"b":1,"a":"x"}}' >submission.json
expect 0 packet digest submission.json
says out "^$(printf '{"a":"x","b":1}' | sha256sum | cut -d' ' -f1)\$"
expect 2 packet digest "$charter"
expect 0 source digest --map "$source/examples/sources/session-broker.json" --key session/83ab \
  "$source/examples/records/session_broker_log.json"
says out '^[0-9a-f]\{64\}$'

# --- the log begins
for name in support security stranger; do
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$name" || exit 1
done
expect 2 --dir data init --origin example.test/cli --owner role=support-owner,name=A
expect 0 --dir data init --origin example.test/cli \
  --owner role=support-owner,name='A. Example',key=support.pub \
  --owner role=security-owner,name='B. Example',key=security.pub
says out 'ssh-keygen -Y sign -n genesis@sallyport'
expect 6 --dir data init --origin example.test/cli --owner role=support-owner,name=A,key=support.pub
for name in support security stranger; do
  ssh-keygen -q -Y sign -n genesis@sallyport -f "$name" data/genesis.json 2>/dev/null
  mv data/genesis.json.sig "$name.sig"
done
expect 4 --dir data init --finish --sig support.sig --sig stranger.sig
expect 4 --dir data init --finish --sig support.sig
expect 0 --dir data init --finish --sig support.sig --sig security.sig
expect 6 --dir data init --finish --sig support.sig --sig security.sig

# --- with a server
serve
expect 0 --dir data whoami
says out 'A. Example'
expect 0 --dir data whoami --json
says out '"kind":"person"'
one_document
expect 3 --dir data packet show pk_2345abcdef --json
one_document
expect 0 --dir data principal add --name 'C. Example' --json
person=$(sed 's/.*"person":"\([^"]*\)".*/\1/' out)
account=$(sed 's/.*"account":"\([^"]*\)".*/\1/' out)
expect 0 --dir data principal list
says out 'C. Example'
expect 0 --dir data token issue "$account" --scope read --for 1d --json
sed 's/.*"token":"\([^"]*\)".*/\1/' out >token
expect 0 --dir data --token-file token whoami
says out "$person"
expect 4 --dir data --token-file token principal add --name D # read is not govern
echo sp_no_such_token >wrong
expect 7 --dir data --token-file wrong whoami
says err 'SALLYPORT_TOKEN'
expect 2 --dir data token issue "$account" --scope everything
expect 3 --dir data packet show pk_2345abcdef
expect 3 --dir data packet explain pk_2345abcdef
expect 0 --dir data packet list
says out 'No packet'
expect 0 --dir data packet list --quiet
[ -s out ] && { echo "FAIL: a remark with --quiet"; failures=$((failures + 1)); }
expect 0 --dir data --color always principal list
grep -q "$(printf '\033')" out || { echo "FAIL: no colour with --color always"; failures=$((failures + 1)); }
expect 0 --dir data --color auto principal list
grep -q "$(printf '\033')" out && { echo "FAIL: colour without a terminal"; failures=$((failures + 1)); }
expect 0 --dir data principal add --name 'E. Example' --idempotency-key same --json
cp out first
expect 0 --dir data principal add --name 'E. Example' --idempotency-key same --json
cmp -s out first || { echo "FAIL: a key did not make it happen once"; failures=$((failures + 1)); }
expect 4 --dir data principal add --name 'F. Example' --idempotency-key same
expect 0 --dir data hold list
expect 0 --dir data source list
expect 4 --dir data packet submit submission.json # the intake contract, with the place
says err '^sallyport: /'

# --- people sign: enrolment by both owners, one of them elsewhere
ssh-keygen -q -t ed25519 -N '' -C '' -f person || exit 1
expect 2 --dir data key enrol --person "$person" --pub person.pub
expect 0 --dir data key enrol --person "$person" --pub person.pub --for 30d --print
cp out key.json
expect 2 --dir data key enrol --statement key.json --key support # nobody can be asked: --yes
expect 4 --dir data key enrol --statement key.json --key support --yes # one owner of two
ssh-keygen -q -Y sign -n genesis@sallyport -f security key.json 2>/dev/null
expect 4 --dir data key enrol --statement key.json --key support --sig key.json.sig --yes # another act
rm key.json.sig
ssh-keygen -q -Y sign -n key@sallyport -f security key.json 2>/dev/null
expect 0 --dir data key enrol --statement key.json --key support --sig key.json.sig --yes
says err 'you enrol'
expect 0 --dir data key list
says out "$person"
ls "${TMPDIR:-/tmp}"/sallyport-?????? >/dev/null 2>&1 && {
  echo "FAIL: a private folder was left behind"
  failures=$((failures + 1))
}

# --- a roster and a charter, in force by both owners
expect 0 --dir data whoami --json
owner=$(sed 's/.*"person":"\([^"]*\)".*/\1/' out)
expect 0 --dir data principal list --json
other=$(sed 's/.*"name":"B. Example","person":"\([^"]*\)".*/\1/' out)
# somebody NAME: a new person's id
somebody() {
  expect 0 --dir data principal add --name "$1" --json
  sed 's/.*"person":"\([^"]*\)".*/\1/' out
}
triager=$(somebody Triager) lead=$(somebody Lead) second=$(somebody 'Second lead') steward=$(somebody Steward)
grant() {
  printf '{"person":"%s","role":"%s","from":"2026-01-01T00:00:00.000Z","until":"2100-01-01T00:00:00.000Z"}' "$1" "$2"
}
cat >grants.json <<END
{"lane":"Q-PSR","grants":[$(grant "$person" support-trust-approver),$(grant "$triager" packet-triager),
$(grant "$lead" support-trust-lead),$(grant "$second" support-trust-lead),$(grant "$steward" psr-queue-steward),
$(grant "$owner" support-trust-governance),$(grant "$other" product-security-governance)],
"audience":{"psr-reviewers":[{"person":"$steward",
"clearances":["privileged-support-misuse","regulated-environments"]}]}}
END
expect 0 --dir data roster draft grants.json --out roster.draft
expect 4 --dir data roster activate roster.draft --key support --yes
sed 's/"version":1/"version":2/' roster.draft >forged.draft
expect 9 --dir data roster activate forged.draft --key support --key security --yes
expect 0 --dir data roster activate roster.draft --key support --key security --yes
says err 'support-trust-approver'
expect 0 --dir data roster show Q-PSR
says out 'psr-reviewers'
expect 4 --dir data charter submit bad.toml
says out '^bad.toml:'
expect 3 --dir data charter ratify "$(printf x | sha256sum | cut -d' ' -f1)" --key support --yes
sed 's/^key_class_min = .*/key_class_min = "software"/; s/^step_up = true/step_up = false/' "$charter" >lane.toml
expect 0 --dir data charter submit lane.toml
digest=$("$bin" charter digest lane.toml)
expect 4 --dir data charter activate "$digest"
expect 2 --dir data charter ratify "$digest" --key support --key security --yes --idempotency-key k
expect 0 --dir data charter ratify "$digest" --key support --key security --yes --json
one_document
says out "$other"
expect 0 --dir data charter activate "$digest"
expect 0 --dir data charter list
says out '^active'

# --- a packet, held by its silent sources; a manifest, signed by the approver and by nobody else
expect 0 --dir data source put "$source/examples/sources/session-broker.json"
now=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)
cite() {
  printf '"%s":{"kind":"%s","source":"%s","key":"k/%s","occurred_at":"%s","observed_at":"%s",' \
    "$1" "$2" "$3" "$1" "$now" "$now"
  printf '"complete_through":"%s","content":"%064d","supports":["m1"]}' "$now" 0
}
cat >packet.json <<END
{"packet_class":"break-glass-token-replay","lane":"Q-PSR","severity":"sev1",
"triage":{"stamp":"ts_1","at":"$now","by":"$triager"},"authors":["$triager"],
"fields":{"/narrative":{"value":"A session token appears twice."},
"/operator":{"value":"R. Example","pseudonym":"operator-FIR"},
"/privileged_path":{"value":"svc/billing/console","coarse":"billing"},
"/session":{"value":"83ab","pseudonym":"s-1"},"/token_handle":{"value":"th-1","pseudonym":"t-1"}},
"scope":{"tenant":{"t1":{"value":"Example Clearing","pseudonym":"tenant-KEA"}}},
"claims":{"m1":{"text":"The token of one grant was presented twice."}},"caveats":"none",
"citations":{$(cite c1 session_broker_log session-broker),$(cite c2 remote_console_event remote-console),
$(cite c3 tenant_boundary_alert intake-triage),$(cite c4 case_chronology intake-triage),
$(cite c5 idp_sign_in identity-provider),$(cite c6 duplicate_escalation intake-triage),
$(cite c7 break_glass_grant break-glass-ledger),$(cite c8 tenant_record tenant-registry)},
"merges":{},"parts":{}}
END
printf '{"packet":%s}' "$(cat packet.json)" >draft.json
printf '{"v":1,"upstream":{"system":"triage-desk","case":"CASE-1","revision":1},"upstream_digest":"%s","packet":%s}' \
  "$("$bin" packet digest draft.json)" "$(cat packet.json)" >submission.json
expect 0 --dir data packet submit submission.json --json
packet=$(sed 's/.*"packet":"\([^"]*\)".*/\1/' out)
revision=$(sed 's/.*"digest":"\([^"]*\)".*/\1/' out)
expect 0 --dir data packet show "$packet"
says out '^gate *held'
expect 0 --dir data packet explain "$packet"
says out '^hold  *FRESH.UNKNOWN'
says out '^  docs/holds.md#freshunknown$'
says out 'sallyport hold explain [A-Z]'
awk 'length > 100 { exit 1 }' out || { echo "FAIL: wider than 100 columns"; failures=$((failures + 1)); }
expect 0 --dir data hold list --packet "$packet"
says out '/citations/c1'
expect 6 --dir data manifest draft "$packet" --revision "$digest" # not the head
expect 0 --dir data manifest draft "$packet" --revision "$revision" --json
manifest=$(sed 's/.*"manifest":"\([^"]*\)".*/\1/' out)
expect 6 --dir data manifest sign "$packet" "$manifest" --key person --yes # a draft
expect 0 --dir data manifest submit "$packet" "$manifest"
expect 0 --dir data manifest show "$packet" "$manifest"
says out '^lane *Q-PSR'
expect 4 --dir data manifest sign "$packet" "$manifest" --key stranger --yes
says err "signed in as A. Example ($owner), and this manifest is for .*$person as support-trust-approver"
expect 2 --dir data manifest sign "$packet" "$manifest" --key stranger --no-input
says err 'add --yes'
ssh-keygen -q -t ed25519 -N secret -C '' -f locked || exit 1
expect 4 --dir data manifest sign "$packet" "$manifest" --key locked --yes --no-input
says err 'passphrase'
expect 0 --dir data token issue "$account" --scope read --scope decide --for 1d --json
sed 's/.*"token":"\([^"]*\)".*/\1/' out >approver
expect 2 --dir data --token-file approver manifest sign "$packet" "$manifest"
expect 0 --dir data --token-file approver manifest sign "$packet" "$manifest" --print
cp out manifest.json
ssh-keygen -q -Y sign -n dispatch@sallyport -f person manifest.json 2>/dev/null
echo ' ' >>manifest.json
ssh-keygen -q -Y sign -n dispatch@sallyport -f person <manifest.json >other.sig 2>/dev/null
expect 4 --dir data --token-file approver manifest sign "$packet" "$manifest" --sig other.sig # other bytes
says err 'print'
expect 0 --dir data --token-file approver manifest sign "$packet" "$manifest" --sig manifest.json.sig
expect 6 --dir data --token-file approver manifest sign "$packet" "$manifest" --key person --yes # twice
says err 'crosses with it'
expect 0 --dir data --token-file approver manifest withdraw-signature "$packet" "$manifest"
expect 5 --dir data --token-file approver release request "$packet" --revision "$revision" --manifest "$manifest" \
  --lane Q-PSR
says err 'packet explain'
expect 3 --dir data lane show en_2345abcdef

# --- a person stops it; nobody closes the lane but its steward, or overrides what was not asked for
expect 0 --dir data --token-file approver hold place "$packet" --reason 'Something is odd' --json
hold=$(sed 's/.*"hold":"\([^"]*\)".*/\1/' out)
expect 6 --dir data --token-file approver hold place "$packet" --reason 'Still odd'
expect 4 --dir data --token-file approver hold place "$packet" --code GOV.OUT_OF_BOUNDS --step bill --reason 'Asked for'
expect 2 --dir data --token-file approver hold place "$packet" --code FRESH.STALE --reason 'Old'
expect 0 --dir data hold list --packet "$packet"
says out "^GOV.MANUAL .*$hold"
expect 4 --dir data manifest override "$packet" "$manifest" "$hold" --rationale 'It may' --key support --yes
expect 3 --dir data manifest ratify-substitute "$packet" "$manifest" support-trust-approver --key support --yes
expect 4 --dir data lane state Q-PSR closed --reason 'Maintenance'
expect 2 --dir data lane state Q-PSR ajar --reason 'Maintenance'
expect 0 --dir data manifest draft "$packet" --revision "$revision" --json
manifest=$(sed 's/.*"manifest":"\([^"]*\)".*/\1/' out)
expect 4 --dir data manifest submit "$packet" "$manifest" --override "$hold"
expect 2 --dir data manifest submit "$packet" "$manifest" --substitute support-trust-approver
expect 4 --dir data manifest submit "$packet" "$manifest" --substitute "support-trust-approver=$lead"
expect 0 --dir data manifest submit "$packet" "$manifest"

# --- the log as it grows: from the leaf after the first one on
timeout 3 "$bin" --dir data --json watch --after 0 >out 2>err </dev/null
says out '"leaf":1[,}]'
timeout 3 "$bin" --dir data watch "$packet" --after 0 >out 2>err </dev/null
says out "packet.submitted  $packet"
expect 2 --dir data watch --after 999999
expect 3 --dir data watch pk_2345abcdef

# --- the log, beside the running server
expect 0 --dir data log show
says out 'genesis'
expect 0 --dir data log verify
says out 'state digest'
expect 0 --dir data vault show
says out '^The vault keeps no raw dump.$'
expect 0 --dir data vault show --json
says out '"dumps":\[\]'
one_document
expect 3 --dir data vault keep tiny.dmp --dump du_1
says err 'no scan of this revision of the dump is on record'
expect 2 --dir data vault keep tiny.dmp --dump ../du_1
expect 5 --dir data vault keep cut.dmp --dump du_1
says out '^malformed  */streams/0 '
expect 3 --dir data vault scan --dump du_1
says err 'sallyport vault show'
test ! -e data/vault/segments || { echo "FAIL: something is kept"; failures=$((failures + 1)); }
expect 0 --dir data log export tiles
[ -s tiles/checkpoint ] || { echo "FAIL: no checkpoint in the export"; failures=$((failures + 1)); }
expect 0 --dir data log export tiles
expect 0 --dir data trust export --out trust.json
says trust.json genesis
expect 6 --dir data trust export --out trust.json

# --- stopped, then one byte changed
kill "$server"
wait "$server" || { echo "FAIL: the server did not stop in good order"; failures=$((failures + 1)); }
server=
expect 8 --dir data whoami
expect 0 --dir data log verify --json
says out '"ok":true'
at=$(grep -abo 'example.test/cli' data/log.db | head -1 | cut -d: -f1)
printf X | dd of=data/log.db bs=1 seek="$at" conv=notrunc 2>/dev/null
expect 9 --dir data log verify
says err 'does not verify'

[ "$failures" -eq 0 ] && echo "all promises kept"
exit "$failures"
