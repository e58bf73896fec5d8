# doorwatch: `make help` lists the targets.
SHELL   := /bin/bash
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
SECONDS ?= 60
SEED    ?= 1
PORT    ?= 0

.DEFAULT_GOAL := help
.PHONY: help demo test check venv bench lock clean system vm

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.runtime ## A neighbourhood's day in a minute (SECONDS=60 SEED=1 PORT=0)
	@deploy/system-packages --demo || true
	@$(BIN)/doorwatch demo --seconds $(SECONDS) --seed $(SEED) --port $(PORT)

test: system $(VENV)/.everything ## Set up what the tests need and run every one
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: $(VENV)/.everything ## Lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

venv: $(VENV)/.everything ## Only .venv, with everything the tests and benchmarks import

bench: system $(VENV)/.everything ## The figures: speed, memory, bytes (takes minutes)
	@$(BIN)/python -m benchmarks

vm: $(VENV)/.everything ## Real machines under qemu: power cuts, package, fleet, arm64 (root; over an hour)
	@deploy/vm/run

system: ## System packages that the tests need; installs them when it may
	@deploy/system-packages

lock: $(VENV)/.everything ## Resolve the dependencies again
	@deploy/lock $(BIN)/pip-compile

clean: ## Remove what these targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Two layers of one environment: what runs, and what tests and benchmarks import besides.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "doorwatch needs Python 3.11 or newer; $(PYTHON) is older"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { deploy/system-packages --venv && $(PYTHON) -m venv --clear $(VENV); }

$(VENV)/.runtime: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Installing from requirements.lock"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.everything: $(VENV)/.runtime requirements-dev.lock
	@echo "Installing from requirements-dev.lock"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
