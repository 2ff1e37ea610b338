#!/usr/bin/env bash
# Everything that CI runs, the fast things first. Stops at the first step that fails.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

step() { printf '\n== %s\n' "$*" >&2; }

step "format, lint, types"
"$bin/ruff" format --check --quiet .
"$bin/ruff" check --quiet .
"$bin/mypy"

step "content"
"$bin/python" -m bot content lint

step "tests"
"$bin/python" -m pytest -q "$@"
