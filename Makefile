# make help says what there is. Every target sets up what it needs and is safe to repeat.

SHELL := /bin/sh
PY := .venv/bin/python
PORT ?= 8080
# One more than the cores of a small machine: some tests mostly wait.
WORKERS ?= 3
export DANGOL_QUERY := $(value Q)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-bench demo up down sql docs test faults lint bench bench-docs quality env clean requirements

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv with the pinned requirements (PYTHON=python3.12 chooses the interpreter)
	@sh include/local/make_venv.sh run

setup-dev: ## the same, with the tools for test and lint
	@sh include/local/make_venv.sh dev

setup-bench: ## the same as setup, with the peers of the benchmarks (SPARK=1, BUFFALO=1 add those)
	@sh include/local/make_venv.sh bench
	@if [ -n "$(SPARK)" ]; then sh include/local/make_venv.sh spark; fi
	@if [ -n "$(BUFFALO)" ]; then sh include/local/make_venv.sh buffalo; fi

demo: setup ## the daily job on real purchases, and a report (FRESH=1 makes again what could be reused)
	@$(PY) -m include.local demo $(if $(FRESH),--fresh)

up: setup ## PostgreSQL and Airflow in the background, at 127.0.0.1:8080 (PORT=8081 moves it)
	@$(PY) -m include.local up --port "$(PORT)"

down: ## stop what up and demo started
	@if [ -x $(PY) ]; then $(PY) -m include.local down; else echo "Nothing is set up."; fi

sql: setup ## psql on the local warehouse (Q="SELECT …" prints the result as CSV)
	@$(PY) -m include.local sql

docs: demo ## write docs/data-dictionary.md and docs/how-to/query.md anew, from the demo's release
	@$(PY) -m include.local docs

test: setup-dev ## all tests, real services included (ARGS="tests/models -k cosine" narrows, WORKERS=3)
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

faults: setup-dev ## readers, clocks, kills and locks around publications, some ten minutes (ARGS=clock runs one part)
	@$(PY) -m tests.faults $(ARGS)

lint: setup-dev ## ruff, mypy, and the schema of docker-compose.yaml
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@if [ -f docker-compose.yaml ]; then \
		.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yaml; fi

bench: setup-bench ## our stages beside their peers (FULL=1 whole size, ONLY=cosine,als, SPARK=1, BUFFALO=1, PEERS=all)
	@$(PY) -m benchmarks $(if $(FULL),--full) $(if $(ONLY),--only $(ONLY)) $(if $(SPARK),--spark) \
		$(if $(filter all,$(PEERS)),--all-rows) $(ARGS)
	@if [ -n "$(FULL)" ]; then $(PY) -m benchmarks.report; fi

bench-docs: setup-bench ## write docs/benchmarks.md and its plots anew, from the last full run's figures
	@$(PY) -m benchmarks.report

quality: setup-bench ## judge all lists by later purchases, write docs/explanation/quality.md (ARGS="--only online_retail")
	@$(PY) -m benchmarks.quality $(ARGS)

env: ## write .env with random secrets, for docker compose (FORCE=1 makes every secret anew)
	@python3 -m include.local.make_env $(if $(FORCE),--force)

clean: ## stop everything and remove the local state, .local/
	@if [ -x $(PY) ]; then $(PY) -m include.local clean; else echo "Nothing is set up."; fi

requirements: ## resolve requirements*.in again (needs uv)
	@command -v uv >/dev/null || { echo "requirements: uv is needed to resolve for all platforms: install it." >&2; exit 1; }
	for name in requirements requirements-dev requirements-bench requirements-bench-spark requirements-bench-buffalo; do \
		uv pip compile --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links \
			--quiet $(UPGRADE) $$name.in --output-file $$name.txt || exit 1; done
