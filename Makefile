# `make help` says what there is. Every target that needs Python calls `install` first; it is fast when nothing changed.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
# A story waits most of its time, so two processors keep four processes busy. They take file after file, in the order
# of tests/conftest.py.
PARALLEL := -n 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help install demo up test check lint secure audit soak bench package hubspot licences lock uv

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r target words; do printf '%-16s %s\n' "$$target" "$$words"; done

demo: install ## play the main job on the imitations, in front of you
	@$(BIN)/python -m local.demo

up: install ## the local stack, until stopped
	@$(BIN)/python -m local up

test: install ## all tests, four at a time
	@$(BIN)/python -m pytest $(PARALLEL)

check: lint secure ## format, lint, types, security, known holes and the fast tests
	$(BIN)/python -m pytest -m "not slow" $(PARALLEL)

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

secure: install audit
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive app.py chalicelib ops local infra

audit: install ## known holes in what is locked; offline it says that it could not ask
	@$(BIN)/python infra/audit.py

soak: install ## a simulated world that breaks everything, for MINUTES=30
	@$(BIN)/python -m tests.simulation.soak --minutes $(or $(MINUTES),30)

bench: install ## the benchmark tables
	@$(BIN)/python -m bench

package: install ## what is deployed to AWS: build/prod/sam.yaml and deployment.zip
	@$(BIN)/python -m ops.package --stage prod build/prod

licences: install ## docs/licences.md: the licence of everything that ships
	@$(BIN)/python -m ops.licences

hubspot: install ## HubSpot's developer project in build/hubspot-app; PUBLIC_URL=https://…, SETTINGS=settings.yaml
	@$(BIN)/python -m ops.hubspot_app $(if $(PUBLIC_URL),--public-url $(PUBLIC_URL)) $(if $(SETTINGS),--settings $(SETTINGS))

install: $(INSTALLED) ## make .venv with everything that the other targets need
	@:

lock: uv ## write dev.lock from dev.in, with hashes; then: make licences
	@uv=$$(command -v uv || echo .tools/bin/uv); "$$uv" pip compile --quiet --python-version 3.11 --generate-hashes --no-header --no-annotate dev.in -o dev.lock

# uv installs in seconds. Where it cannot be had, or finds no index, venv and pip install the same lock.
$(INSTALLED): dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which with PYTHON=…")'
	@$(MAKE) --no-print-directory uv || true
	@with_uv() { \
		uv=$$(command -v uv || command -v .tools/bin/uv) && \
		{ [ -x $(BIN)/python ] || "$$uv" venv --quiet --no-python-downloads --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv; } && \
		"$$uv" pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python dev.lock; \
	}; \
	with_pip() { \
		$(PYTHON) -m venv --clear .venv && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r dev.lock; \
	}; \
	with_uv || with_pip
	@touch $(INSTALLED)

uv:
	@command -v uv >/dev/null || [ -x .tools/bin/uv ] || $(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --require-hashes --target .tools --requirement infra/uv.txt
