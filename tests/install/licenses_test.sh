#!/usr/bin/env bash
# LICENSES.md names every package that the installed libraries load.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${MILLRACE_BUILD:-$root/build}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for file in bin/millrace lib/libmillrace_zoo_classification.mmpretrain.so lib/libmillrace_imaging.so; do
  [ -e "$build/$file" ] || { echo "$file was not built"; exit 77; }
done
command -v dpkg-query >/dev/null || { echo "dpkg is not here to ask for packages"; exit 77; }
cmake --install "$build" --prefix "$scratch/prefix" >/dev/null
packages=$("$root/tools/linked_packages" "$scratch/prefix")
grep -q . <<<"$packages" || { echo "FAILED: nothing is linked"; exit 1; }

# Another release of Debian counts otherwise: libfmt9, libfmt10, libcurl4t64.
missing=$(sed -E 's/t64$//; s/[0-9.]+$//' <<<"$packages" | while read -r stem; do
  grep -qE "\`${stem//+/\\+}[0-9.]*\`" "$root/LICENSES.md" || echo "$stem"
done)
[ -z "$missing" ] || { echo "FAILED: LICENSES.md lacks" $missing; exit 1; }
