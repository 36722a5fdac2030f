#!/bin/sh
# A pure module has no way to a clock, a file, a socket, a random number, a thread or the environment:
# fails, naming the symbols, where the archive refers to one.
set -eu
impure='clock_gettime|gettimeofday|[^_]time@|system_clock::now|steady_clock::now|getrandom|rand\b|random_device|std::thread|pthread_create|getenv|socket|fopen|open64|fwrite|ifstream|ofstream|std::cout|std::cerr|sqlite3_|curl_|RAND_bytes|nanosleep|unordered_'
found=$(nm -uC "$1" | grep -E "$impure" | sort -u || true)
if [ -n "$found" ]; then
  echo "$(basename "$1") must be pure, but refers to:"
  echo "$found"
  exit 1
fi
echo "$(basename "$1") refers to no clock, file, socket, random number, thread or environment"
