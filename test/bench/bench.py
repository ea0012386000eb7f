#!/usr/bin/python3
"""Lathe against PyTorch, and its object against its C++, side by side in one run.

    ./dev bench [--rounds N] [--threads N] [--json FILE]

Measures the training step and the prediction of the Fashion-MNIST network at
batch 32. The candidates take turns, round by round, so that all of them see the
same noise of the machine; the figures are medians over the rounds, the ratios
medians of the rounds' ratios. PyTorch runs in its default layout and in
channels_last; the better one counts. Before anything is timed, Lathe's predictions
are compared with PyTorch's for the same weights.
"""
import argparse
import ctypes
import json
import os
import re
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BATCH, CLASSES, SIDE = 32, 10, 28
SHAPES = [(3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (3, 3, 64, 64), (64,), (576, 64), (64,), (64, 10), (10,)]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    return parser.parse_args()


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout


class Artifact:
    """An executable of the model; its `benchmark` command measures."""

    def __init__(self, name, program, threads):
        self.name, self.program, self.threads = name, program, threads

    def measure(self):
        figures = json.loads(run(self.program, "benchmark", "--batch", str(BATCH), "--threads", str(self.threads),
                                 "--json"))
        return figures["train_step_ms"], figures["predict_ms"]


def compile_artifacts(build, threads):
    work = os.path.join(build, "bench")
    model = os.path.join(ROOT, "examples", "fashion_mnist", "model.yaml")
    subprocess.run([os.path.join(build, "bin", "lathe"), "compile", model, "-o", work,
                    "--emit=exe,obj,cpp,header"], check=True)
    artifacts = [Artifact("Lathe object", os.path.join(work, "fashion_mnist"), threads)]
    source = os.path.join(work, "fashion_mnist.cpp")
    flag = re.search(r"-march=\S+", open(source).read(4000))
    march = flag.group(0).rstrip(".") if flag else "-march=native"
    for name, compiler in (("Lathe C++, g++", "g++"), ("Lathe C++, clang", "clang++-22")):
        program = os.path.join(work, "fashion_mnist_" + compiler.replace("+", "p"))
        subprocess.run([compiler, "-std=c++17", "-O3", march, "-Wall", "-Wextra", "-Werror", "-c", source, "-o",
                        program + ".o"], check=True)
        subprocess.run(["g++", program + ".o", os.path.join(build, "lib", "liblathe_runtime.a"),
                        "-Wl,--defsym=lathe_executable_model=fashion_mnist_model", "-lpthread", "-lm", "-o", program],
                       check=True)
        artifacts.append(Artifact(name, program, threads))
    return work, artifacts


def define_peer(torch):
    """The network of examples/fashion_mnist in PyTorch, trained by its RMSprop."""
    nn = torch.nn

    class Peer:
        def __init__(self, name, memory_format):
            self.name, self.memory_format = name, memory_format
            self.network = nn.Sequential(
                nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
                nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Dropout(0.3), nn.Flatten(), nn.Linear(576, 64), nn.ReLU(),
                nn.Dropout(0.3), nn.Linear(64, 10)).to(memory_format=memory_format)
            self.optimizer = torch.optim.RMSprop(self.network.parameters(), lr=0.001, alpha=0.9)
            self.loss = nn.CrossEntropyLoss()
            generator = torch.Generator().manual_seed(1)
            self.images = (255 * torch.rand(BATCH, 1, SIDE, SIDE, generator=generator)).to(memory_format=memory_format)
            self.labels = torch.randint(0, CLASSES, (BATCH,), generator=generator)

        def train_step(self):
            self.optimizer.zero_grad(set_to_none=True)
            self.loss(self.network(self.images / 255), self.labels).backward()
            self.optimizer.step()

        def predict(self):
            with torch.inference_mode():
                torch.softmax(self.network(self.images / 255), 1)

        def measure(self):
            self.network.train()
            train = median_ms(self.train_step)
            self.network.eval()
            return train, median_ms(self.predict)

    return [Peer("PyTorch", torch.contiguous_format), Peer("PyTorch channels_last", torch.channels_last)]


def median_ms(work, seconds=1.0):
    for _ in range(5):
        work()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 10:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def check_agreement(torch, work, peer):
    """Lathe's probabilities for PyTorch's weights are PyTorch's."""
    import numpy as np
    header = open(os.path.join(work, "fashion_mnist.h")).read()
    size = {key: int(re.search(rf"#define FASHION_MNIST_{key} (\d+)", header).group(1))
            for key in ("PARAMS_SIZE", "PREDICT_ARENA_SIZE", "ALIGN")}
    library = os.path.join(work, "libfashion_mnist.so")
    subprocess.run(["cc", "-shared", "-o", library, os.path.join(work, "fashion_mnist.o"), "-lm"], check=True)

    def aligned(count):
        memory = np.zeros(count + size["ALIGN"], np.uint8)
        return memory[-memory.ctypes.data % size["ALIGN"]:][:count]

    params, arena = aligned(size["PARAMS_SIZE"]), aligned(size["PREDICT_ARENA_SIZE"])
    weights = []
    for parameter in peer.network.parameters():
        array = parameter.detach().contiguous().numpy()
        weights.append(array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T)
    # Keras flattens images with the channels last, PyTorch with the channels first.
    weights[6] = weights[6].reshape(64, 3, 3, 64).transpose(1, 2, 0, 3).reshape(576, 64)
    at = 0
    for shape, array in zip(SHAPES, weights):
        assert array.shape == shape, (array.shape, shape)
        data = np.ascontiguousarray(array, np.float32).view(np.uint8).ravel()
        params[at:at + data.size] = data
        at += -(-data.size // 64) * 64

    images = np.ascontiguousarray(peer.images.contiguous().numpy().reshape(BATCH, SIDE, SIDE))
    ours = np.zeros((BATCH, CLASSES), np.float32)
    pointer = lambda array: ctypes.c_void_p(array.ctypes.data)
    status = ctypes.CDLL(library).fashion_mnist_predict(pointer(params), pointer(arena), pointer(images), BATCH,
                                                        pointer(ours))
    peer.network.eval()
    with torch.inference_mode():
        theirs = torch.softmax(peer.network(peer.images / 255), 1).numpy()
    difference = float(abs(ours - theirs).max())
    if status != 0 or not difference < 1e-5:
        sys.exit(f"bench: error: predictions differ from PyTorch's by {difference} (status {status})")
    print(f"predictions agree with PyTorch's to {difference:.1e}")


def table(rounds, ours, peers):
    """Rows of name, medians, and the median ratio to `ours`, round by round."""
    best = [[min(r[name][column] for name in peers) for r in rounds] for column in (0, 1)]
    figures = {}
    for name in rounds[0]:
        columns = [[r[name][column] for r in rounds] for column in (0, 1)]
        ratios = [[r[name][column] / r[ours][column] for r in rounds] for column in (0, 1)]
        figures[name] = {
            "train_step_ms": statistics.median(columns[0]), "predict_ms": statistics.median(columns[1]),
            "train_step_ratio": statistics.median(ratios[0]), "predict_ratio": statistics.median(ratios[1]),
            "train_step_ratio_range": [min(ratios[0]), max(ratios[0])]}
    speedup = [statistics.median(b / r[ours][column] for b, r in zip(best[column], rounds)) for column in (0, 1)]
    return figures, speedup


def main():
    arguments = parse_arguments()
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    import torch
    torch.set_num_threads(arguments.threads)
    work, artifacts = compile_artifacts(arguments.build, arguments.threads)
    peers = define_peer(torch)
    check_agreement(torch, work, peers[0])

    rounds = []
    for number in range(arguments.rounds):
        print(f"round {number + 1}/{arguments.rounds}", end="\r", file=sys.stderr)
        rounds.append({candidate.name: candidate.measure() for candidate in artifacts + peers})
    figures, speedup = table(rounds, artifacts[0].name, [peer.name for peer in peers])

    print(f"\nFashion-MNIST CNN, batch {BATCH}, {arguments.threads} threads, medians of {arguments.rounds} rounds in ms;"
          "\nx is the time over the object's, with the range over the rounds\n")
    print(f"{'':24}{'train step':>12}{'x':>7}{'range':>16}{'predict':>12}{'x':>7}")
    for name, f in figures.items():
        low, high = f["train_step_ratio_range"]
        print(f"{name:24}{f['train_step_ms']:12.3f}{f['train_step_ratio']:7.2f}{f'{low:.2f} - {high:.2f}':>16}"
              f"{f['predict_ms']:12.3f}{f['predict_ratio']:7.2f}")
    print(f"\nagainst PyTorch's better layout: train step {speedup[0]:.2f}x, predict {speedup[1]:.2f}x")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"batch": BATCH, "threads": arguments.threads, "rounds": arguments.rounds, "figures": figures,
                       "against_pytorch": {"train_step": speedup[0], "predict": speedup[1]}}, file, indent=1)


if __name__ == "__main__":
    main()
