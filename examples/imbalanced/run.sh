#!/usr/bin/env bash
# Trains on a set that is made unequal on purpose: as it is, weighted and oversampled, for the same number of samples, and
# evaluates on as many test images of each class.
#   run.sh BUILD [SAMPLES]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
root=$(cd "$here/../.." && pwd)
samples=${2:-240000}
work=$build/imbalanced
mkdir -p "$work"

full=
for candidate in "${LATHE_DATA:-}/fashion-mnist" "$root/../shared/data/fashion-mnist"; do
  if [ -e "$candidate/train-images-idx3-ubyte.gz" ]; then full=$candidate; break; fi
done
if [ -z "$full" ]; then
  echo "There is no Fashion-MNIST in \$LATHE_DATA or ../shared/data: these are shapes that the example draws."
  full=$work/shapes
  "$build/bin/draw-shapes" "$full"
fi
counts=$("$build/bin/thin-out" "$full" "$work/data" 100)
echo "$counts"
read -r total _ <<<"$counts"
read -r largest _ <<<"${counts#*:}"

# NAME, what is added to `fit`, and the samples of an epoch.
train_one() {
  local name=$1 added=$2 epoch=$3
  printf '\n== %s\n' "$name"
  sed "s/^name: .*/name: $name/; s/^fit: {/fit: {$added/" "$here/model.yaml" >"$work/$name.yaml"
  "$build/bin/lathe" compile "$work/$name.yaml" -o "$work"
  rm -f "$work/$name.safetensors"
  "$work/$name" train --data "$work/data" --save "$work/$name.safetensors" --epochs $((samples / epoch)) | tail -1
  "$work/$name" evaluate --data "$work/data" --weights "$work/$name.safetensors" --report
}
train_one plain "" "$total"
train_one weighted "class_weight: balanced, " "$total"
train_one oversampled "sampling: oversample, " $((10 * largest))
