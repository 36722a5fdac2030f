# The loop: make run | make test | make build | make lint | make format | make test-all | make bench | make fuzz | make tsan | make storm | make simulate
JOBS ?= $(shell nproc)
DIR ?= demo
LISTEN ?= 127.0.0.1:8420

# Of each fuzz target, and of the storm.
SECONDS ?= 120

# Of the simulator: so many seeds from one on, each until so many steps have changed something.
SEED ?= 1
SEEDS ?= 4
STEPS ?= 250000
# And so many towns over a disk that fails.
TOWNS ?= 12

.PHONY: run test test-all build bench lint format mutants simulate fuzz fuzz-planted tsan storm clean

build:
	@sh tools/install.sh
	@cmake --preset release >build-release.log 2>&1 || { cat build-release.log; exit 1; }; rm -f build-release.log
	@cmake --build --preset release -j $(JOBS) --target sallyport sallyport-verify dump_crasher

# Installs what is missing, builds, tells the stories of two packets, and serves what the first one left.
run: build
	@if [ -d $(DIR)/data ]; then \
	  echo "$(DIR)/ is there already; serving it. Remove the folder to see the demonstration again."; \
	else \
	  build/release/bin/sallyport demo dispatch --dir $(DIR) || exit $$?; \
	  build/release/bin/sallyport demo release --dir $(DIR)/crash || exit $$?; \
	fi
	@build/release/bin/sallyport serve --dir $(DIR)/data --listen $(LISTEN)

# One test more than there are cores: some wait longer than they work.
test:
	@sh tools/install.sh test
	@sh tools/tidy.sh
	@sh tools/check-format.sh
	@cmake --preset dev >build-dev.log 2>&1 || { cat build-dev.log; exit 1; }; rm -f build-dev.log
	@cmake --build --preset dev -j $(JOBS)
	@ctest --preset dev -j $$(($(JOBS) + 1))

# What does not fit into the fifteen minutes of `make test`, and at its end what was skipped for want of something.
test-all: test lint mutants simulate tsan fuzz storm
	@SALLYPORT_EXHAUSTIVE=1 ctest --preset dev -j $(JOBS)
	@sh tools/skips.sh build/dev build/tsan

# Bytes that nobody would send, to everything that reads them.
fuzz:
	@sh tools/install.sh test
	@sh tools/fuzz.sh $(SECONDS)

fuzz-planted:
	@sh tools/install.sh test
	@sh tools/fuzz-planted.sh

# What has threads (engine, http, store) under ThreadSanitizer.
tsan:
	@sh tools/install.sh test
	@cmake --preset tsan >build-tsan.log 2>&1 || { cat build-tsan.log; exit 1; }; rm -f build-tsan.log
	@cmake --build --preset tsan -j $(JOBS)
	@ctest --preset tsan

# Clients that never give up, and a server that is killed under them: what was acknowledged is there, once.
storm: build
	@sh test/npm-area.sh test/api
	@folder=$$(mktemp -d) && npm --prefix test/api run --silent storm -- $(CURDIR)/build/release/bin/sallyport $$folder/storm $(SECONDS) && rm -rf $$folder

lint:
	@sh tools/install.sh test
	@cmake --preset lint >/dev/null
	@sh tools/check-headers.sh build/lint
	@git ls-files 'src/*.cc' 'app/*.cc' | grep -v '_test.cc' | xargs -n 1 -P $(JOBS) clang-tidy-19 --quiet -p build/lint --warnings-as-errors='*'

format:
	@git ls-files '*.h' '*.cc' | xargs clang-format-19 -i

mutants:
	@nice sh tools/mutants.sh
	@nice sh tools/mutants.sh --simulate

# Towns that try to break the gate, every state of one packet, towns over a disk that fails (docs/simulator.md).
simulate:
	@sh tools/install.sh test
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) --target sim_hunter sim_store
	@build/release/bin/sim_hunter hunt $(SEED) $(SEEDS) $(STEPS) report
	@build/release/bin/sim_hunter exhaustive 3
	@build/release/bin/sim_store $(SEED) $(TOWNS) 300

bench:
	@sh tools/install.sh test
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) --target benches
	@sh tools/bench.sh build/release/bin

clean:
	@rm -rf build
