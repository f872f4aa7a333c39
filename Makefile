# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The versions that the suite last passed with, torch's above all: a loose range pulls gigabytes.
LOCK := requirements.lock
INSTALL := $(BIN)/python -m pip install --quiet --constraint $(LOCK)
# Coverage costs time: CI measures it and holds the floor, `make coverage` does so by hand.
PYTEST := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m 'not long'
COVERAGE := --cov --cov-report=term
export OMP_NUM_THREADS ?= 1
# A name for the content of every file: a suite that passed on it need not run again. Without git, or
# in CI where nothing may be skipped, a name of its own.
CONTENT := $(shell git ls-files -coz --exclude-standard 2>/dev/null | xargs -0 sha256sum 2>/dev/null | sha256sum | cut -c1-16)
PASSED := $(VENV)/.passed-$(if $(wildcard .git),$(CONTENT)$(CI),$(shell date +%s))

.PHONY: help demo test retest test-long coverage docs docs-check lock benchmarks class pins format clean

help: ## Show these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.run: pyproject.toml $(LOCK)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(INSTALL) torch
	$(INSTALL) --editable .
	touch $@

$(VENV)/.test: $(VENV)/.run
	$(INSTALL) --editable '.[test,dask,bench]'
	touch $@

demo: $(VENV)/.run ## Build the notebooks, grade the sample class, write the report
	$(BIN)/autograder build
	$(BIN)/autograder grade examples/class --out out/demo || test $$? -eq 1
	@echo "Open out/demo/report.html. To decide what is left: .venv/bin/autograder desk --out out/demo"

test: $(VENV)/.test ## Lint, type-check and run the whole suite, unless it passed on these very files
	@if test -e $(PASSED); then echo "Passed on these very files, $$(cat $(PASSED)). To run it again: make retest"; \
	else $(MAKE) --no-print-directory retest; fi

retest: $(VENV)/.test ## Lint, type-check and run the whole suite
	rm -f $(VENV)/.passed-*
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/autograder build --check
	$(BIN)/python -m tests.generated
	sh tests/install-chromium.sh
	$(PYTEST) $(if $(filter true,$(CI)),$(COVERAGE))
	@date '+on %F at %H:%M' > $(PASSED)

test-long: $(VENV)/.test ## The soaks: 30 seeds of collapse, 1,000 gradings, fuzzing for minutes
	$(BIN)/pytest -m long

coverage: $(VENV)/.test ## Run the suite and show what it does not reach, with CI's floor
	$(PYTEST) $(COVERAGE)

docs: $(VENV)/.test ## Regenerate the pages of docs/ that are made (SEEDS=1000 for hours of evidence)
	$(BIN)/python -m tests.facts
	$(BIN)/python -m tests.hostile
	$(BIN)/python -m tests.reference.collapse_table
	$(BIN)/autograder check --mutants $(if $(SEEDS),--seeds $(SEEDS)) --write docs

docs-check: $(VENV)/.test ## Name the generated pages that are out of date, in seconds
	$(BIN)/python -m tests.generated

lock: ## Renew requirements.lock: the newest versions, in a fresh environment
	$(PYTHON) -m venv --clear $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --upgrade pip
	$(VENV)-lock/bin/python -m pip install --quiet --editable '.[test,dask,bench]'
	$(VENV)-lock/bin/python -m pip freeze --exclude-editable | sed 's/+[^+]*$$//' > $(LOCK).new
	mv $(LOCK).new $(LOCK)
	rm -rf $(VENV)-lock

benchmarks: $(VENV)/.test ## Measure against otter run and nbgrader, side by side
	$(BIN)/python -m benchmarks.compare

class: $(VENV)/.run ## Regenerate examples/class from the sample answers
	$(BIN)/python examples/make_class.py

pins: $(VENV)/.test ## Renew the pinned packages of the Gradescope container
	$(BIN)/python -m autograder.gradescope.pins

format: $(VENV)/.test ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## Remove everything generated except committed notebooks
	rm -rf $(VENV) $(VENV)-lock dist out .coverage .pytest_cache .mypy_cache .ruff_cache
