# Everything one does with Usher. Needs Python 3.11 or newer and make; `make run` and `make test` set up the rest.

VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
PYTHON ?= $(shell command -v python3.11 2>/dev/null || command -v python3 2>/dev/null)
COMPILE = pip compile --upgrade --python-version 3.11 --universal --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links -q pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run snapshot test check faults chaos audit lock benchmark screenshots clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/runtime.stamp ## Start everything on this machine, with SNAPSHOT=dump.rdb on its data; Ctrl-C stops it
	@exec $(BIN)/python -m usher up --with-parent $(if $(SNAPSHOT),--snapshot "$(SNAPSHOT)")

snapshot: $(VENV)/runtime.stamp ## Write the data of the running server to dump.rdb
	@exec $(BIN)/python -m usher snapshot

test: $(VENV)/dev.stamp ## Run all tests; gets their browser if there is none
	@$(BIN)/python -m tests.machine
	@PATH="$$PATH:$(CURDIR)/var/machine/bin" $(BIN)/pytest -n 2 --dist loadscope $(ARGS)

check: $(VENV)/dev.stamp ## Lint, format, types, architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

benchmark: $(VENV)/dev.stamp ## Measure beside peers, and print the ratios; one part: ARGS=jobs
	@$(BIN)/python -m benchmarks $(ARGS)

screenshots: $(VENV)/dev.stamp ## Make the pictures of the documents, docs/images/*.png
	@$(BIN)/python -m tests.machine
	@PATH="$$PATH:$(CURDIR)/var/machine/bin" SCREENSHOTS=docs/images $(BIN)/pytest tests/browser/test_screenshots.py $(ARGS)

faults: $(VENV)/dev.stamp ## Bring about each fault, and write what each instrument says into docs/faults.md
	@$(BIN)/python -m tests.machine
	@PATH="$$PATH:$(CURDIR)/var/machine/bin" $(BIN)/pytest tests/system/faults --write-faults $(ARGS)

chaos: $(VENV)/dev.stamp ## Hurt a system of its own and judge what it did: SEED=7 SECONDS=120
	@$(BIN)/python -m chaos $(if $(SEED),--seed "$(SEED)") $(if $(SECONDS),--seconds "$(SECONDS)")

audit: $(VENV)/dev.stamp ## Say which dependencies are behind their newest version
	@$(BIN)/python -m ops.pins

lock: ## Write requirements*.txt anew from pyproject.toml
ifeq ($(UV),)
	@test -x var/uv/bin/uv || { $(PYTHON) -m venv var/uv && var/uv/bin/pip install -qq --disable-pip-version-check uv; }
endif
	@$(or $(UV),var/uv/bin/uv) $(COMPILE) -o requirements.txt
	@$(or $(UV),var/uv/bin/uv) $(COMPILE) --group dev -c requirements.txt -o requirements-dev.txt

clean: ## Remove the environment and the caches; the data in var/redis stays
	@rm -rf $(VENV) var/uv var/log .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

# Each stamp is as old as the last installation; a newer lock makes it due again. The development lock holds all of
# the other, at the same versions, so whoever has it needs no second installation.
$(VENV)/runtime.stamp: requirements.txt | $(BIN)/python
	@test $(VENV)/dev.stamp -nt requirements.txt || { echo "Installing what Usher needs" && $(call install,$<); }
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(BIN)/python
	@echo "Installing what Usher and its tests need"
	@$(call install,$<)
	@touch $@

install = $(if $(UV),uv pip install -q --python $(BIN)/python --require-hashes -r $(1),$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r $(1))

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "usher: there is no Python here; install version 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo >&2 \
		"usher: $(PYTHON) is not Python 3.11 or newer; name one that is: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) >&2 || { rm -rf $(VENV); echo >&2 \
		"usher: $(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
