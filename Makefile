# Every verb prepares the machine itself; a second run finds all in place and starts at once.
.DEFAULT_GOAL := help
.PHONY: help setup tinydb-tests emupos chromium cctalk run test check slow e2e prove sim fuzz criteria gallery benchmarks soak install uninstall image bundle appliance-test devices-vm clean
# One after the other even under `make -j`: the tests share a machine, and the steps are printed as they happen.
.NOTPARALLEL:

PYTHON := .venv/bin/python
# A process for each core; who has nothing left to do takes over from the others. Not for guests' journeys, who are too slow then.
BESIDE := -n auto --dist worksteal

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## system packages, virtual environment, locked dependencies
	@sh setup/setup.sh

tinydb-tests: setup
	@sh setup/tinydb_tests.sh

emupos: setup
	@sh setup/emupos.sh

chromium: setup
	@sh setup/chromium.sh

cctalk: setup
	@sh setup/cctalk.sh

run: setup ## the kiosk on simulated devices, in a window (or on a virtual display)
	@sh setup/run.sh

check: tinydb-tests ## format, lint, types and the fast tests
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	$(PYTHON) -m mypy --strict kiosk
	$(PYTHON) -m pytest -m "not e2e and not slow and not appliance" $(BESIDE)

e2e: emupos chromium ## whole journeys: a real window, real daemons, the independent printer, a browser
	rm -rf build/e2e
	$(PYTHON) -m pytest -m "e2e and not beside and not slow"
	$(PYTHON) -m pytest -m "e2e and beside" $(BESIDE)

slow: emupos cctalk ## the tests that take minutes: every double power cut, a cable pulled at every moment
	$(PYTHON) -m pytest -m "slow and not e2e" $(BESIDE)
	$(PYTHON) -m pytest -m "slow and e2e"

prove: setup ## that no money is lost: kills, power cuts, failing disks, days, planted faults; LONG=1 SEED=7
	$(PYTHON) -m tests.prove $(if $(LONG),--long) $(if $(SEED),--seed $(SEED))

sim: setup ## simulated days of a kiosk, with faults of every kind: make sim SEED=7 DAYS=30
	$(PYTHON) -m tests.sim $(if $(SEED),--seed $(SEED)) $(if $(DAYS),--days $(DAYS))

criteria: tinydb-tests ## which test shows which rule of docs/criteria.md, and whether it holds
	$(PYTHON) -m tests.criteria

test: check e2e ## check and e2e

fuzz: setup ## a million inputs that nobody meant for every parser; docs/benchmarks/fuzz.md
	$(PYTHON) -m tests.fuzz

gallery: setup ## a picture of every screen, size, language and look, with an index page; FIXED=1: 200 of them
	$(PYTHON) -m tests.screens.gallery $(if $(FIXED),--fixed)

benchmarks: setup ## times, memory and sizes, written to docs/benchmarks/
	$(PYTHON) -m benchmarks
	$(PYTHON) -m benchmarks.door
	$(PYTHON) -m benchmarks.desk
	$(PYTHON) -m benchmarks.speed
	$(PYTHON) -m benchmarks.devices

soak: setup ## guests all day: a thousand journeys with GL, 20,000 without; COUNT=100 for fewer
	$(PYTHON) -m benchmarks.soak $(or $(COUNT),1000)
	$(PYTHON) -m benchmarks.soak $(or $(COUNT),20000) --gl mock

install: ## as root: the kiosk as a service of this machine (Debian 12 or 13, Raspberry Pi OS); again: brought up to date
	@sh setup/install.sh

uninstall: ## as root: removes what install made; packages and data stay
	@sh setup/install.sh --remove

image: setup ## as root: the card image for Raspberry Pi 3, 4 and 5; ARCH=amd64: its twin for tests
	image/build $(or $(ARCH),arm64)
	image/pack.sh $(or $(ARCH),arm64)

bundle: ## an update of what `make image` made, signed: docs/updates.md; ARCH=amd64, KEYS=FOLDER
	image/bundle.sh $(or $(ARCH),arm64)

appliance-test: setup emupos ## as root: the image booted, in a container and the emulator; PART="1 2" for some of it: docs/benchmarks/appliance.md
	@sh setup/appliance.sh
	$(PYTHON) -m tests.appliance $(if $(PART),--parts $(PART))

devices-vm: setup ## as root: devices under a real kernel, in the emulator: docs/benchmarks/devices_vm.md; CASE="readers pins" for some
	@sh setup/appliance.sh
	$(PYTHON) -m tests.devices_vm $(if $(CASE),--cases $(CASE))

clean: ## remove what the verbs made
	rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .hypothesis
