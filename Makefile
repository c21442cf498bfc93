# A newcomer needs Python 3.11 or newer (with venv), git and make; the rest is fetched into .tools and .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

PYTHON ?= python3
UV := .tools/bin/uv
SAM := .tools/sam/bin/sam
BIN := .venv/bin
PYTEST_ARGS ?=

export SAM_CLI_TELEMETRY := 0
# sam asks for a region even where it calls nothing
export AWS_DEFAULT_REGION ?= us-east-1
# the first would make every import compile anew, the second would send calls to local stores through a foreign set of authorities
unexport PYTHONDONTWRITEBYTECODE AWS_CA_BUNDLE

.PHONY: help
help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

# ---- tools -----------------------------------------------------------------------------------------------------------

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ventanilla needs Python 3.11 or newer: make PYTHON=python3.13 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "this Python has no venv: on Debian and Ubuntu, apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install -q --disable-pip-version-check 'uv>=0.13,<0.14'

# the makefile of a moved or half-made environment starts it over
.venv/.synced: requirements/dev.txt pyproject.toml | $(UV)
	@$(BIN)/python -c '' 2>/dev/null || $(UV) venv -q --clear --python $(PYTHON) .venv
	$(UV) pip sync -q --python $(BIN)/python --require-hashes --compile-bytecode requirements/dev.txt
	$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# in an environment of its own: it pins another boto3
$(SAM): | $(UV)
	$(UV) venv -q --clear --python $(PYTHON) .tools/sam
	$(UV) pip install -q --python .tools/sam/bin/python --compile-bytecode aws-sam-cli==1.170.0

# a store on disk with real transactions and streams; five minutes of compiling, once
DYNOXIDE := $(or $(shell command -v dynoxide),.tools/dynoxide/bin/dynoxide)
export PATH := $(PATH):$(abspath .tools/dynoxide/bin)

.tools/dynoxide/bin/dynoxide:
	@command -v cargo >/dev/null || { echo "dynoxide is compiled with Rust: on Debian and Ubuntu, apt-get install cargo" >&2; exit 1; }
	cargo install -q dynoxide-rs --locked --version 3.2.0 --root .tools/dynoxide

# a relying party that we did not write: its lock, too, carries hashes and no address
NODE_SERVICE := tests/relying_parties/node
NODE_MODULES := $(NODE_SERVICE)/node_modules/.package-lock.json

$(NODE_MODULES): $(NODE_SERVICE)/package.json $(NODE_SERVICE)/package-lock.json
	@command -v npm >/dev/null || { echo "the tests run a service on npm's openid-client: on Debian and Ubuntu, apt-get install nodejs npm" >&2; exit 1; }
	@! grep -n '"resolved"' $(NODE_SERVICE)/package-lock.json
	npm ci --prefix $(NODE_SERVICE) --silent --no-audit --no-fund
	@touch $@

.PHONY: dynoxide
dynoxide: $(DYNOXIDE) ## the durable store (found, or compiled by cargo)

# ---- work ------------------------------------------------------------------------------------------------------------

.PHONY: run
run: .venv/.synced $(if $(filter dynoxide,$(STORE)),dynoxide) $(if $(filter ric,$(RUNTIME)),build-local) ## everything at http://127.0.0.1:8000 (PORT=, STORE=moto|dynoxide, RUNTIME=inproc|ric)
	$(BIN)/python -m local

.PHONY: test
test: .venv/.synced $(NODE_MODULES) ## the tests of every change, in minutes (PYTEST_ARGS="-k inbox")
	$(BIN)/python -m pytest -q -n 2 -m "not engine and not slow and not runtime and not browser" $(PYTEST_ARGS)
	$(BIN)/python -m pytest -q -n 2 -m browser tests/browser $(PYTEST_ARGS)

.PHONY: test-slow
test-slow: .venv/.synced build-local ## crashes at every call, races, floods, fuzzing, grants, and the built functions
	$(BIN)/python -m pytest -q -n 2 -m "(slow or runtime) and not engine" $(PYTEST_ARGS)

.PHONY: test-engine
test-engine: .venv/.synced dynoxide $(NODE_MODULES) ## adapters and flows on the durable store
	STORE=dynoxide $(BIN)/python -m pytest -q -n 2 tests/adapters tests/flows $(PYTEST_ARGS)

.PHONY: test-all
test-all: test test-slow test-engine ## all three

.PHONY: check
check: .venv/.synced $(SAM) build ## style, types, directions, template, portals
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(SAM) validate --lint
	$(BIN)/ventanilla portal check $(wildcard portals/*.toml)

.PHONY: format
format: .venv/.synced ## puts the code in its form
	$(BIN)/ruff check -q --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: .venv/.synced build-local ## what each operation costs, and the first answer of a new process
	$(BIN)/python -m bench

# ---- packages --------------------------------------------------------------------------------------------------------

# the processor of template.yaml's parameter Architecture
ARCHITECTURE ?= arm64
build: export LAYER_PLATFORM := $(if $(filter x86_64,$(ARCHITECTURE)),x86_64,aarch64)-manylinux_2_34

.PHONY: build
build: $(UV) $(SAM) ## what is deployed, into .aws-sam/build (ARCHITECTURE=arm64|x86_64)
	$(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE)

.PHONY: web
web: ## the pages into their bucket (BUCKET=, DISTRIBUTION= to have its caches forget the old ones)
	@test -n "$(BUCKET)" || { echo "make web BUCKET=… (the stack's output WebBucket)" >&2; exit 1; }
	aws s3 sync web s3://$(BUCKET) --delete --exclude '*.md' --cache-control 'public, max-age=300, must-revalidate'
	$(if $(DISTRIBUTION),aws cloudfront create-invalidation --distribution-id $(DISTRIBUTION) --paths '/*')

.PHONY: build-local
build-local: .aws-sam/local/template.yaml ## the same for this machine and its Python, into .aws-sam/local

# an empty platform is this machine's
.aws-sam/local/template.yaml: template.yaml requirements/runtime.txt requirements/documents.txt docs/openapi.json $(shell find layers portals -type f -not -name '*.pyc') | .venv/.synced $(SAM)
	LAYER_PLATFORM= LAYER_PYTHON=$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])') $(SAM) build --build-dir .aws-sam/local >/dev/null
	@touch $@

# Locks carry hashes and no address: any registry will do that has the same files.
LOCK := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate
.PHONY: lock
lock: $(UV) ## requirements/*.txt anew, from pyproject.toml (LOCK_ARGS=--upgrade)
	$(LOCK) $(LOCK_ARGS) pyproject.toml -o requirements/runtime.txt
	$(LOCK) $(LOCK_ARGS) -c requirements/runtime.txt --extra documents $$(sed -nE 's/^([a-z0-9-]+)==.*/--no-emit-package \1/p' requirements/runtime.txt) pyproject.toml -o requirements/documents.txt
	$(LOCK) $(LOCK_ARGS) -c requirements/runtime.txt -c requirements/documents.txt --extra cli --extra documents --group dev pyproject.toml -o requirements/dev.txt
	@! grep -n '://' requirements/*.txt

.PHONY: clean
clean: ## away with what was built; tools and the local store's data stay
	rm -rf .venv .aws-sam .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -not -path './.tools/*' -prune -exec rm -r {} +
