# Every command of the project. `make` alone lists them; each one prepares what it needs.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# set in many images; every process, and tests start hundreds, would compile all that it imports anew
unexport PYTHONDONTWRITEBYTECODE

VENV   := .venv
PY     := $(VENV)/bin/python
# what pytest is given besides: `make test ARGS='tests/store -k race'`
ARGS   ?=
# how many processes share the tests; auto is one a processor, 0 is one after the other in this process
JOBS   ?= auto
# how many of the slowest tests are told at the end
SLOWEST ?= 10

.PHONY: help run test campaign bench gallery lint format words lock clean runtime dev browser

help: ## list these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: runtime ## start the portal on loopback; without a Stripe key also its sandbox (honours SCRIP_*)
	@exec $(PY) -m app run

test: dev browser ## run every test, and say where the time went
	@exec $(PY) -m pytest --durations=$(SLOWEST) $(if $(filter-out 0,$(JOBS)),-n $(JOBS) --dist loadfile) $(ARGS)

campaign: export SCRIP_TEST_EXTENT := whole
campaign: dev browser ## play the races, kills and random histories at full length
	@exec $(PY) -m pytest -m campaign --durations=$(SLOWEST) $(if $(filter-out 0,$(JOBS)),-n $(JOBS) --dist loadfile) $(ARGS)

bench: dev ## measure speed and memory
	@exec $(PY) -m benchmarks $(ARGS)

gallery: dev browser ## photograph every page into docs/gallery (ARGS='buy usage' only these)
	@exec $(PY) -m tests.gallery $(ARGS)

lint: dev ## check style, form and types; changes nothing
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

format: dev ## rewrite the code in the house's form
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

words: dev ## bring the translations in step with the sentences in the code; says what is left to translate
	@$(PY) -m locales

lock: dev ## pin every requirement again, newest allowed versions, with hashes
	@export UV_CUSTOM_COMPILE_COMMAND='make lock'; \
	compile() { env -u PIP_FIND_LINKS -u UV_FIND_LINKS $(PY) -m uv pip compile --quiet --upgrade --universal \
	    --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links "$$@"; }; \
	compile requirements.in -o requirements.txt; \
	compile requirements.in requirements-dev.in -o requirements-dev.txt
	@echo 'Locked. Now: make test, then commit both requirements files.'

clean: ## remove what was made: the environment, caches, reports (not var/, it may hold your data)
	@rm -rf $(VENV) .venv.lock build dist *.egg-info .coverage .coverage.* htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	    tests/witness/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@bash .ci/environment runtime

dev:
	@bash .ci/environment dev

browser: dev
	@$(PY) -m tests.world.chromium > /dev/null
