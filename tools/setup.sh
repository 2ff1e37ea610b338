#!/usr/bin/env bash
# Makes .venv with the Python of .python-version and installs a hash-pinned lock into it.
# usage: tools/setup.sh LOCKFILE
set -euo pipefail
cd "$(dirname "$0")/.."
lock=$1
wanted=$(cat .python-version)

find_python() {
  local candidate
  if command -v "python$wanted" >/dev/null && "python$wanted" -c '' 2>/dev/null; then
    command -v "python$wanted"
    return
  fi
  if command -v pyenv >/dev/null; then
    candidate=$(pyenv versions --bare 2>/dev/null | grep -E "^${wanted//./\\.}\." | sort -V | tail -n 1 || true)
    if [ -n "$candidate" ] && candidate="$(pyenv root)/versions/$candidate/bin/python" && [ -x "$candidate" ]; then
      echo "$candidate"
      return
    fi
  fi
  if command -v uv >/dev/null; then
    uv python find "$wanted" 2>/dev/null || { uv python install "$wanted" >&2 && uv python find "$wanted"; }
  fi
}

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$wanted')"; then
  python=$(find_python || true)
  if [ -z "$python" ]; then
    echo "Python $wanted was not found. Install it (for example 'uv python install $wanted' or 'pyenv install $wanted') and run this again." >&2
    exit 1
  fi
  echo "making .venv with $python" >&2
  rm -rf .venv
  "$python" -m venv .venv
fi

echo "installing $lock (the first time this takes a minute or two)" >&2
if command -v uv >/dev/null; then
  uv pip install --quiet --python .venv/bin/python --require-hashes --no-deps -r "$lock"
else
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$lock"
fi
