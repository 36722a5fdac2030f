#!/bin/sh
# Runs the benchmarks one after another; load and machine first, because figures mean nothing without.
# Usage: bench.sh BIN_DIR
set -eu
echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | sed 's/^ //')"
echo "load:    $(cut -d' ' -f1-3 /proc/loadavg)"
for bench in release_bench decision_bench gate_bench store_bench ledger_bench crowd_bench dump_bench; do
  [ -x "$1/$bench" ] || continue
  echo
  echo "== $bench"
  "$1/$bench"
done

# The transport: requests from 64 connections, our server beside one epoll loop that does not even parse.
if [ -x "$1/http_floor" ] && command -v wrk >/dev/null; then
  echo
  echo "== http_floor (wrk -t1 -c64, 4 s each, twice)"
  "$1/http_floor" floor 8500 & floor=$!
  "$1/http_floor" server 8501 & server=$!
  trap 'kill -INT $floor $server 2>/dev/null || true' EXIT
  sleep 0.5
  for round in 1 2; do
    for what in floor:8500 server:8501; do
      rate=$(wrk -t1 -c64 -d4s "http://127.0.0.1:${what#*:}/" | awk '/Requests\/sec/ { print $2 }')
      echo "round $round ${what%:*}: $rate requests/s"
    done
  done
fi
