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
# (./run is made anew each time: PYTHON may be another.)
.PHONY: help plan run test campaign-answers campaign lint types types-js layers check notebooks docs docs-tools rooms pictures bench clean

help: ## list what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing capacity and what it needs (a minute the first time) ..."
	@$(PIP) install -e '.[report,excel,word]'
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	@echo "Installing what the tests need ..."
	@$(PIP) install -e '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-lint: pyproject.toml $(VENV)/.installed-test
	@echo "Installing what the checks need ..."
	@$(PIP) install -e '.[test,lint]'
	@touch $@

# The command as ./capacity would hide the package of that name from Python: the link is called otherwise.
run: $(VENV)/.installed ## make ./run, the command of this checkout, for a terminal that activates nothing
	@ln -sf $(BIN)/capacity run

plan: run ## plan the built-in Danish case, and write its report; makes ./run too
	@$(BIN)/capacity plan
	@# A page of an earlier version says nowhere that it is the library's own: it is kept, under another name.
	@if [ -f report.html ] && ! grep -q '^<!-- Made by capacity; content' report.html; then \
	  mv report.html "report-$$(date +%Y%m%d-%H%M%S).html"; fi
	@$(BIN)/capacity report --output report.html

test: $(VENV)/.installed-test ## run the tests, with coverage
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term

SEEDS ?= 0:4000
JOBS ?= 2
campaign-answers: $(VENV)/.installed-test ## every engine and study against the referee (an hour; SEEDS=0:4000 JOBS=2)
	$(BIN)/python -m tests.campaign_answers --seeds $(SEEDS) --times 20 --jobs $(JOBS)

$(VENV)/.installed-docs: pyproject.toml $(VENV)/.installed-test
	@echo "Installing what the notebooks and the site need ..."
	@$(PIP) install -e '.[docs]'
	@touch $@

lint: $(VENV)/.installed-lint ## style, and notebooks without outputs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify notebooks/*.ipynb

types: $(VENV)/.installed-lint ## types
	$(BIN)/mypy

# A checker of types for the page's scripts, of this version; nothing but this needs npm.
TSC := $(VENV)/node/node_modules/.bin/tsc
types-js: $(VENV)/.installed-test ## types of the planner's table's scripts, where npm is at hand (skipped, and said so, elsewhere)
	@[ -x $(TSC) ] || npm install --silent --no-save --prefix $(VENV)/node typescript@5.9.3 >/dev/null 2>&1 || true
	@if [ -x $(TSC) ]; then CAPACITY_TSC=$(TSC) $(BIN)/python -m pytest -q -n 0 tests/test_table_types.py; \
	  else echo "SKIPPED: no npm, or it reaches nothing: the types of the table's scripts are not checked"; fi

layers: $(VENV)/.installed-lint ## data flows one way
	$(BIN)/lint-imports

check: lint types layers ## style, types and layers

# The executed copies are part of the site, so each notebook is run once.
EXECUTED := docs/notebooks/.executed
$(EXECUTED): $(wildcard notebooks/*.ipynb) $(shell find capacity data -type f -not -name '*.pyc') | $(VENV)/.installed-docs
	rm -rf docs/notebooks && mkdir docs/notebooks && cp notebooks/*.ipynb docs/notebooks
	$(BIN)/python -m pytest -q -n 2 -p no:cacheprovider --nbmake --nbmake-timeout=120 --overwrite docs/notebooks
	@touch $@

docs-tools: $(VENV)/.installed-docs

notebooks: $(EXECUTED) ## run every notebook from top to bottom

docs: $(EXECUTED) ## build the site (warnings are errors), run the code of its pages, look at it in a browser
	rm -rf site docs/reference/api
	$(BIN)/python -m sphinx -b html -W --keep-going -q docs site
	@rm -rf jupyter_execute  # MyST-NB leaves its pictures there; the site has its own copies
	$(BIN)/python -m pytest -q -p no:cacheprovider docs
	@echo "Open site/index.html"

pictures: $(VENV)/.installed-test ## pictures of report, summary and comparison at four sizes, light and dark, for review
	$(BIN)/python -m tests.pictures pictures

rooms: $(VENV)/.installed-test ## draw the rooms of the library, and one problem's way through them, from the code
	$(BIN)/python docs/rooms.py

table-pictures: $(VENV)/.installed-test ## take the pictures of the planner's table in its guide, in a browser
	$(BIN)/python docs/table_pictures.py

bench: $(VENV)/.installed-test ## measure, beside named alternatives (half an hour); writes benchmarks/RESULTS.md
	@$(PIP) install -e '.[bench]'
	$(BIN)/python -m benchmarks.targets
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.model
	$(BIN)/python -m benchmarks.ranking
	$(BIN)/python -m benchmarks.table
	$(BIN)/python -m benchmarks.orders

FIRST ?= 0
SHARE ?= 0.02
campaign: $(VENV)/.installed-test ## every campaign at a share of its seeds (SHARE=1 FIRST="0 1000000": all, at two ranges); writes docs/background/campaigns.md
	$(BIN)/python -m tests.campaigns --first $(FIRST) --share $(SHARE)

clean: ## remove environments and what tools leave behind
	rm -rf run .venv-* .venv dist build site docs/notebooks docs/reference/api .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis plan-out
