#!/usr/bin/env bash
# The config that docs/commands.md shows for `config validate` has the mistakes that stand below it.
set -eu
cd "$(dirname "$0")/../.."
program=$(realpath "${MILLRACE_BUILD:-build}/bin/millrace")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tools/extract_docs docs/commands.md "$scratch" >"$scratch/files"
cd "$scratch"
code=0
"$program" config validate shirts.py >said.txt || code=$?
diff shirts.txt said.txt
[ "$code" = 2 ]
