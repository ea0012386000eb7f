"""Checks the figures of sample_weight.c: sample_weight.py LOSS CLASS_WEIGHTS.

Losses and gradients are worked out here with plain numbers, from the formula.
"""
import math
import re
import sys

loss_name = sys.argv[1]
class_weights = {int(c): float(w) for c, w in re.findall(r"(\d+): ([\d.]+)", sys.argv[2])}
figures = {}
for line in sys.stdin:
    name, *values = line.split()
    figures[name] = [float(v) for v in values]
n, outputs, label_size = map(int, figures["shape"])
images = [figures["images"][i * 7:i * 7 + 7] for i in range(n)]
labels = [[int(l) for l in figures["labels"][i * label_size:(i + 1) * label_size]] for i in range(n)]


def target(i):
    if label_size > 1 or outputs == 1:
        return labels[i]
    return [float(c == labels[i][0]) for c in range(outputs)]


def loss_and_slopes(i):
    """The loss of an image, and its derivatives by the Dense layer's sums."""
    sums = [figures["bias"][c] + sum(x * figures["kernel"][p * outputs + c] for p, x in enumerate(images[i]))
            for c in range(outputs)]
    y = target(i)
    if "categorical" in loss_name:
        top = max(sums)
        all_ = sum(math.exp(s - top) for s in sums)
        p = [math.exp(s - top) / all_ for s in sums]
        return -math.log(p[labels[i][0]]), [a - b for a, b in zip(p, y)]
    if loss_name == "binary_crossentropy":
        p = [1 / (1 + math.exp(-s)) for s in sums]
        losses = [math.log1p(math.exp(-s if t else s)) for s, t in zip(sums, y)]
        return sum(losses) / outputs, [(a - b) / outputs for a, b in zip(p, y)]
    return (sum((s - t) ** 2 for s, t in zip(sums, y)) / outputs,
            [2 * (s - t) / outputs for s, t in zip(sums, y)])


of_image = [loss_and_slopes(i) for i in range(n)]


def compare(what, given, expected):
    scale = max(map(abs, expected))
    worst = max(abs(a - b) for a, b in zip(given, expected, strict=True))
    if not worst <= 2e-5 * scale + 1e-6:
        sys.exit(f"{what}: {given[:4]}..., by the formula {expected[:4]}...")


def check_step(name, weights):
    factors = [w / n * (class_weights.get(labels[i][0], 1) if label_size == 1 else 1)
               for i, w in enumerate(weights)]
    slopes = [[f * s for s in of_image[i][1]] for i, f in enumerate(factors)]
    compare(name + "/loss", figures[name + "/loss"], [sum(f * of_image[i][0] for i, f in enumerate(factors))])
    compare(name + "/bias", figures[name + "/bias"],
            [figures["bias"][c] - sum(s[c] for s in slopes) for c in range(outputs)])
    compare(name + "/kernel", figures[name + "/kernel"],
            [figures["kernel"][p * outputs + c] - sum(images[i][p] * slopes[i][c] for i in range(n))
             for p in range(7) for c in range(outputs)])


check_step("plain", [1] * n)
for name in ("ones", "twice", "several", "without"):
    check_step(name, figures[name + "/weights"])
compare("evaluate", figures["evaluate"],
        [sum(w * loss for w, (loss, _) in zip(figures["several/weights"], of_image)) / n])
compare("evaluate_plain", figures["evaluate_plain"], [sum(loss for loss, _ in of_image) / n])


def same(a, b):
    for what in ("loss", "kernel", "bias"):
        if figures[f"{a}/{what}"] != figures[f"{b}/{what}"]:
            sys.exit(f"{what} of {a} is not that of {b}")


same("plain", "ones")
same("without", "without_another")
if figures["twice/loss"] == figures["ones/loss"] or figures["several/kernel"] == figures["without/kernel"]:
    sys.exit("weights make no difference")
