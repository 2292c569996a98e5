#!/usr/bin/env bash
# An installation works without the source tree and the build: the command trains and predicts, a project of `init --cmake`
# builds against it and trains.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${MILLRACE_BUILD:-$root/build}
torch=$(sed -n 's/^MILLRACE_TORCH:PATH=//p' "$build/CMakeCache.txt")
[ -n "$torch" ] || torch=$("$root/tools/find_torch")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

for file in bin/millrace lib/libmillrace_zoo_classification.mmpretrain.so lib/libmillrace_imaging.so; do
  [ -e "$build/$file" ] || { echo "$file was not built"; exit 77; }
done
cmake --install "$build" --prefix "$scratch/packed" >/dev/null
mv "$scratch/packed" "$scratch/prefix"  # an installation may be moved
export MILLRACE_TORCH=$torch PATH=$scratch/prefix/bin:$PATH
cd "$scratch"

# Where the libraries come from: none from the build, none from the source tree.
LD_DEBUG=libs LD_DEBUG_OUTPUT=$scratch/libs millrace env >env.txt
if grep -h 'calling init: ' libs.* | grep -F "$build/"; then fail "the installed command loads from the build"; fi
grep -h 'calling init: ' libs.* | grep -F "$scratch/prefix/lib/libmillrace.so" >/dev/null || fail "the engine is not the installed one"

# A libtorch that is not the one of the build lies where the loader looks first.
mkdir other
${CXX:-c++} -shared -x c++ /dev/null -o other/libtorch_cpu.so
LD_LIBRARY_PATH=$scratch/other millrace env >other.txt 2>&1 || { cat other.txt; fail "another libtorch stands in the way"; }

millrace init spirals >/dev/null
(cd spirals && millrace train config.py train_cfg.max_epochs=3 --work-dir out >out.txt 2>log.txt) || { cat spirals/log.txt; fail "training points"; }

millrace init game --cmake >init.txt
cd game
cmake -B build -DCMAKE_PREFIX_PATH="$scratch/prefix" -DCMAKE_BUILD_TYPE=Debug >configure.txt 2>&1 || { cat configure.txt; fail "configuring the project"; }
cmake --build build >build.txt 2>&1 || { tail -30 build.txt; fail "building the project"; }
build/game train config.py --seed 1 >out.txt 2>log.txt || { tail log.txt; fail "training the project"; }
awk '$1 == "accuracy/top1" && $2 > 90 { good = 1 } END { exit !good }' out.txt || { cat out.txt; fail "the project learns nothing"; }
build/game test config.py "$(cat work_dirs/last_checkpoint)" >test.txt 2>log.txt || { tail log.txt; fail "testing the project"; }
build/game list SpiralDataset | grep samples >/dev/null || fail "the project's components are not listed"

# The program goes elsewhere (docs/shipping.md), in two layouts: without Millrace, with three files of libtorch, and without an
# environment.
cmake --install build --prefix "$scratch/ship" >/dev/null
mkdir -p "$scratch/ship/libtorch/lib" "$scratch/flat"
if [ -e "$torch/lib/libtorch_cpu.so" ]; then
  ln -s "$torch"/lib/libtorch_cpu.so "$torch"/lib/libc10.so "$torch"/lib/libgomp*.so* "$scratch/ship/libtorch/lib"
fi
mv "$scratch/ship" "$scratch/elsewhere"
cp "$scratch"/elsewhere/bin/game "$scratch"/elsewhere/lib/*.so "$scratch/flat"
ln -s ../elsewhere/libtorch "$scratch/flat/libtorch"
mv "$scratch/prefix" "$scratch/away"
for program in "$scratch/elsewhere/bin/game" "$scratch/flat/game"; do
  rm -f "$scratch"/libs.*
  env -i LD_DEBUG=libs LD_DEBUG_OUTPUT="$scratch/libs" "$program" train config.py train_cfg.max_epochs=1 --work-dir "$scratch/moved" \
    --overwrite >out.txt 2>log.txt || { tail log.txt; fail "$program: training where it was moved to"; }
  if grep -h 'calling init: ' "$scratch"/libs.* | grep -F -e "$build/" -e "$PWD/build/"; then fail "$program loads from a build"; fi
done
for package in $("$root/tools/linked_packages" "$scratch/elsewhere" | grep -vE '^lib(c6|gcc-s1)$'); do
  sed -n '/^```dockerfile/,/^```$/p' "$root/docs/shipping.md" | tr ' ' '\n' | sed -E 's/[0-9.]+$//' |
    grep -qFx "$(sed -E 's/t64$//; s/[0-9.]+$//' <<<"$package")" || fail "the Dockerfile of docs/shipping.md lacks $package"
done
mv "$scratch/away" "$scratch/prefix"

# Own images: a network that was trained on two colours tells them apart.
if [ -d "${MILLRACE_SHARED:-}/data/clothing192/train" ]; then
  cd "$scratch"
  mkdir photos
  for class in hat shoes; do
    mkdir "photos/$class"
    find "$MILLRACE_SHARED/data/clothing192/train/$class" -name '*.jpg' | sort | sed -n 1,20p | xargs -I{} cp {} "photos/$class/"
  done
  millrace init shop --data photos >init.txt
  predict=$(grep 'millrace predict' init.txt)
  cd shop
  millrace train config.py train_cfg.max_epochs=2 train_dataloader.batch_size=8 >out.txt 2>log.txt || { tail log.txt; fail "training images"; }
  eval "$predict" >predicted.txt || fail "predicting: $predict"
  [ "$(ls pics | wc -l)" = 1 ] || fail "no picture was drawn"
else
  echo "images were not trained on: there is no MILLRACE_SHARED"
fi
