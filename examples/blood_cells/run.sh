#!/usr/bin/env bash
# Trains the classifier of blood cells on four fifths of the photographs and validates on the rest.
#   run.sh BUILD [EPOCHS]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
root=$(cd "$here/../.." && pwd)
work=$build/blood_cells
mkdir -p "$work"

data=
for candidate in "${LATHE_DATA:-}/blood-cells" "$root/../shared/data/blood-cells"; do
  if [ -d "$candidate/TRAIN" ]; then data=$candidate/TRAIN; break; fi
done
if [ -z "$data" ]; then
  echo "There are no blood cells in \$LATHE_DATA or ../shared/data: these are drawn, and say nothing about real ones."
  data=$work/drawn
  [ -d "$data" ] || "$build/bin/draw-cells" "$data" 250
fi
"$build/bin/lathe" compile "$here/model.yaml" -o "$work"
cd "$work"
./blood_cells train --data "$data" --overwrite ${2:+--epochs "$2"}
./blood_cells evaluate --data "$data" --weights blood_cells.safetensors --part validation --report
