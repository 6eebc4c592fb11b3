# Needs Python 3.11 or later and nothing else: each target makes what it stands on.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: report check-reports catalogue check-catalogue test sweep check bench mutants clean

report: $(VENV)/.installed
	$(BIN)/convalgebra report --output reports
	$(BIN)/convalgebra report --output reports --language zh --format tex,html

# What is kept in reports/ must be what the report command writes, byte for byte.
check-reports: $(VENV)/.installed
	rm -rf build/reports
	$(BIN)/convalgebra report --output build/reports --fresh --format tex,html
	$(BIN)/convalgebra report --output build/reports --language zh --format tex,html
	for file in build/reports/*.tex build/reports/*.html; do cmp "$$file" "reports/$$(basename $$file)" || exit 1; done

# What the inspector knows of each type, kept in the package so that its page opens at once.
catalogue: $(VENV)/.installed
	$(BIN)/python -m convalgebra.inspector.catalogue

check-catalogue: $(VENV)/.installed
	$(BIN)/python -m convalgebra.inspector.catalogue --check

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto

# The tests that take longest, beside those of `make test`.
sweep: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto -m sweep

check: $(VENV)/.installed-test $(VENV)/.installed-check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks

mutants: $(VENV)/.installed-test $(VENV)/.installed-mutants
	$(BIN)/python -m tests.mutants

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "convalgebra needs Python 3.11 or later: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

$(VENV)/.installed-check: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[check]'
	touch $@

$(VENV)/.installed-mutants: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[mutants]'
	touch $@
