#!/usr/bin/env bash
# The project of docs/own_parts.md and an example in C build with an installed Millrace, by what it has installed alone.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${MILLRACE_BUILD:-$root/build}
torch=$(sed -n 's/^MILLRACE_TORCH:PATH=//p' "$build/CMakeCache.txt")
[ -n "$torch" ] || torch=$("$root/tools/find_torch")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

for file in bin/millrace lib/libmillrace_c.so lib/libmillrace_zoo_classification.mmpretrain.so; do
  [ -e "$build/$file" ] || { echo "$file was not built"; exit 77; }
done
cmake --install "$build" --prefix "$scratch/prefix" >/dev/null
export MILLRACE_TORCH=$torch
doc=$scratch/prefix/share/doc/millrace
for file in CONTRIBUTING.md docs/own_parts.md docs/shipping.md docs/threads.md examples/embedded.cpp examples/CMakeLists.txt; do
  [ -e "$doc/$file" ] || fail "$file is not installed"
done

mkdir "$scratch/waves"
cd "$scratch/waves"
"$root/tools/extract_docs" "$doc/docs/own_parts.md" . >/dev/null
echo 'target_link_libraries(waves PRIVATE millrace::precompiled)' >>CMakeLists.txt
cmake -B build -DCMAKE_PREFIX_PATH="$scratch/prefix" -DCMAKE_BUILD_TYPE=Debug >configure.txt 2>&1 || { cat configure.txt; fail "configuring the parts"; }
cmake --build build >build.txt 2>&1 || { tail -30 build.txt; fail "building the parts"; }
build/waves train config.py >out.txt 2>log.txt || { tail log.txt; fail "training with the parts"; }
grep -q 'wave/worst is small enough' log.txt || { tail log.txt; fail "the hook did not end the training"; }

cd "$scratch"
cmake -S "$doc/examples" -B examples -DCMAKE_PREFIX_PATH="$scratch/prefix" -DCMAKE_BUILD_TYPE=Debug >configure.txt 2>&1 ||
  { cat configure.txt; fail "configuring the examples"; }
cmake --build examples --target train_and_predict >build.txt 2>&1 || { tail -30 build.txt; fail "building the example in C"; }
examples/train_and_predict >out.txt || fail "running the example in C"
grep -qx '(0.1, 0.2) is on the inner ring' out.txt || { cat out.txt; fail "the example in C learns nothing"; }
