#!/bin/sh
# The house rules can fail: each breach is made in a scratch copy and must be told in a sentence.
# Usage: house.sh SOURCE_DIR
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git -C "$1" ls-files -z -co --exclude-standard | (cd "$1" && xargs -0 cp --parents -t "$scratch" 2>/dev/null) || true
cd "$scratch"
git init -q . && git add -A
fail() { echo "FAILED: $1"; exit 1; }
sh tools/tidy.sh >/dev/null || fail "the tree as it stands is not tidy"

breach() { # what, file, text appended, sentence expected, [sed command instead of the text]
  cp "$2" "$2.before"
  if [ -n "$3" ]; then printf '%s\n' "$3" >>"$2"; else sed -i "$5" "$2"; fi
  if sh tools/tidy.sh >out 2>&1; then fail "$1 goes unnoticed"; fi
  grep -q "$4" out || { cat out; fail "$1 is not told"; }
  mv "$2.before" "$2"
}
breach "an include that the table does not allow" src/canon/json.cc '#include "engine/core.h"' 'does not let canon depend on engine'
breach "a header that leans on what stands before it" src/gate/bind.cc '' 'includes its own header first' '1i #include <map>'
breach "a cycle" CMakeLists.txt 'sallyport_module(early DEPS late)' 'not declared above it'
breach "a coroutine outside http" src/engine/engine.cc 'co_return;' 'coroutines live in src/http'
breach "a clock below the engine" src/gate/decide.cc 'auto t = std::chrono::system_clock::now();' 'time is an argument'

# An impure symbol in a pure module.
printf '#include <ctime>\nlong now_of_day() { timespec t; clock_gettime(CLOCK_REALTIME, &t); return t.tv_sec; }\n' >impure.cc
g++ -c impure.cc -o impure.o && ar rc libimpure.a impure.o
if sh tools/check-pure.sh libimpure.a >out 2>&1; then fail "an impure symbol goes unnoticed"; fi
grep -q "must be pure, but refers to" out || fail "the impure symbol is not named"

# A header that needs another one first.
mkdir -p alone && printf '#pragma once\ninline std::string name();\n' >alone/alone.h
cat >alone/CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(alone CXX)
add_library(alone INTERFACE)
set_target_properties(alone PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
target_sources(alone PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR} FILES alone.h)
CMAKE
cmake -S alone -B alone/build >/dev/null
if sh tools/check-headers.sh alone/build >out 2>&1; then fail "a header that is not self-contained goes unnoticed"; fi
grep -q "not self-contained" out || fail "the header is not told"
echo "every house rule fails when it is broken, and says so"
