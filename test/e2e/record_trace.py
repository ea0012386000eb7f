#!/usr/bin/env python3
"""Records the loss traces that training-trace.test compares with, using PyTorch.

    python3 record_trace.py LATHE        writes Inputs/trace-OPTIMIZER.txt

Network, gradients and loss are PyTorch's; the updates are Keras's formulas, which
differ from PyTorch's in where epsilon stands. Everything is computed in double
precision from the artifact's initial parameters.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS, BATCH, CLASSES, SIDE = 20, 32, 10, 28
SHAPES = [(3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (3, 3, 64, 64), (64,), (576, 64), (64,), (64, 10), (10,)]


def hash32(x):
    """As in trace.c, on arrays of uint32."""
    x = x.astype(np.uint32)
    x = (x ^ np.uint32(61)) ^ (x >> np.uint32(16))
    x = x * np.uint32(9)
    x = x ^ (x >> np.uint32(4))
    x = x * np.uint32(0x27D4EB2D)
    return x ^ (x >> np.uint32(15))


def batch(step):
    sample = np.arange(step * BATCH, (step + 1) * BATCH, dtype=np.uint32)
    label = (hash32(sample) % CLASSES).astype(np.int64)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    place = (y * SIDE + x).astype(np.uint32)
    noise = hash32(sample[:, None, None] * np.uint32(1000) + place + np.uint32(12345)) % 32
    at = label[:, None, None]
    distance = abs(x - (6 + 4 * (at % 5))) + abs(y - (8 + 12 * (at // 5)))
    images = (np.where(distance < 12, 200 - 12 * distance, 0) + noise).astype(np.float64)
    return torch.from_numpy(images)[:, None], torch.from_numpy(label)


def forward(p, x):
    x = x / 255
    for i, pool in ((0, True), (2, True), (4, False)):
        x = F.relu(F.conv2d(x, p[i].permute(3, 2, 0, 1), p[i + 1]))
        if pool:
            x = F.max_pool2d(x, 2)
    x = x.permute(0, 2, 3, 1).flatten(1)  # channels last, as Keras flattens
    x = F.relu(x @ p[6] + p[7])
    return x @ p[8] + p[9]


def sgd(p, g, s, t, lr=0.005, momentum=0.9):
    s[0] = momentum * s[0] - lr * g
    return p + momentum * s[0] - lr * g  # Nesterov


def rmsprop(p, g, s, t, lr=0.0001, rho=0.9, epsilon=1e-7):
    s[0] = rho * s[0] + (1 - rho) * g * g
    return p - lr * g / (s[0] + epsilon).sqrt()


def adam(p, g, s, t, lr=0.0002, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    alpha = lr * (1 - beta_2 ** (t + 1)) ** 0.5 / (1 - beta_1 ** (t + 1))
    s[0] = s[0] + (g - s[0]) * (1 - beta_1)
    s[1] = s[1] + (g * g - s[1]) * (1 - beta_2)
    return p - alpha * s[0] / (s[1].sqrt() + epsilon)


OPTIMIZERS = {
    "sgd": (sgd, "{SGD: {learning_rate: 0.005, momentum: 0.9, nesterov: true}}"),
    "rmsprop": (rmsprop, "{RMSprop: {learning_rate: 0.0001}}"),
    "adam": (adam, "{Adam: {learning_rate: 0.0002}}"),
}


def initial_parameters(lathe, optimizer, folder):
    with open(os.path.join(HERE, "Inputs", "trace.yaml")) as file:
        text = file.read().replace("OPTIMIZER", optimizer)
    model = os.path.join(folder, "trace.yaml")
    with open(model, "w") as file:
        file.write(text)
    subprocess.run([lathe, "compile", model, "-o", folder, "--emit=obj,header"], check=True)
    program = os.path.join(folder, "trace")
    subprocess.run(["cc", "-I" + folder, os.path.join(HERE, "Inputs", "trace.c"), program + ".o", "-lm", "-o", program],
                   check=True)
    flat = np.frombuffer(subprocess.run([program, "--params"], check=True, stdout=subprocess.PIPE).stdout, np.float32)
    parameters, at = [], 0
    for shape in SHAPES:
        size = int(np.prod(shape))
        parameters.append(torch.from_numpy(flat[at:at + size].reshape(shape).astype(np.float64)))
        at += size
    assert at == flat.size
    return parameters


def main():
    for name, (update, text) in OPTIMIZERS.items():
        with tempfile.TemporaryDirectory() as folder:
            parameters = initial_parameters(sys.argv[1], text, folder)
        slots = [[torch.zeros_like(p), torch.zeros_like(p)] for p in parameters]
        losses = []
        for step in range(STEPS):
            for p in parameters:
                p.requires_grad_(True)
            images, labels = batch(step)
            loss = F.cross_entropy(forward(parameters, images), labels)
            gradients = torch.autograd.grad(loss, parameters)
            losses.append(loss.item())
            with torch.no_grad():
                parameters = [update(p, g, s, step) for p, g, s in zip(parameters, gradients, slots)]
        with open(os.path.join(HERE, "Inputs", f"trace-{name}.txt"), "w") as file:
            file.writelines(f"{loss:.9g}\n" for loss in losses)
        print(name, losses[0], "->", losses[-1])


if __name__ == "__main__":
    main()
