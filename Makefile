# Every target sets up what it needs: a virtual environment in .venv, filled from requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: demo test drill check format bench pictures serve lock clean

demo: $(READY)       ## Collect, compose and send the sample week to the built-in test mail server
	$(BIN)/digest demo

test: $(READY)       ## Run the tests; a missing server (PostgreSQL, Chromium) skips its tests and says so
	$(BIN)/pytest -n auto --dist worksteal

drill: $(READY)      ## Kill senders at random moments and prove that nobody is lost
	$(BIN)/digest drill --recipients 2000 --kills 10

check: $(READY)      ## Lint, types and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)      ## Measure; prints a table. Some eight minutes; BENCH=--quick leaves out the million recipients
	$(BIN)/python -m bench $(BENCH) $(JSON)

pictures: $(READY)   ## Make docs/pictures anew (CHROMIUM=/usr/bin/chromium where Playwright has none of its own)
	$(BIN)/python docs/pictures.py

serve: $(READY)      ## Web, clock and sender with the configuration of this folder
	$(BIN)/digest init
	$(BIN)/digest run

lock: $(READY)       ## Renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra postgresql --group dev --upgrade pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up .venv (first time: about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-binary dkimpy \
	  -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)
