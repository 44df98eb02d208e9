# Every target sets up what it needs in .venv; only Python 3.11 or newer and make are expected.
#   make demo ARGS="--clients 200"     arguments for the command behind a target
#   make test PYTHON=python3.12        another Python, for a new .venv
#   make check BIN=/elsewhere/bin      another environment, used as it is
PYTHON ?=
ARGS ?=
VENV := .venv
ifeq ($(origin BIN),command line)
READY :=
else
BIN := $(VENV)/bin
READY := $(VENV)/.ready
endif

# Tests and demo start dozens of Python programs: without saved bytecode they would spend most of their time compiling.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: demo up try test prove check bench docs lock clean help

demo: $(READY) ## play the story: real deals on a real stack, faults included
	@$(BIN)/holdfast demo $(ARGS)

up: $(READY) ## start everything and stay up, on the state that the last run left
	-@$(BIN)/python docs/build.py >/dev/null
	@$(BIN)/holdfast up $(ARGS)

try: ## in a fresh clone, timed: everything is started, and a new marketplace verifies its first webhook
	@.ci/first-hour $(ARGS)

docs: $(READY) ## the site of docs/, for a browser without a network
	@$(BIN)/python docs/build.py $(ARGS)

test: $(READY) ## every test, on a real PostgreSQL, Temporal and SMTP server
	@$(BIN)/python -m pytest -n auto $(ARGS)

prove: $(READY) ## the sagas against a model, under kills, lost answers and commands; in full, an hour
	@$(BIN)/python -m tests.prove $(ARGS)

check: $(READY) ## every quality gate; names the ones that fail
	@$(BIN)/python -m checks $(ARGS)

bench: $(READY) ## payments per second, beside a workflow that does nothing and plain statements
	@$(BIN)/python -m bench $(ARGS)

# The script writes the stamp after its last step, so an interrupted set-up simply starts again.
$(VENV)/.ready: requirements.lock pyproject.toml .ci/set-up
	@sh .ci/set-up "$(VENV)" $(PYTHON)

lock: ## pin every dependency again, with hashes (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv; https://docs.astral.sh/uv says how to install it" >&2; exit 1; }
	echo 'setuptools>=80' | uv pip compile pyproject.toml - --all-extras --universal --generate-hashes \
	    --no-header --no-annotate --python-version 3.11 --quiet --output-file requirements.lock $(ARGS)
	echo 'setuptools>=80' | uv pip compile pyproject.toml - --universal --generate-hashes \
	    --no-header --no-annotate --python-version 3.11 --quiet --constraint requirements.lock \
	    --output-file requirements.image.lock

clean: ## remove the environment, the local state and every cache
	rm -rf .venv .holdfast build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

help:
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1@\2/p' Makefile | awk -F@ '{ printf "  %-12s %s\n", $$1, $$2 }'
