#!/bin/sh
# Runs the benchmarks one after another; load and machine first, because figures mean nothing without.
# Usage: bench.sh BIN_DIR
set -eu
echo "machine: $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | sed 's/^ //')"
echo "load:    $(cut -d' ' -f1-3 /proc/loadavg)"
for bench in release_bench gate_bench store_bench ledger_bench; do
  [ -x "$1/$bench" ] || continue
  echo
  echo "== $bench"
  "$1/$bench"
done
