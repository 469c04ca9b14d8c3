# Switchboard: `make run` on a fresh machine does everything; `make help` lists the rest.
# The machine's python3 when it is new enough, else the newest that is there.
PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11; do $$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && break; done || true)
ifeq ($(PYTHON),)
PYTHON := python3
endif
BIN := .venv/bin
# Quick suites first; those with a real Asterisk, real phones and real browsers last.
SLOW := tests/switchboard/asterisk tests/test_rescue.py tests/peers tests/asterisk tests/browser
TESTS ?= $(filter-out $(SLOW) tests/load tests/phones tests/fakes tests/switchboard,$(patsubst %/,%,$(wildcard tests/*/)) $(wildcard tests/test_*.py)) \
	$(filter-out $(SLOW),$(patsubst %/,%,$(wildcard tests/switchboard/*/)) $(wildcard tests/switchboard/test_*.py)) $(wildcard $(SLOW))

.DEFAULT_GOAL := help
.PHONY: help run setup setup-test test test-postgresql test-postgresql-web test-postgresql-others test-postgresql-part check bench format lock messages docs pictures bundle clean

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## set up what is missing and run the demo in the foreground (Ctrl-C ends it)
	@exec $(BIN)/switchboard run

setup: ## install what `make run` needs: packages, Asterisk, Python environment, browser bundle
	@$(PYTHON) -m setup run

setup-test: ## the same, and what the tests need
	@$(PYTHON) -m setup test

test: setup-test ## run every test (TESTS=tests/ivr for a part), the quick suites first, coverage at the end
	@$(BIN)/pytest --cov --cov-report=term $(TESTS)

# The suites that touch the database (the others would only do the same again), and the whole product with a real Asterisk; `make -j2` runs both halves at once.
ON_POSTGRESQL := tests/config tests/crm tests/agents tests/recordings $(filter-out tests/switchboard/asterisk,$(wildcard tests/switchboard/*.py)) \
	tests/switchboard/asterisk/test_journal.py tests/asterisk/test_a_call.py
test-postgresql: $(if $(TESTS_ON),test-postgresql-part,test-postgresql-web test-postgresql-others) ## run every suite that touches the database on PostgreSQL (TESTS_ON=tests/crm for a part)
test-postgresql-web: TESTS_ON := tests/web
test-postgresql-others: TESTS_ON := $(ON_POSTGRESQL)
test-postgresql-web test-postgresql-others test-postgresql-part: setup-test
	@SWITCHBOARD_TEST_DATABASE=postgresql $(BIN)/pytest $(TESTS_ON)

check: setup-test ## ruff, mypy --strict, import-linter, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: setup-test ## measure; the result goes to docs/benchmarks.md
	@$(BIN)/python -m tests.load

format: ## let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## pin the newest versions that pyproject.toml allows, with hashes
	uv pip compile --quiet --upgrade pyproject.toml --generate-hashes --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url -o requirements.txt
	uv pip compile --quiet --upgrade pyproject.toml --group dev --generate-hashes --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url -c requirements.txt -o requirements-dev.txt

messages: ## gather the sentences people see into config/translations/fa.po
	@$(BIN)/python -m config.translations.gather

docs: ## write the generated pages again (docs/settings.md)
	@$(BIN)/switchboard docs

pictures: setup-test ## photograph the README's pictures anew, on the whole product
	@$(BIN)/python -m tests.browser.pictures docs/images

bundle: ## build the browser bundle
	@$(PYTHON) -c 'from setup.bundle import build; print(build(print))'

clean: ## remove what can be made again (not the data in var/)
	rm -rf .venv build web/node_modules web/static/bundle .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
