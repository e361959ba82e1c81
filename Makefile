# The civil affairs data hub. `make` lists the targets; README.md and docs/ say more.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# 3.11 or 3.12, whichever is there: name another with PYTHON=...
PYTHON ?= $(shell for p in python3.11 python3.12 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null && { echo $$p; break; }; done)

SCALE ?= 0.02
SEED ?= 1
CITY_FROM ?= 2020-05-12
AS_OF ?= $(CITY_FROM)
HUB_HOME ?= var
export SCALE SEED CITY_FROM AS_OF HUB_HOME

PY := .venv/bin/python
HUB := $(PY) -m warehouse
# a relative path only: the project's own path may have blanks in it
STAMP := .venv/.installed

.PHONY: help
help: ## this list
	@echo "make <target>   (settings: SCALE=$(SCALE) SEED=$(SEED) CITY_FROM=$(CITY_FROM) AS_OF=$(AS_OF) HUB_HOME=$(HUB_HOME))"
	@awk -F ':.*## ' '/^[a-z.-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The lock is complete and hashed, so pip resolves nothing. Bytecode is compiled once, here: where
# PYTHONDONTWRITEBYTECODE is set, every Airflow process would otherwise compile everything at each start.
$(STAMP): requirements.txt
	@test -n "$(PYTHON)" || { echo "needs Python 3.11 or 3.12: put it on the PATH or say PYTHON=/path/to/python3.12"; exit 5; }
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.txt
	@env -u PYTHONDONTWRITEBYTECODE $(PY) -m compileall -q -j 0 .venv/lib > /dev/null || true
	@touch $(STAMP)

.venv: $(STAMP) ## the virtual environment, from the hashed lock

.PHONY: run
run: $(STAMP) ## one day from the feeds to published warnings; leaves nothing running
	@$(HUB) run

.PHONY: verify
verify: $(STAMP) ## compare what was published with what the sandbox planted
	@$(HUB) verify

.PHONY: up
up: $(STAMP) ## start database, stand-in city and Airflow and keep them running
	@$(HUB) up

.PHONY: down
down: $(STAMP) ## stop everything 'make up' started
	@$(HUB) down

.PHONY: status
status: $(STAMP) ## what runs, what is published, what is wrong and what to do
	@$(HUB) status

.PHONY: fuzz
fuzz: $(STAMP) ## damage every feed's sample at random, FUZZ_EXAMPLES deliveries per table
	HUB_FUZZ_EXAMPLES=$(or $(FUZZ_EXAMPLES),100) .venv/bin/python -m pytest tests/fuzz -q

.PHONY: backfill
backfill: $(STAMP) ## load past days: FEED=... FROM=YYYY-MM-DD TO=YYYY-MM-DD [REFRESH=1] [RECONCILE=1]
	@test -n "$(FEED)" -a -n "$(FROM)" -a -n "$(TO)" || { echo "say FEED=<feed id> FROM=YYYY-MM-DD TO=YYYY-MM-DD"; exit 2; }
	@$(HUB) backfill --feed "$(FEED)" --from "$(FROM)" --to "$(TO)" $(if $(REFRESH),--refresh) $(if $(RECONCILE),--reconcile)

.PHONY: held quarantine alerts
held: $(STAMP) ## batches a gate holds, why, and what to do
	@$(HUB) held

quarantine: $(STAMP) ## rows set aside by feed and reason: [FEED=...] [REASON=code] [SINCE=YYYY-MM-DD] [ROWS=n]
	@$(HUB) quarantine $(if $(FEED),--feed "$(FEED)") $(if $(REASON),--reason "$(REASON)") \
	  $(if $(SINCE),--since "$(SINCE)") $(if $(ROWS),--rows "$(ROWS)")

.PHONY: drift
drift: $(STAMP) ## how deliveries differed from their declarations: [FEED=...] [SINCE=YYYY-MM-DD]
	@$(HUB) drift $(if $(FEED),--feed "$(FEED)") $(if $(SINCE),--since "$(SINCE)")

alerts: $(STAMP) ## bring the alerts up to date with the ledger and list the open ones
	@$(HUB) alerts

.PHONY: publications rollback backup restore
publications: $(STAMP) ## the newest publications, and which can be rolled back to
	@$(HUB) publications

rollback: $(STAMP) ## publish again what an earlier publication said: TO=<publication> REASON='...' [BY=name]
	@test -n "$(TO)" -a -n "$(REASON)" || { echo "say TO=<publication> REASON='...'"; exit 2; }
	@$(HUB) rollback --to "$(TO)" --reason "$(REASON)" $(if $(BY),--by "$(BY)")

backup: $(STAMP) ## save database and received bytes: TO=<new folder> [LANDING=0]
	@test -n "$(TO)" || { echo "say TO=<new folder>"; exit 2; }
	@$(HUB) backup --to "$(TO)" $(if $(filter 0,$(LANDING)),--no-landing)

restore: $(STAMP) ## bring a backup back into an empty hub: FROM=<folder> [REPLACE=1]
	@test -n "$(FROM)" || { echo "say FROM=<folder>"; exit 2; }
	@$(HUB) restore --from "$(FROM)" $(if $(REPLACE),--replace)

.PHONY: migrate
migrate: $(STAMP) ## bring the database's schema up to date
	@$(HUB) migrate

