#!/usr/bin/env bash
# kill_and_resume.sh MODEL ARGS...: trains into killed.safetensors, killing the
# program again and again at random moments, until a run gets through. The time that a
# run gets adapts to the machine: one that ends before any was killed with a checkpoint
# starts anew with half of it, and each that is killed leaves the next one more.
set -u
model=$1
shift
limit=1000  # milliseconds
kills=0
rm -f killed.safetensors killed.best.safetensors
for attempt in $(seq 60); do
  if [ -f killed.safetensors ]; then
    "$model" train "$@" --resume killed.safetensors --save-every 10 --threads 2 >/dev/null &
  else
    "$model" train "$@" --seed 5 --save killed.safetensors --save-every 10 --threads 2 >/dev/null &
  fi
  process=$!
  pause=$((RANDOM % limit))
  (sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))"; kill -KILL $process 2>/dev/null) &
  killer=$!
  wait $process 2>/dev/null
  status=$?
  kill $killer 2>/dev/null
  if [ $status -eq 0 ]; then
    if [ $kills -gt 0 ]; then
      echo "ended at attempt $attempt, killed $kills times with a checkpoint"
      exit 0
    fi
    rm -f killed.safetensors killed.best.safetensors
    limit=$((limit / 2 + 1))
  elif [ $status -ne 137 ]; then
    echo "attempt $attempt ended by itself with $status"
    exit 1
  else
    [ -f killed.safetensors ] && kills=$((kills + 1))
    limit=$((limit * 5 / 4))
  fi
done
echo "no run got through that was killed before"
exit 1
