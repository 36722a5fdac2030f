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
expect 0 --help
expect 0 manifest sign --help
says out 'Example:'

# --- no server, no log
expect 8 --dir data whoami
says err 'sallyport serve'
[ "$(wc -l <err)" -eq 1 ] || { echo "FAIL: an error is one line"; failures=$((failures + 1)); }
expect 3 --dir data log verify

# --- local verbs
charter=$source/examples/charters/break-glass-psr.toml
expect 0 charter lint "$charter"
says out 'sound, digest [0-9a-f]'
sed 's/^\[signers\]/[signer]/' "$charter" >bad.toml
expect 4 charter lint bad.toml
says out '^bad.toml:[1-9][0-9]*:[1-9][0-9]*: E[0-9][0-9] '
expect 4 charter lint bad.toml --json
says out '"ok":false'
expect 0 charter digest "$charter"
expect 0 charter diff "$charter" "$charter"
says out 'say the same'
expect 4 charter diff "$charter" bad.toml
expect 2 charter lint missing.toml
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

# --- a roster and a charter, ratified by both
cat >grants.json <<END
{"lane":"Q-PSR","grants":[{"person":"$person","role":"support-trust-approver",
"from":"2026-01-01T00:00:00.000Z","until":"2100-01-01T00:00:00.000Z"}],
"audience":{"psr-duty":[{"person":"$person","clearances":["standard"]}]}}
END
expect 0 --dir data roster draft grants.json --out roster.draft
expect 4 --dir data roster activate roster.draft --key support --yes
expect 0 --dir data roster activate roster.draft --key support --key security --yes
says err 'support-trust-approver'
sed 's/"version":1/"version":2/' roster.draft >forged.draft
expect 9 --dir data roster activate forged.draft --key support --key security --yes
expect 0 --dir data roster show Q-PSR
says out 'psr-duty'
expect 4 --dir data charter submit bad.toml
says out '^bad.toml:'
expect 3 --dir data charter ratify "$(printf x | sha256sum | cut -d' ' -f1)" --key support --yes

# --- the log, beside the running server
expect 0 --dir data log show
says out 'genesis'
expect 0 --dir data log verify
says out 'state digest'
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
