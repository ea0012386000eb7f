#!/usr/bin/python3
"""Kills trainings, makes their calls fail, and compares what they end with.

    kill.py PROGRAM SHIM [--kills N] [--calls all|N] [--threads N] [--seed N]

PROGRAM is an executable model whose recipe has ModelCheckpoint; SHIM is
fail_call.c as a library. It is trained on drawn data. Killed at random moments,
or with any one of its calls of open, write, fsync, rename and close failing,
torn, or the last one, and then resumed until it gets through, it must have
written the same checkpoint, best weights and history as when nothing happens,
byte for byte, and no other file.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

MODES = ("fail", "tear", "kill", "cut")
EPOCHS = 4
RESULTS = ("x.safetensors", "x.best.safetensors", "h.csv")


def write_data(program, folder):
    """IDX files of what the model reads: the class is where it is bright."""
    info = json.loads(subprocess.run([program, "info", "--json"], check=True, capture_output=True).stdout)
    (height, width, *_), classes = info["input"], len(info["classes"])
    draw = random.Random(1)
    folder.mkdir()
    for part, count in (("train", 200), ("t10k", 30)):
        labels = bytes(i % classes for i in range(count))
        images = bytearray()
        for label in labels:
            images += bytes(draw.randrange(120) + (80 if i % classes == label else 0) for i in range(height * width))
        (folder / f"{part}-images-idx3-ubyte").write_bytes(
            bytes((0, 0, 8, 3)) + struct.pack(">3I", count, height, width) + images)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(bytes((0, 0, 8, 1)) + struct.pack(">I", count) + labels)


class Trainings:
    def __init__(self, options, folder):
        self.options, self.folder, self.data = options, folder, folder / "data"
        self.program = str(pathlib.Path(options.program).resolve())
        self.shim = str(pathlib.Path(options.shim).resolve())
        write_data(self.program, self.data)
        self.kills = self.failures = 0
        started = time.monotonic()
        whole = folder / "whole"
        whole.mkdir()
        self.run(whole)
        self.seconds = time.monotonic() - started
        self.expected = {name: (whole / name).read_bytes() for name in RESULTS}

    def start(self, place, **environment):
        resumes = (place / "x.safetensors").exists()
        how = ["--resume", "x.safetensors"] if resumes else ["--save", "x.safetensors", "--seed", "5"]
        return subprocess.Popen(
            [self.program, "train", "--data", self.data, *how, "--epochs", str(EPOCHS), "--save-every", "7", "--history",
             "h.csv", "--threads", str(self.options.threads)], cwd=place, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", env={**os.environ, **environment})

    def run(self, place, **environment):
        """A training to its end. Returns its exit code."""
        process = self.start(place, **environment)
        output, _ = process.communicate(timeout=300)
        if process.returncode not in (0, 1, -signal.SIGKILL) or (process.returncode == 1 and "error: " not in output):
            raise AssertionError(f"{place}: exit code {process.returncode}: {output}")
        return process.returncode

    def compare(self, place, what):
        """Once a run has got through."""
        found = {path.name: path.read_bytes() for path in place.iterdir()}
        wrong = [name for name in sorted(found.keys() | self.expected.keys())
                 if found.get(name) != self.expected.get(name)]
        if wrong:
            raise AssertionError(f"{place}: {what}: not as without it: {', '.join(wrong)}")
        shutil.rmtree(place)

    def killed_at_random(self, number, draw):
        """Killed again and again, until a run was fast enough."""
        place = self.folder / f"kill-{number}"
        place.mkdir()
        while self.kills < self.options.kills:
            process = self.start(place)
            time.sleep(draw.uniform(0, 1.1 * self.seconds))
            process.kill()
            process.communicate()
            if process.returncode == 0:
                break
            if process.returncode != -signal.SIGKILL:
                raise AssertionError(f"{place}: exit code {process.returncode}")
            self.kills += 1
        else:
            self.run(place)
        self.compare(place, f"{self.kills} kills")

    def calls(self):
        """The names of the calls that an undisturbed training makes."""
        place, listing = self.folder / "calls", self.folder / "calls.txt"
        place.mkdir()
        self.run(place, LD_PRELOAD=self.shim, COUNT_CALLS=str(listing))
        self.compare(place, "counting calls")
        return listing.read_text().split()

    def with_failing_call(self, number, name, mode):
        place = self.folder / f"{mode}-{number}"
        place.mkdir()
        code = self.run(place, LD_PRELOAD=self.shim, FAIL_CALL=f"{number}:{mode}")
        if code == 0 and (mode in ("kill", "cut") or name in ("write", "rename")):
            raise AssertionError(f"{place}: nobody noticed that {name} went wrong")
        if code != 0 and self.run(place) != 0:
            raise AssertionError(f"{place}: does not go on")
        self.compare(place, f"call {number}, {name}: {mode}")
        self.failures += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("shim")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--calls", default="all", help="how many failing calls, spread evenly, or all")
    parser.add_argument("--threads", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 30)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lathe-kill-"))
    trainings = Trainings(options, folder)
    print(f"seed {seed}; an undisturbed training takes {trainings.seconds:.2f} s", flush=True)
    draw, number = random.Random(seed), 0
    while trainings.kills < options.kills:
        number += 1
        trainings.killed_at_random(number, draw)
    print(f"{trainings.kills} of {options.kills} kills, {number} trainings: bytes equal", flush=True)
    calls = [(i + 1, name, mode) for i, name in enumerate(trainings.calls()) for mode in MODES]
    if options.calls != "all":
        draw.shuffle(calls)
        calls = calls[:int(options.calls)]
    for call in calls:
        trainings.with_failing_call(*call)
    print(f"{trainings.failures} of {len(calls)} failing calls: bytes equal")
    shutil.rmtree(folder)


if __name__ == "__main__":
    try:
        main()
    except AssertionError as problem:
        sys.exit(f"kill.py: {problem}")
