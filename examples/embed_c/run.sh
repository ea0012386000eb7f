#!/usr/bin/env bash
# Builds and runs the embedding example.
#   run.sh LATHE FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lathe=$1
work=$2
mkdir -p "$work"
for model in two_moons four_corners; do
  "$lathe" compile "$here/$model.yaml" -o "$work" --emit=obj,header
done
cc -std=c99 -D_ISOC11_SOURCE -O2 -Wall -Wextra -I"$work" "$here/main.c" "$work/two_moons.o" "$work/four_corners.o" \
  -lm -lpthread -o "$work/embed"
"$work/embed"
