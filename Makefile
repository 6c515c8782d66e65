# Two commands do all the set-up on a fresh Debian or Ubuntu with Python 3.11 and git:
#   make demo   a narrated run on a throw-away copy of this repository
#   make test   lint, types, layers and the tests
# Each makes .venv and installs into it, again only when pyproject.toml has changed.

.DELETE_ON_ERROR:
.PHONY: demo test lint bench zipapp clean

VENV   := .venv
BIN    := $(VENV)/bin
PY     := $(BIN)/python
PIP    := $(PY) -m pip --disable-pip-version-check --quiet
# PYTHON=/path/to/python names another one; without it the first that is new enough is taken.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
            if $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$each; break; fi; done)

demo: $(VENV)/.installed
	$(BIN)/gitcoord demo

test: lint
	$(BIN)/pytest -n 2

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev
	$(PY) tests/bench/run.py

# One file that needs only Python 3.11 and git: docs/zipapp.md.
zipapp: $(VENV)/.installed
	$(PY) -P -m gitcoord.cli.single_file dist/gitcoord.pyz

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@if [ -z "$(PYTHON)" ]; then \
	  echo "gitcoord needs Python 3.11 or newer, and none was found." >&2; \
	  echo "Debian, Ubuntu: sudo apt install python3 python3-venv   (or: make PYTHON=/path/to/python)" >&2; exit 1; fi
	@command -v git >/dev/null || { echo "gitcoord needs git: sudo apt install git" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  version=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "Python $$version is here, its venv module is not." >&2; \
	  echo "Debian, Ubuntu: sudo apt install python$$version-venv, then run make again." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade pip
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	$(PIP) install -e .
	@touch $@

# The tests need everything that the demo needs, so that one install serves both.
$(VENV)/.installed-dev: $(VENV)/.made pyproject.toml
	$(PIP) install -e '.[dev]'
	@touch $(VENV)/.installed $@
