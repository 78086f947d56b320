# make plan   set everything up and plan the built-in Danish case
# make test   set everything up and run the tests
# PYTHON=...  another interpreter, such as PYTHON=python3.13 (each gets its own environment)

PYTHON ?= python3
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV ?= .venv-$(VERSION)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export CAPACITY_INSTANCES ?= ../shared/instances

.DEFAULT_GOAL := help
.PHONY: help plan test lint types layers check bench clean

help: ## list what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing capacity and what it needs (a minute the first time) ..."
	@$(PIP) install -e '.[report]'
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	@echo "Installing what the tests need ..."
	@$(PIP) install -e '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-lint: pyproject.toml $(VENV)/.installed-test
	@echo "Installing what the checks need ..."
	@$(PIP) install -e '.[test,lint]'
	@touch $@

plan: $(VENV)/.installed ## plan the built-in Danish case, and write its report
	@$(BIN)/capacity plan
	@$(BIN)/capacity report --output report.html

test: $(VENV)/.installed-test ## run the tests, with coverage
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term

lint: $(VENV)/.installed-lint ## style
	$(BIN)/ruff check .

types: $(VENV)/.installed-lint ## types
	$(BIN)/mypy

layers: $(VENV)/.installed-lint ## data flows one way
	$(BIN)/lint-imports

check: lint types layers ## style, types and layers

bench: $(VENV)/.installed-test ## measure, and compare with named alternatives
	$(BIN)/python -m benchmarks.start_up
	$(BIN)/python -m benchmarks.p_median

clean: ## remove environments and what tools leave behind
	rm -rf .venv-* .venv dist build .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis plan-out
