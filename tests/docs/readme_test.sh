#!/usr/bin/env bash
# The config that README.md shows trains: two batches of everything.
set -eu
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tools/extract_docs README.md "$scratch" >"$scratch/files"
if [ ! -e /usr/share/datasets/fashion-mnist ]; then
  echo "the Debian package dataset-fashion-mnist is not installed"
  exit 77
fi
"${MILLRACE_BUILD:-build}/bin/millrace" train "$scratch/shirts.py" --dry-run
