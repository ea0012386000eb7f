#!/usr/bin/env python3
"""Records the trace that batch-norm-trace.test compares with, using PyTorch.

    python3 record_batch_norm_trace.py LATHE CIFAR10     writes Inputs/trace-batch-norm.txt

The network, its gradients, the running averages and SGD with momentum are PyTorch's,
in double precision, from the artifact's initial parameters. PyTorch's running variance
is the unbiased one, Keras's the biased; over the smallest layer's 64 x 8 x 8 elements
they differ by 2.4e-4.
"""
import gzip
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "test", "peers"))
from networks import ResNet20, layer_name, load, normalize_cifar  # noqa: E402

STEPS, BATCH = 20, 64


def initial_parameters(lathe):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(ROOT, "examples", "models", "resnet20_cifar.yaml")) as file:
            text = re.split(r"^compile:", file.read(), flags=re.M)[0]
        with open(os.path.join(HERE, "Inputs", "batch-norm-trace-recipe.yaml")) as file:
            text += file.read()
        model = os.path.join(folder, "model.yaml")
        with open(model, "w") as file:
            file.write(text)
        subprocess.run([lathe, "compile", model, "-o", folder, "--emit=obj,header"], check=True)
        program = os.path.join(folder, "trace")
        subprocess.run(["cc", "-I" + folder, os.path.join(HERE, "Inputs", "batch_norm_trace.c"),
                        os.path.join(folder, "resnet20.o"), "-lm", "-o", program], check=True)
        saved = os.path.join(folder, "params")
        subprocess.run([program, "--save", saved], check=True)
        with open(saved, "rb") as file:
            data = file.read()
    tensors, order = {}, []
    while data:
        line, data = data.split(b"\n", 1)
        name, size = line.decode().split()
        tensors[name] = np.frombuffer(data[:4 * int(size)], np.float32)
        order.append(name)
        data = data[4 * int(size):]
    return tensors, order


def shaped(tensors, network):
    """Kernels get their shapes back: [height, width, in, out]."""
    for path, child in network.named_modules():
        if isinstance(child, torch.nn.Conv2d):
            out, channels, height, width = child.weight.shape
            name = layer_name(path) + "/kernel"
            tensors[name] = tensors[name].reshape(height, width, channels, out)
    tensors["head/kernel"] = tensors["head/kernel"].reshape(64, 10)
    return tensors


def main():
    lathe, cifar = sys.argv[1:3]
    tensors, order = initial_parameters(lathe)
    network = ResNet20()
    load(network, shaped(tensors, network))
    network.double().train()
    with gzip.open(os.path.join(cifar, "data_batch_1.bin.gz")) as file:
        rows = np.frombuffer(file.read(STEPS * BATCH * 3073), np.uint8).reshape(-1, 3073)
    images = normalize_cifar(rows[:, 1:].reshape(-1, 3, 32, 32)).double()
    labels = torch.from_numpy(rows[:, 0].astype(np.int64))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.001, momentum=0.9)
    lines = []
    for step in range(STEPS):
        batch = slice(step * BATCH, (step + 1) * BATCH)
        optimizer.zero_grad()
        loss = F.cross_entropy(network(images[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        lines.append(loss.item())
    averages = {}
    for path, child in network.named_modules():
        if isinstance(child, torch.nn.BatchNorm2d):
            averages[layer_name(path) + "/moving_mean"] = child.running_mean
            averages[layer_name(path) + "/moving_variance"] = child.running_var
    lines += [averages[name].square().mean().sqrt().item() for name in order if name in averages]
    with open(os.path.join(HERE, "Inputs", "trace-batch-norm.txt"), "w") as file:
        file.writelines(f"{value:.9g}\n" for value in lines)
    print("losses", lines[0], "->", lines[STEPS - 1], "and", len(lines) - STEPS, "averages")


if __name__ == "__main__":
    main()
