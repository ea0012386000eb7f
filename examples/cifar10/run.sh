#!/usr/bin/env bash
# Trains ResNet-20 on CIFAR-10 as the pictures are, with flips and shifts, and with CutMix as well, and evaluates each.
#   run.sh BUILD [EPOCHS [SEED]]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
root=$(cd "$here/../.." && pwd)
epochs=${2:-40} seed=${3:-1}
work=$build/cifar10
mkdir -p "$work"

data=
for candidate in "${LATHE_DATA:-}/cifar10" "$root/../shared/data/cifar10"; do
  if [ -e "$candidate/data_batch_1.bin.gz" ] || [ -e "$candidate/data_batch_1.bin" ]; then data=$candidate; break; fi
done
if [ -z "$data" ]; then
  echo "There is no CIFAR-10 in \$LATHE_DATA or ../shared/data. Its binary version is at" >&2
  echo "https://www.cs.toronto.edu/~kriz/cifar.html: set LATHE_DATA to a folder whose cifar10/ holds its .bin files." >&2
  exit 1
fi

# NAME, and the sed script that makes its model of model.yaml.
train_one() {
  local name=$1 changes=$2
  printf '\n== %s\n' "$name"
  sed -e "s/^name: .*/name: $name/; s/epochs: 40/epochs: $epochs/" -e "$changes" "$here/model.yaml" >"$work/$name.yaml"
  "$build/bin/lathe" compile "$work/$name.yaml" -o "$work"
  "$work/$name" train --data "$data" --seed "$seed" --epochs "$epochs" --save "$work/$name-$seed.safetensors"
  "$work/$name" evaluate --data "$data" --weights "$work/$name-$seed.safetensors"
}
train_one plain '/^augment:/,/^layers:/{/^layers:/!d}'
train_one flips ''
# CutMix in the first half: the second one finishes on whole pictures.
train_one cutmix "/^layers:/i\\  - CutMix: {probability: 0.5, off_epoch: $(((epochs + 1) / 2))}"
