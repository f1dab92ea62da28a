#!/bin/sh
# Write requirements.lock and requirements-dev.lock anew from pyproject.toml: every package
# pinned, with hashes, for all systems and Pythons that renkei supports.
#
#   tools/lock.sh            keep the pinned versions that still fit
#   tools/lock.sh --upgrade  take the newest versions that fit
#
# The tool that resolves (uv) lives in a throwaway environment. No line of a lock names where the
# packages come from: that is for the machine that installs them to say.
set -eu
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

echo "Installing the resolver in a temporary folder."
"$python" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install -q --disable-pip-version-check uv

# One version for all Pythons where there is one: the same lock then gives the same results.
resolve() {
  "$scratch/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
    --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    "$@"
}

# $1 = the lock to finish. Leaves out what names a source, and the range of Pythons given to the
# resolver by pyproject.toml (`environments`), which pip would take for a reason to skip a package.
finish() {
  {
    echo "# Written by tools/lock.sh; do not edit."
    grep -v -E '^[[:space:]]*(--(extra-)?index-url|--find-links|-i |-f |#)' "$scratch/lock" |
      sed -e "s/ ; python_full_version < '3\.14\.1'\( *\\\\*\)\$/\1/" \
        -e "s/python_full_version < '3\.14\.1' and //"
  } >"$scratch/finished"
  # A package that only older Pythons need may say so; one in two versions may not.
  if grep -o '^[a-z0-9._-]*==' "$scratch/finished" | sort | uniq -d | grep .; then
    echo "tools/lock.sh: these are there in several versions, for some Pythons each; $1 is left as it was." >&2
    exit 1
  fi
  if grep -n '://' "$scratch/finished"; then
    echo "tools/lock.sh: the lines above name a place to download from; $1 is left as it was." >&2
    exit 1
  fi
  cp "$scratch/finished" "$1"
  echo "$1: $(grep -c '==' "$1") packages."
}

echo "Resolving what development needs."
if [ -f requirements-dev.lock ]; then cp requirements-dev.lock "$scratch/lock"; fi
resolve pyproject.toml --group build --group dev --output-file "$scratch/lock" "$@"
finish requirements-dev.lock

echo "Resolving what running needs, in the same versions."
rm -f "$scratch/lock"
resolve pyproject.toml --group build --constraint requirements-dev.lock --output-file "$scratch/lock"
finish requirements.lock

# The simulators that `renkei bench` compares with: each for an environment of its own, so each resolved alone.
for named in src/renkei/bench/locks/*.in; do
  echo "Resolving $named."
  rm -f "$scratch/lock"
  locked=${named%.in}.lock
  if [ -f "$locked" ]; then cp "$locked" "$scratch/lock"; fi
  resolve "$named" --output-file "$scratch/lock" "$@"
  finish "$locked"
done
