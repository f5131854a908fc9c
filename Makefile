# One command per intention. `make help` lists them; each installs what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Where the shell asks Python to keep no bytecode, every process would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help install demo test soak e2e screenshots conformance node check bench format docs migration clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=
# What other people wrote and only the tests need, each from its own lock.
CLIENTS := tests/node/clients/node_modules/.installed
SUITE := tests/node/conformance/node_modules/.installed
SCANNER := .tools/scanner/.installed
# The first Python that is new enough; override with `make install PYTHON=/path/to/python`.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && { echo $$p; break; }; done)

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' Makefile

install: $(STAMP) ## Make .venv from the committed lock (uv when present, else pip)

$(STAMP): pyproject.toml uv.lock requirements.lock
	@if [ -z "$(PYTHON)" ]; then \
	  echo "Stockroom needs Python 3.11 or newer; none was found. Install one, or name it: make install PYTHON=/path/to/python" >&2; exit 2; fi
	@if command -v uv >/dev/null 2>&1; then \
	  UV_PROJECT_ENVIRONMENT=$(VENV) uv sync --quiet --frozen --no-python-downloads --compile-bytecode --python "$(PYTHON)"; \
	else \
	  $(PYTHON) -m venv $(VENV) || { echo "This Python cannot make virtual environments; install its venv package (Debian: python3-venv)." >&2; exit 2; }; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	fi
	@touch $(STAMP)

demo: $(STAMP) ## A pretend Amazon, three sellers, a synced database and the MCP server (ARGS="--help" for options)
	@$(BIN)/stockroom demo $(ARGS)

# A test that hangs ends its worker and fails; a worker that ended is not replaced, as xdist would
# hand its finished tests to the next one.
HANGS := --max-worker-restart 0 -o faulthandler_exit_on_timeout=true -o faulthandler_timeout

test: $(STAMP) ## All tests, on a real embedded PostgreSQL (or TEST_DATABASE_URL)
	@$(BIN)/pytest -n 3 $(HANGS)=180 $(ARGS)

soak: $(STAMP) ## The tests that take minutes: kill -9, a database that goes away, every mood
	@$(BIN)/pytest -n 2 -m slow $(HANGS)=1800 $(ARGS)

e2e: $(STAMP) $(CLIENTS) $(SCANNER) ## Other people's clients, a browser, a scanner, many processes: fails where one is missing
	@$(BIN)/pytest -n 2 -m '(e2e or foreign) and not slow' tests/e2e tests/clients $(HANGS)=600 $(ARGS)

screenshots: $(STAMP) $(CLIENTS) ## The pictures of the guides, taken anew
	@mkdir -p docs/images
	@SHOTS=$(CURDIR)/docs/images $(BIN)/pytest -m foreign tests/clients/test_walk.py tests/clients/test_workflow.py tests/clients/test_sign_in.py -k 'not v1 and not bridge'

conformance: $(STAMP) $(CLIENTS) $(SUITE) ## The published MCP conformance suite, against a running server
	@$(BIN)/pytest -m foreign tests/conformance $(ARGS)

node: $(CLIENTS) $(SUITE) ## Install other people's clients and the conformance suite from their locks

tests/node/%/node_modules/.installed: tests/node/%/package-lock.json
	@command -v npm >/dev/null 2>&1 || { echo "npm is missing. Install Node 22 or newer (it brings npm), then repeat." >&2; exit 2; }
	npm ci --prefix $(<D) --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@

$(SCANNER): tests/clients/scanner.lock
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r $<
	@touch $@

check: $(STAMP) ## Everything that must hold before a change lands
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python docs/generate.py --check
	$(BIN)/python checks/dependencies.py
	$(MAKE) --no-print-directory test

bench: $(STAMP) ## Benchmarks, as ratios measured in one run (ARGS="--json FILE")
	@$(BIN)/python benchmarks/run.py $(ARGS)

format: $(STAMP) ## Format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(STAMP) ## Regenerate the generated pages
	@$(BIN)/python docs/generate.py

migration: $(STAMP) ## A new migration from the declarations: make migration NAME=add_returns
	@$(BIN)/stockroom db revision $(NAME)

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) .tools/scanner tests/node/*/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
