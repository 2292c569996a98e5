#!/usr/bin/env bash
# A program in C99 trains the demo's network by the C interface; Python's ctypes does so too. Both on made-up images.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${MILLRACE_BUILD:-$root/build}
[ -e "$build/lib/libmillrace_c.so" ] || { echo "libmillrace_c.so was not built"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
mkdir tmp
export TMPDIR=$scratch/tmp

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
config=$root/configs/fashion_mnist/lenet.py
overrides=(train_dataloader.dataset.data_root=. val_dataloader.dataset.data_root=. test_dataloader.dataset.data_root=.
           train_dataloader.batch_size=20 train_cfg.max_epochs=2 "default_hooks.checkpoint.save_best=None")

flags=(-std=c99 -pedantic -Wall -Wextra -Werror -I"$root" -L"$build/lib" -lmillrace_c "-Wl,-rpath,$build/lib" -Wl,--allow-shlib-undefined)
"${CC:-cc}" "$root/tests/c_api/trainer.c" -o trainer "${flags[@]}" ${MILLRACE_C_FLAGS:-}
echo '#include <millrace/c_api.h>' | "${CXX:-c++}" -std=c++11 -pedantic -Wall -Werror -I"$root" -fsyntax-only -x c++ -
exported=$(nm -D --defined-only "$build/lib/libmillrace_c.so" | awk '{print $3}' | grep -v '^millrace_' || true)
[ -z "$exported" ] || { echo "libmillrace_c.so shows other symbols: $exported"; exit 1; }
./trainer "$config" "${overrides[@]}"

# The program of docs/c_api.md.
"$root/tools/extract_docs" "$root/docs/c_api.md" . >/dev/null
"${CC:-cc}" c_api.c -o c_api "${flags[@]}" ${MILLRACE_C_FLAGS:-}
./c_api "$config" "${overrides[@]}" >shown.txt || { cat shown.txt; exit 1; }
grep -qx 'image 0 is a .*' shown.txt || { cat shown.txt; exit 1; }
python3 "$root/tests/c_api/by_ctypes.py" "$build/lib/libmillrace_c.so" "$config" "${overrides[@]}"
[ "$(ls tmp | grep -c '^millrace_run_' || true)" = 0 ] || { echo "folders of runs were left behind"; exit 1; }
