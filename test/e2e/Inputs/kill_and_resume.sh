#!/usr/bin/env bash
# kill_and_resume.sh MODEL ARGS...: trains into killed.safetensors, killing the
# program again and again at random moments, until a run gets through. The first
# run is too short to do so.
set -u
model=$1
shift
rm -f killed.safetensors killed.best.safetensors
for attempt in $(seq 40); do
  if [ -f killed.safetensors ]; then
    "$model" train "$@" --resume killed.safetensors --save-every 10 --threads 2 >/dev/null &
  else
    "$model" train "$@" --seed 5 --save killed.safetensors --save-every 10 --threads 2 >/dev/null &
  fi
  process=$!
  # Later attempts get more time, so that slow machines end as well.
  if [ "$attempt" = 1 ]; then pause=0.$((RANDOM % 20 + 10)); else pause=$((attempt / 8)).$((RANDOM % 90 + 10)); fi
  (sleep "$pause"; kill -KILL $process 2>/dev/null) &
  killer=$!
  if wait $process 2>/dev/null; then
    kill $killer 2>/dev/null
    echo "ended at attempt $attempt"
    [ "$attempt" -gt 1 ] && exit 0
    echo "it was never killed"
    exit 1
  fi
done
echo "no run got through"
exit 1