# The tests choose their own cities and homes: a setting of the caller must not reach them.
UNSET := env -u SCALE -u SEED -u CITY_FROM -u AS_OF -u HUB_HOME -u DATABASE_URL
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: test
test: $(STAMP) ## all tests
	@$(UNSET) $(PY) -m pytest $(PARALLEL) $(TESTS)

.PHONY: test-fast
test-fast: $(STAMP) ## the tests that need no PostgreSQL, no Airflow and no city: under two minutes
	@$(UNSET) $(PY) -m pytest $(PARALLEL) -m fast $(TESTS)

.PHONY: coverage
coverage: $(STAMP) ## which lines the tests reach: [TESTS=...]; the report in HUB_HOME/coverage/index.html
	@mkdir -p "$(HUB_HOME)"
	@home="$$(cd "$(HUB_HOME)" && pwd)" && $(UNSET) COVERAGE_FILE="$$home/.coverage" $(PY) -m pytest $(PARALLEL) \
	  --cov --cov-report=term:skip-covered --cov-report=html:"$$home/coverage" $(TESTS)

.PHONY: histories
histories: $(STAMP) ## thirty random histories of 15 days, each compared with a rebuild (an hour): [JOBS=2]
	@env -u DATABASE_URL $(PY) -m tests.histories --jobs $(or $(JOBS),2)

.PHONY: worlds
worlds: $(STAMP) ## every rule against its second reading over new random worlds, EXAMPLES days of them
	@env -u DATABASE_URL HUB_WORLD_EXAMPLES=$(or $(EXAMPLES),30) $(PY) -m pytest tests/random_worlds -q

.PHONY: mutants
mutants: $(STAMP) ## break every rule on purpose, over a hundred ways: the random worlds must see each (long): [OF=<model>,<model>]
	@env -u DATABASE_URL HUB_MUTANTS_OF='$(OF)' $(PY) -m pytest tests/random_worlds/mutants.py -q -s

.PHONY: faults
faults: $(STAMP) ## kill loader, dbt, publisher and server at every boundary, compare with an undisturbed twin
	@env -u DATABASE_URL $(PY) -m tests.faults $(if $(AIRFLOW),--airflow $(AIRFLOW))

.PHONY: matrix
matrix: $(STAMP) ## ten days and more of several cities, each day compared with what was planted (an hour): [CITIES='...' JOBS=2 AIRFLOW=0]
	@env -u DATABASE_URL -u AS_OF $(PY) -m tests.matrix --jobs $(or $(JOBS),2) $(if $(filter 0,$(AIRFLOW)),--without-airflow) $(CITIES)

.PHONY: bench-intake
bench-intake: $(STAMP) ## p50 and p95 of the check at intake with 8 clients, on a hub that has run: [BUILD=1] while dbt builds
	@$(PY) -m tests.benchmarks.intake $(if $(BUILD),--during-build)

.PHONY: hostile-size
hostile-size: $(STAMP) ## a delimited file of GB=5 gigabytes through the loader: every row is there, memory does not grow
	@env -u DATABASE_URL $(PY) -m tests.hostile.size $(if $(GB),--gigabytes $(GB))

.PHONY: bench-linkage
bench-linkage: $(STAMP) ## precision and recall of the linkage beside plain Splink, on sandbox cities and FEBRL
	@$(PY) -m tests.benchmarks.linkage bench

.PHONY: lint
lint: $(STAMP) ## ruff, mypy (strict, the tests too), the import contract, tables read by name, sqlfluff
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-cache
	$(PY) -m tools.tables
	$(PY) -m sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/tests

.PHONY: audit
audit: $(STAMP) ## known vulnerabilities of the lock; needs the internet, and fails where it cannot ask
	@$(PY) -m tools.audit requirements.txt

.PHONY: new-feed new-rule
new-feed: $(STAMP) ## write what a feed needs, with what is left to fill in: FEED=domain/name PROTOCOL=sftp [FORMAT=csv]
	@test -n "$(FEED)" -a -n "$(PROTOCOL)" || { echo "say FEED=domain/name PROTOCOL=sftp|rest|soap|sql [FORMAT=csv]"; exit 2; }
	@$(PY) -m tools.scaffold feed "$(FEED)" --protocol "$(PROTOCOL)" --format "$(FORMAT)"

new-rule: $(STAMP) ## write what a rule needs, with what is left to fill in: RULE=name
	@test -n "$(RULE)" || { echo "say RULE=name"; exit 2; }
	@$(PY) -m tools.scaffold rule "$(RULE)"

# The site is built from the pages, and the reference pages from the code: both read this checkout only.
.PHONY: docs docs-serve
docs: $(STAMP) ## write the reference pages anew and build the documentation into site/ (opens without a server)
	@$(PY) -m tools.reference
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet
	@echo "site/index.html"

docs-serve: $(STAMP) ## show the documentation on this machine and build it again when a page changes
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs serve

.PHONY: lock
lock: ## compile requirements.txt from requirements.in (needs uv and a package index)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	  --only-binary :all: --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" requirements.in -o requirements.txt

.PHONY: clean
clean: ## stop everything and delete HUB_HOME with all data in it
	@if [ -x $(PY) ]; then $(HUB) down; fi
	rm -rf -- "$(HUB_HOME)" dbt_project/target dbt_project/logs site
