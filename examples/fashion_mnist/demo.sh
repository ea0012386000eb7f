#!/usr/bin/env bash
# Compiles the Fashion-MNIST model, trains it and classifies a few images.
#   demo.sh BUILD [--full]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
root=$(cd "$here/../.." && pwd)
full=${2:-}
work=$build/demo
mkdir -p "$work"

say() { printf '\n== %s\n' "$*"; }

files="train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte"
declare -A md5=(
  [train-images-idx3-ubyte]=8d4fb7e6c68d591d4c3dfef9ec88bf0d
  [train-labels-idx1-ubyte]=25c81989df183df01b3e8a0aad5dffbe
  [t10k-images-idx3-ubyte]=bef4ecab320f06d8554ea6380940ec79
  [t10k-labels-idx1-ubyte]=bb300cfdad3c16e7a12a480ee83cd310)

has_data() { for f in $files; do [ -f "$1/$f.gz" ] || [ -f "$1/$f" ] || return 1; done; }

download() {
  local folder=$work/fashion-mnist.part base=http://fashion-mnist.s3-website.eu-central-1.amazonaws.com
  mkdir -p "$folder"
  for f in $files; do
    curl -fsSL --connect-timeout 5 --max-time 300 -o "$folder/$f.gz" "$base/$f.gz" 2>/dev/null || return 1
    echo "${md5[$f]}  $folder/$f.gz" | md5sum --quiet -c - || return 1
  done
  mv "$folder" "$work/fashion-mnist"
}

data=
for candidate in "${LATHE_DATA:-}/fashion-mnist" "$root/../shared/data/fashion-mnist" "$work/fashion-mnist"; do
  if has_data "$candidate"; then data=$(cd "$candidate" && pwd); break; fi
done
if [ -z "$data" ]; then
  say "looking for Fashion-MNIST on the network (30 MB)"
  if download; then
    data=$work/fashion-mnist
  else
    data=$work/drawn-shapes
    echo "Not reachable. The demo uses a small set of ten classes of shapes that it draws itself;"
    echo "its accuracy says nothing about Fashion-MNIST, and the class names are those of clothes."
    "$build/bin/draw-shapes" "$data"
  fi
fi

say "lathe compile examples/fashion_mnist/model.yaml"
"$build/bin/lathe" compile "$here/model.yaml" -o "$work"
model=$work/fashion_mnist

epochs=3
[ "$full" = --full ] && epochs=10
say "fashion_mnist train --data $data --epochs $epochs"
(cd "$work" && "$model" train --data "$data" --epochs "$epochs" --overwrite --history "$work/history.csv")

say "accuracy on the test images"
weights=$work/fashion_mnist.safetensors
"$model" evaluate --data "$data" --weights "$weights"

say "a few test images, as files"
"$build/bin/export-images" "$data" "$work/images" 6
(cd "$work/images" && "$model" predict --weights "$weights" ./*.png)

say "what you can ship"
ls -l "$model" "$model.o" "$model.h" | awk '{printf "%9d bytes  %s\n", $5, $9}'
echo "the program is linked with:"
ldd "$model" | awk '{print "  " $1}'
