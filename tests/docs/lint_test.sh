#!/usr/bin/env bash
# No room includes one above it, no core room includes libtorch, no file is too long.
set -eu
cd "$(dirname "$0")/../.."
exec tools/lint --fast
