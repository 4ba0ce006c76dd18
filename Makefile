# `make run` and `make test` need Python 3.11 and nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test check audit format reference lock clean
SHELL := /bin/bash
BIN := .venv/bin
# A profile other than `starter` needs more packages. It is named in the environment or in .env.
PROFILE := $(or $(RAPBOT_PROFILE),$(shell sed -nE 's/^RAPBOT_PROFILE=["'"'"']?([a-z0-9-]+).*/\1/p' .env 2>/dev/null | tail -1),starter)
PACKAGES := $(if $(filter starter,$(PROFILE)),starter,models)

help: ## show this
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

run: ## set up .venv and weights, start everything, talk to the bot; Ctrl-C stops
	@scripts/setup $(PACKAGES)
	@test "$(PROFILE)" = starter || $(BIN)/python -m rapbot weights fetch $(PROFILE)
	@$(BIN)/python -m rapbot up

test: check audit ## set up .venv, run linters, strict types, the audit and all tests
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile

check: ## linters, formatting, strict types, import rules, schemas; changes nothing
	@scripts/setup dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@if test -x $(BIN)/hadolint; then $(BIN)/hadolint docker/*.Dockerfile; \
	else echo "hadolint has no binary for this machine: Dockerfiles are not linted"; fi
	$(BIN)/python scripts/reference.py --check

audit: ## ask an advisory service about every locked package
	@scripts/setup dev
	$(BIN)/python scripts/audit.py

format: ## format and mend what linters can
	@scripts/setup dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

reference: ## write docs/settings.md, docs/commands.md and .env.example anew
	@scripts/setup dev
	$(BIN)/python scripts/reference.py

lock: ## pin all packages anew from pyproject.toml
	scripts/lock

clean: ## remove .venv and caches; the data directory stays
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './data/*' -prune -exec rm -rf {} +
