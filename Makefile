# cws-outcomes: `make` lists what there is to do.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python of at least 3.11 found; `make install PYTHON=/path/to/python` chooses another.
is_new_enough := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c '$(is_new_enough)' 2>/dev/null && echo "$$python" && break; done)

CORES ?= 2
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check

PYTHON_CODE := src tests $(wildcard benchmarks)
SNAKE_CODE := Snakefile workflow
SQL_CODE := src

.PHONY: help install demo test corruptions nightly lint format docs lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

install: $(VENV)/.installed ## make .venv from the hashed lock files (only when they changed)

$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# The build tools come first: two locked packages exist as source only, and hashes cannot be
# asked of what pip would fetch by itself to build them.
$(VENV)/.locked: requirements/build.txt requirements/lock.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found." \
		"Install it, or name it: make install PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -c '$(is_new_enough)' || { echo "Python 3.11 or newer is needed," \
		"and $(PYTHON) is not: make install PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Installing into $(VENV) with $$("$(PYTHON)" --version): a minute or two"
	@"$(PYTHON)" -m venv --clear $(VENV)
	@$(PIP) --require-hashes -r requirements/build.txt
	@$(PIP) --require-hashes --no-build-isolation -r requirements/lock.txt
	@touch $@

demo: install ## generate a synthetic delivery, run the study on it, say where the report is
	@$(BIN)/cws run --config config/study.yaml --cores $(CORES)

test: install lint ## lint, types, walls, then every test
	@echo "== tests (pytest)"
	@$(BIN)/python -m pytest --numprocesses $(CORES) --dist loadfile --no-loadscope-reorder

HISTORIES ?= 1000000
nightly: install ## as many random histories as HISTORIES says, against slow readings of the rules
	@HISTORIES=$(HISTORIES) $(BIN)/python -m pytest --numprocesses $(CORES) --dist loadfile \
		tests/spells/test_calendars.py tests/harmonise/test_readings.py

corruptions: install ## judge every damage of a delivery anew; writes the record and its page
	@cd tests && $(CURDIR)/$(BIN)/python -m support.verdicts --cores $(CORES)

lint: install ## style of Python, rules and SQL; types; walls between the stages
	@echo "== style (ruff check)"
	@$(BIN)/ruff check --quiet $(PYTHON_CODE)
	@echo "== format (ruff format)"
	@$(BIN)/ruff format --quiet --check $(PYTHON_CODE)
	@echo "== rules (snakefmt)"
	@$(BIN)/snakefmt --check $(SNAKE_CODE)
	@echo "== SQL (sqlfluff)"
	@$(BIN)/sqlfluff lint --processes 1 --disable-progress-bar --nocolor $(SQL_CODE)
	@echo "== types (mypy)"
	@$(BIN)/mypy
	@echo "== walls (import-linter)"
	@$(BIN)/lint-imports --no-logo

format: install ## put Python, rules and SQL into the house format
	@$(BIN)/ruff check --quiet --fix $(PYTHON_CODE) || true
	@$(BIN)/ruff format --quiet $(PYTHON_CODE)
	@$(BIN)/snakefmt $(SNAKE_CODE)
	@$(BIN)/sqlfluff fix --processes 1 --disable-progress-bar --quiet $(SQL_CODE)

docs: install ## write the pages of docs/ that follow from the code anew
	@$(BIN)/python -m cws_outcomes.cli.pages
	@PYTHONPATH=tests $(BIN)/python -m support.stories

# Needs uv, which is not in the lock: `pip install uv` wherever you like, then `make lock UV=...`.
UV ?= uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock"

lock: ## make the lock files again from pyproject.toml (needs uv)
	@$(COMPILE) --extra dev pyproject.toml --output-file requirements/lock.txt
	@$(COMPILE) requirements/build.in --constraint requirements/lock.txt \
		--output-file requirements/build.txt

# Results are left alone: in a secure setting they took days. Delete results/ by hand.
clean: ## remove caches and build left-overs (results and the environment stay)
	@rm -rf .tests .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
	@find src tests workflow -name __pycache__ -type d -prune -exec rm -rf {} +
