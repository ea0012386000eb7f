"""usage: check_scaling.py SCALING.json: the figures agree with each other."""
import json
import math
import sys


def near(a, b):
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9)


with open(sys.argv[1]) as file:
    scaling = json.load(file)
cores = scaling["cores"]
assert cores == 12 and scaling["threads"] == 2
assert scaling["hand_off"]["loop_us"] > 0 and scaling["one_core_gbytes"] > 0
for name in ("train", "predict"):
    step = scaling[name]
    assert step["recorded_steps"] >= 3
    assert [row["threads"] for row in step["measured"]] == [1, 2]
    predicted = {row["cores"]: row for row in step["predicted"]}
    assert list(predicted) == [1, 2, 4, 8, 12, 16, 32, 64]
    one = predicted[1]["ms"]
    for count, row in predicted.items():
        assert near(row["speed_up"], one / row["ms"])
        assert near(row["efficiency"], row["speed_up"] / count)
        assert row["speed_up"] <= row["speed_up_without_bandwidth"] + 1e-9 <= count + 1e-6
    kernels = step["kernels"]
    assert near(sum(kernel["one_core_ms"] for kernel in kernels), one)
    assert near(sum(kernel["ms"] for kernel in kernels), predicted[cores]["ms"])
    assert near(sum(kernel["share"] for kernel in kernels), 1)
    held_back = [kernel["held_back_ms"] for kernel in kernels]
    assert held_back == sorted(held_back, reverse=True)
    for kernel in kernels:
        assert near(kernel["held_back_ms"], kernel["ms"] - kernel["one_core_ms"] / cores)
        assert near(kernel["held_back_ms"], sum(kernel["held_back_by"].values()))
        assert kernel["longest_ms"] <= kernel["one_core_ms"] and kernel["reason"]
        if not kernel["tasks"]:
            assert near(kernel["ms"], kernel["one_core_ms"]) or kernel["reason"] == "memory bandwidth"
    named = [kernel for kernel in kernels if kernel["name"] != "(outside kernels)"]
    assert len(named) == len(kernels) - 1
    # 64 images of 30x30x32: a forward convolution is cut into tasks.
    forward = [kernel for kernel in named if "conv2d" in kernel["operations"].split()]
    assert forward and all(max(kernel["tasks"]) >= 2 for kernel in forward), forward
operations = {op for kernel in scaling["train"]["kernels"] for op in kernel.get("operations", "").split()}
assert {"conv2d_backward_weights", "adam_update"} <= operations, operations
