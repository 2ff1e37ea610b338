# Needs git, make and Python 3.10 (on the PATH, or through uv or pyenv). Everything else is made here.
.PHONY: run test check unit browser clean

VENV := .venv
PYTHON := $(VENV)/bin/python

run: $(VENV)/.runtime
	@$(PYTHON) -m bot run

test: $(VENV)/.development
	@tools/test.sh

check: $(VENV)/.development
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

$(VENV)/.runtime: requirements.lock tools/setup.sh
	@tools/setup.sh requirements.lock
	@touch $@

$(VENV)/.development: requirements-dev.lock tools/setup.sh
	@tools/setup.sh requirements-dev.lock
	@touch $@ $(VENV)/.runtime

clean:
	rm -rf $(VENV) var models reports
