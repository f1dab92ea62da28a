# `make run` is the only line a user needs; the others are for those who change renkei.
# PYTHON=python3.12 (for example) chooses the interpreter of a new .venv.

.DEFAULT_GOAL := help
.PHONY: help run setup check test verify bench clean
export PYTHON

help:
	@echo "make run    study the alliance's command structures (sets up .venv first)"
	@echo "make test   run the checks and the tests"
	@echo "make verify verify the guarantees of the choice by long runs, some minutes; writes docs/verification.md"
	@echo "make check  run the checks alone: style, types, layers"
	@echo "make bench  measure renkei beside other simulators; writes docs/benchmarks.md"
	@echo "make setup  set up .venv for development"
	@echo "make clean  remove caches and builds; keeps .venv and results"

run:
	@sh tools/setup.sh run
	@.venv/bin/renkei study alliance

setup:
	@sh tools/setup.sh dev

check: setup
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

test: check
	@sh tools/browser.sh
	.venv/bin/python -m pytest -n 2

verify: setup
	.venv/bin/python tools/verify.py

bench: setup
	.venv/bin/python tools/benchmarks_page.py

clean:
	rm -rf build dist htmlcov .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
