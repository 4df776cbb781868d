# Everything a contributor or a newcomer runs. `make help` lists it.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install demo test coverage chaos check live docs format lock changelog debs witness c7n clean

RUN_STAMP := .venv/.installed-run
DEV_STAMP := .venv/.installed-dev
PROCESSES ?= 2
SIDE_BY_SIDE = -n $(PROCESSES) --dist loadscope --no-loadscope-reorder
LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group build pyproject.toml

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(RUN_STAMP) ## put patchkeep into .venv, and nothing else

demo: $(RUN_STAMP) ## discover, plan, patch and report on an emulated organization
	@.venv/bin/patchkeep demo

test: $(DEV_STAMP) debs c7n ## the quality gates, then every test
	@gates=0; scripts/check || gates=$$?; \
	tests=0; .venv/bin/pytest $(SIDE_BY_SIDE) || tests=$$?; \
	if [ $$tests -ne 0 ]; then exit $$tests; fi; exit $$gates

coverage: $(DEV_STAMP) debs c7n ## every test, and which lines none of them reaches (slower)
	@.venv/bin/pytest $(SIDE_BY_SIDE) --cov

check: $(DEV_STAMP) ## the quality gates alone: ruff, mypy, import contracts, house test
	@scripts/check
	@.venv/bin/pytest -q tests/house

live: $(DEV_STAMP) debs ## patch real Debian root file systems (root and a Debian mirror needed)
	@.venv/bin/python -m patchkeep.sandbox.live
	@.venv/bin/pytest tests/live -m live -s -v --no-header

witness: $(DEV_STAMP) ## compare verdicts with the AWS CLI's, Cloud Custodian's and Prowler's (installs 2.3 GB)
	@scripts/witness-install c7n
	@scripts/witness-install prowler
	@.venv/bin/python scripts/witness.py

docs: $(DEV_STAMP) ## write docs/reference/ anew from the code
	@.venv/bin/python scripts/reference.py

chaos: $(DEV_STAMP) ## looks under faults in a tenth of all reads, 200 seeds; then 400 crashes (SEEDS=50, SEEDS=1-9)
	@faults=0; .venv/bin/python scripts/chaos.py $(SEEDS) || faults=$$?; \
	.venv/bin/python scripts/crash.py $(SEEDS); exit $$faults

bench: $(DEV_STAMP) c7n ## measure, and write benchmarks/figures.md
	@.venv/bin/python benchmarks/run.py

format: $(DEV_STAMP) ## put the code into its one format
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

lock: $(DEV_STAMP) ## write requirements/*.txt anew from pyproject.toml (UPGRADE=1: newest versions)
	@$(LOCK) $(if $(UPGRADE),--upgrade) --all-extras -o requirements/dev.txt
	@$(LOCK) --extra sandbox -c requirements/dev.txt -o requirements/run.txt

changelog: $(DEV_STAMP) ## show what the next release's changelog will say
	@.venv/bin/towncrier build --draft --version next

debs:
	@scripts/debian-packages

c7n: $(DEV_STAMP)
	@scripts/witness-install c7n || echo "Cloud Custodian cannot be installed here: the tests that ask it are skipped" >&2

clean: ## remove the virtual environments and every cache
	@rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.*

# What is installed for development holds what is needed to run, so the demo after the tests installs nothing.
$(DEV_STAMP): requirements/dev.txt pyproject.toml
	@scripts/install requirements/dev.txt
	@touch $(RUN_STAMP) $@

$(RUN_STAMP): requirements/run.txt pyproject.toml
	@if [ -e $(DEV_STAMP) ]; then $(MAKE) --silent $(DEV_STAMP); else scripts/install requirements/run.txt; fi
	@touch $@
