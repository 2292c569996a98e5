#!/usr/bin/env bash
# A program in C99 trains the demo's network by the C interface; Python's ctypes does so too. Both on images of Fashion-MNIST where
# Debian's package is, else on made-up ones. MILLRACE_C_FLAGS: more flags of the C compiler; MILLRACE_C_RUN: a command that runs the
# program, such as valgrind.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${MILLRACE_BUILD:-$root/build}
[ -e "$build/lib/libmillrace_c.so" ] || { echo "libmillrace_c.so was not built"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir tmp
export TMPDIR=$scratch/tmp

data=/usr/share/datasets/fashion-mnist
if [ -e "$data/train-images-idx3-ubyte.gz" ]; then
  least=50
else
  data=.
  least=0
  # 200 images to train on and 60 to test on, whose brightness says the class.
python3 - <<'PY'
import random, struct
draw = random.Random(1)
for part, count in (("train", 200), ("t10k", 60)):
    labels = [draw.randrange(10) for _ in range(count)]
    pixels = bytes(min(255, label * 20 + draw.randrange(60)) for label in labels for _ in range(784))
    open(f"{part}-images-idx3-ubyte", "wb").write(struct.pack(">IIII", 0x803, count, 28, 28) + pixels)
    open(f"{part}-labels-idx1-ubyte", "wb").write(struct.pack(">II", 0x801, count) + bytes(labels))
PY
fi
config=$root/configs/fashion_mnist/lenet.py
overrides=(train_cfg.max_epochs=2 "default_hooks.checkpoint.save_best=None")
for part in train val test; do overrides+=("${part}_dataloader.dataset.data_root=$data"); done
if [ "$data" = . ]; then
  overrides+=(train_dataloader.batch_size=20)
else
  overrides+=(train_dataloader.dataset.indices=4000 val_dataloader.dataset.indices=1000 test_dataloader.dataset.indices=1000
              train_dataloader.batch_size=40)
fi

flags=(-std=c99 -pedantic -Wall -Wextra -Werror -I"$root" -L"$build/lib" -lmillrace_c "-Wl,-rpath,$build/lib" -Wl,--allow-shlib-undefined)
"${CC:-cc}" "$root/tests/c_api/trainer.c" -o trainer "${flags[@]}" ${MILLRACE_C_FLAGS:-}
echo '#include <millrace/c_api.h>' | "${CXX:-c++}" -std=c++11 -pedantic -Wall -Werror -I"$root" -fsyntax-only -x c++ -
exported=$(nm -D --defined-only "$build/lib/libmillrace_c.so" | awk '{print $3}' | grep -v '^millrace_' || true)
[ -z "$exported" ] || { echo "libmillrace_c.so shows other symbols: $exported"; exit 1; }
${MILLRACE_C_RUN:-} ./trainer "$least" "$config" "${overrides[@]}"

# The program of docs/c_api.md.
"$root/tools/extract_docs" "$root/docs/c_api.md" . >/dev/null
"${CC:-cc}" c_api.c -o c_api "${flags[@]}" ${MILLRACE_C_FLAGS:-}
./c_api "$config" "${overrides[@]}" >shown.txt || { cat shown.txt; exit 1; }
grep -qx 'image 0 is a .*' shown.txt || { cat shown.txt; exit 1; }

# The example.
[ -x "$build/examples/c/train_and_predict" ] || { echo "examples/c was not built"; exit 1; }
${MILLRACE_C_RUN:-} "$build/examples/c/train_and_predict" >example.txt || { cat example.txt; exit 1; }
printf '%s\n' '(0.1, 0.2) is on the inner ring' '(0.9, -0.8) is on the outer ring' '(-0.3, 0.0) is on the inner ring' >wanted.txt
head -1 example.txt | grep -Eq '^cancelled with (9[7-9]|100)\.[0-9] % right$' || { cat example.txt; exit 1; }
tail -n +2 example.txt | diff wanted.txt - || exit 1

python3 "$root/tests/c_api/by_ctypes.py" "$build/lib/libmillrace_c.so" "$config" "${overrides[@]}"
[ "$(ls tmp | grep -c '^millrace_run_' || true)" = 0 ] || { echo "folders of runs were left behind"; exit 1; }
