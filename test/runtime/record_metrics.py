#!/usr/bin/env python3
"""Prints the cases of metrics_test.cpp, computed with NumPy by definition:
pairs of samples for areas, sets of samples for all else.

    python3 record_metrics.py > metrics_cases.h
"""
import numpy as np


def figures(chosen, truth):
    right = (chosen & truth).sum()
    precision = right / chosen.sum() if chosen.sum() else 0.0
    recall = right / truth.sum() if truth.sum() else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return precision, recall, f1


def area(scores, truth):
    positive, negative = scores[truth], scores[~truth]
    if not len(positive) or not len(negative):
        return np.nan
    difference = positive[:, None] - negative[None, :]
    return ((difference > 0).sum() + 0.5 * (difference == 0).sum()) / difference.size


def listing(values):
    return ", ".join(f"{v:.9g}" if np.isfinite(v) else "NAN" for v in np.ravel(values))


def print_case(name, scores, labels, multi_label, k):
    count, classes = scores.shape
    truth = labels == 1 if multi_label else labels[:, None] == np.arange(classes)
    chosen = scores > 0.5 if multi_label else scores.argmax(1)[:, None] == np.arange(classes)
    each = np.array([figures(chosen[:, c], truth[:, c]) for c in range(classes)])
    areas = np.array([area(scores[:, c], truth[:, c]) for c in range(classes)])
    support = truth.sum(0)
    micro = figures(chosen.ravel(), truth.ravel())
    weighted = (each * support[:, None]).sum(0) / support.sum()
    top, confusion = 0.0, []
    if not multi_label:
        own = scores[np.arange(count), labels]
        top = ((scores > own[:, None]).sum(1) < k).mean()
        confusion = np.zeros((classes, classes), int)
        np.add.at(confusion, (labels, scores.argmax(1)), 1)
    print(f"const Case {name} = {{\n    {classes}, {str(multi_label).lower()}, {k},")
    for values in (scores, labels, each, areas, each.mean(0), micro, weighted, [np.nanmean(areas), top], confusion):
        print(f"    {{{listing(np.asarray(values, float))}}},")
    print("};\n")


def main():
    random = np.random.default_rng(3)
    print("// metrics_cases.h: written by record_metrics.py.")
    print("// clang-format off")
    scores = np.round(random.dirichlet(np.ones(5), 40), 2).astype(np.float32)
    labels = np.where(random.random(40) < 0.5, scores.argmax(1), random.integers(0, 4, 40))
    print_case("several_classes", scores, labels, False, 2)  # no sample of class 4 but by chance
    positive = np.round(random.random(30), 1).astype(np.float32)
    two = np.stack([1 - positive, positive], 1)
    print_case("two_classes", two, (random.random(30) < positive).astype(int), False, 1)
    many = np.round(random.random((25, 4)), 2).astype(np.float32)
    print_case("several_labels", many, (random.random((25, 4)) < many).astype(int), True, 1)


if __name__ == "__main__":
    main()
