#!/usr/bin/env python3
"""Records the traces that optimizers.test compares with.

    record_optimizers.py               writes Inputs/optimizers/NAME.txt
    record_optimizers.py --model NAME  prints the model description of one

Network, loss and gradients are PyTorch's; the updates are Keras 3's formulas
(keras/src/optimizers), which differ from PyTorch's in where epsilon stands, in
RMSprop's momentum and in weight decay. All in double precision.
"""
import math
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS, BATCH, CLASSES, FEATURES, HIDDEN = 50, 8, 4, 6, 16


def sgd(p, g, s, t, lr, momentum=0.0, nesterov=False):
    if momentum == 0:
        return p - lr * g
    s["m"] = momentum * s.get("m", 0) - lr * g
    return p + momentum * s["m"] - lr * g if nesterov else p + s["m"]


def rmsprop(p, g, s, t, lr, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    s["v"] = rho * s.get("v", 0) + (1 - rho) * g * g
    denominator = s["v"] + epsilon
    if centered:
        s["a"] = rho * s.get("a", 0) + (1 - rho) * g
        denominator = s["v"] - s["a"] ** 2 + epsilon
    increment = lr * g / denominator.sqrt()
    if momentum == 0:
        return p - increment
    s["m"] = momentum * s.get("m", 0) + increment
    return p - s["m"]


def adam(p, g, s, t, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    alpha = lr * math.sqrt(1 - beta_2 ** (t + 1)) / (1 - beta_1 ** (t + 1))
    s["m"] = s.get("m", 0) + (g - s.get("m", 0)) * (1 - beta_1)
    s["v"] = s.get("v", 0) + (g * g - s.get("v", 0)) * (1 - beta_2)
    return p - alpha * s["m"] / (s["v"].sqrt() + epsilon)


def nadam(p, g, s, t, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    now, then = (beta_1 * (1 - 0.5 * 0.96 ** step) for step in (t + 1, t + 2))
    s["product"] = s.get("product", 1) * now
    s["m"] = s.get("m", 0) + (g - s.get("m", 0)) * (1 - beta_1)
    s["v"] = s.get("v", 0) + (g * g - s.get("v", 0)) * (1 - beta_2)
    mean = s["m"] * (then / (1 - s["product"] * then)) + g * ((1 - now) / (1 - s["product"]))
    return p - lr * mean / ((s["v"] / (1 - beta_2 ** (t + 1))).sqrt() + epsilon)


def adagrad(p, g, s, t, lr, epsilon=1e-7, initial=0.1):
    s["a"] = s.get("a", initial) + g * g
    return p - lr * g / (s["a"] + epsilon).sqrt()


def lion(p, g, s, t, lr, beta_1=0.9, beta_2=0.99):
    m = s.get("m", 0)
    s["m"] = m * beta_2 + g * (1 - beta_2)
    return p - lr * (m * beta_1 + g * (1 - beta_1)).sign()


# Name: model text, update, its arguments, what all optimizers have in common.
TRACES = {
    "sgd": ("{SGD: {learning_rate: 0.1}}", sgd, {"lr": 0.1}, {}),
    "momentum": ("{SGD: {learning_rate: 0.05, momentum: 0.9}}", sgd, {"lr": 0.05, "momentum": 0.9}, {}),
    "nesterov": ("{SGD: {learning_rate: 0.05, momentum: 0.9, nesterov: true}}", sgd,
                 {"lr": 0.05, "momentum": 0.9, "nesterov": True}, {}),
    "decay": ("{SGD: {learning_rate: 0.1, weight_decay: 0.05, exclude_from_weight_decay: [bias]}}", sgd, {"lr": 0.1},
              {"decay": 0.05, "exclude": "bias"}),
    "rmsprop": ("{RMSprop: {learning_rate: 0.002}}", rmsprop, {"lr": 0.002}, {}),
    "centered": ("{RMSprop: {learning_rate: 0.002, momentum: 0.5, centered: true, rho: 0.95, weight_decay: 0.1}}",
                 rmsprop, {"lr": 0.002, "momentum": 0.5, "centered": True, "rho": 0.95}, {"decay": 0.1}),
    "rmsprop_momentum": ("{RMSprop: {learning_rate: 0.002, momentum: 0.5}}", rmsprop, {"lr": 0.002, "momentum": 0.5},
                         {}),
    "adam": ("{Adam: {learning_rate: 0.01}}", adam, {"lr": 0.01}, {}),
    "adamw": ("{AdamW: {learning_rate: 0.01, weight_decay: 0.2}}", adam, {"lr": 0.01}, {"decay": 0.2}),
    "nadam": ("{Nadam: {learning_rate: 0.01, weight_decay: 0.1}}", nadam, {"lr": 0.01}, {"decay": 0.1}),
    "adagrad": ("{Adagrad: {learning_rate: 0.1, weight_decay: 0.02}}", adagrad, {"lr": 0.1}, {"decay": 0.02}),
    "lion": ("{Lion: {learning_rate: 0.001, weight_decay: 0.1}}", lion, {"lr": 0.001}, {"decay": 0.1}),
    "clipnorm": ("{SGD: {learning_rate: 0.2, clipnorm: 0.1}}", sgd, {"lr": 0.2}, {"clipnorm": 0.1}),
    "clipvalue": ("{SGD: {learning_rate: 0.2, clipvalue: 0.02}}", sgd, {"lr": 0.2}, {"clipvalue": 0.02}),
    "global_clipnorm": ("{Adam: {learning_rate: 0.01, global_clipnorm: 0.2}}", adam, {"lr": 0.01}, {"global": 0.2}),
    "accumulation": ("{AdamW: {learning_rate: 0.02, weight_decay: 0.1, gradient_accumulation_steps: 4, clipnorm: 0.3}}",
                     adam, {"lr": 0.02}, {"decay": 0.1, "accumulation": 4, "clipnorm": 0.3}),
    "ema": ("{SGD: {learning_rate: 0.1, use_ema: true, ema_momentum: 0.9}}", sgd, {"lr": 0.1}, {"ema": 0.9}),
}

MODEL = """name: optimizer
input: {{shape: [6]}}
layers:
  - Dense: {{units: 16, activation: relu}}
  - Dense: {{units: 4, activation: softmax}}
compile: {{optimizer: {0}}}
fit: {{batch_size: 8}}
"""


def hash32(x):
    x = (x ^ 61) ^ (x >> 16)
    x = x * 9 & 0xFFFFFFFF
    x ^= x >> 4
    x = x * 0x27D4EB2D & 0xFFFFFFFF
    return x ^ (x >> 15)


def value(number):
    return (hash32(number) % 2048 - 1024) / 1024


def batch(step, torch):
    images, labels = [], []
    for sample in range(step * BATCH, (step + 1) * BATCH):
        label = hash32(sample + 700001) % CLASSES
        labels.append(label)
        images.append([value(500000 + sample * FEATURES + k) + (k == label) for k in range(FEATURES)])
    return torch.tensor(images, dtype=torch.float64), torch.tensor(labels)


def clip(gradients, common, torch):
    if "clipnorm" in common:
        return [g * min(1, common["clipnorm"] / g.norm().item()) for g in gradients]
    if "clipvalue" in common:
        return [g.clamp(-common["clipvalue"], common["clipvalue"]) for g in gradients]
    if "global" in common:
        norm = math.sqrt(sum(g.square().sum().item() for g in gradients))
        return [g * min(1, common["global"] / norm) for g in gradients]
    return gradients


def record(update, arguments, common):
    import torch

    names = ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
    shapes = [(FEATURES, HIDDEN), (HIDDEN,), (HIDDEN, CLASSES), (CLASSES,)]
    parameters, number = [], 0
    for shape in shapes:
        size = math.prod(shape)
        parameters.append(
            torch.tensor([value(number + i) * 0.5 for i in range(size)], dtype=torch.float64).reshape(shape))
        number += size
    slots, sums, averages, figures, updates = [{} for _ in shapes], None, None, [], 0
    every = common.get("accumulation", 1)
    for step in range(STEPS):
        for p in parameters:
            p.requires_grad_(True)
        images, labels = batch(step, torch)
        hidden = torch.relu(images @ parameters[0] + parameters[1])
        loss = torch.nn.functional.cross_entropy(hidden @ parameters[2] + parameters[3], labels)
        gradients = list(torch.autograd.grad(loss, parameters))
        figures.append(loss.item())
        with torch.no_grad():
            sums = gradients if step % every == 0 else [a + g for a, g in zip(sums, gradients)]
            if step % every != every - 1:
                continue
            gradients = clip([g / every for g in sums], common, torch)
            for i, name in enumerate(names):
                p = parameters[i].detach()
                if "exclude" not in common or common["exclude"] not in name:
                    p = p * (1 - common.get("decay", 0) * arguments["lr"])
                parameters[i] = update(p, gradients[i], slots[i], updates, **arguments)
            if "ema" in common:
                m = common["ema"] if updates else 0
                averages = [m * a + (1 - m) * p for a, p in zip(averages or parameters, parameters)]
            updates += 1
    return figures + [a.abs().sum().item() for a in averages or []]


def main():
    if len(sys.argv) == 3:
        print(MODEL.format(TRACES[sys.argv[2]][0]), end="")
        return
    for name, (_, update, arguments, common) in TRACES.items():
        figures = record(update, arguments, common)
        with open(os.path.join(HERE, "Inputs", "optimizers", name + ".txt"), "w") as file:
            file.writelines(f"{figure:.9g}\n" for figure in figures)
        print(name, figures[0], "->", figures[STEPS - 1])


if __name__ == "__main__":
    main()
