"""usage: check_report.py REPORT.json HEADER.h PLAN.mlir REPORT.md: the report holds what the plan and
the header promise, and is described. HEADER.h may be -."""
import json
import re
import sys

report_path, header_path, plan_path, description_path = sys.argv[1:]
with open(report_path) as file:
    report = json.load(file)
header = ""
if header_path != "-":
    with open(header_path) as file:
        header = file.read()
with open(plan_path) as file:
    plan = file.read()
with open(description_path) as file:
    described = set(re.findall(r"`(\w+)`", file.read()))


def keys(value):
    if isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from keys(member)
    elif isinstance(value, list):
        for member in value:
            yield from keys(member)


assert set(keys(report)) <= described, set(keys(report)) - described

# Sizes are the header's.
if header:
    for key, name in (("params", "PARAMS"), ("state", "STATE"), ("train_arena", "TRAIN_ARENA"),
                      ("predict_arena", "PREDICT_ARENA"), ("prepared", "PREPARED")):
        promised = int(re.search(rf"define \w+_{name}_SIZE (\d+)", header).group(1))
        assert report["memory"][key] == promised, key
    assert report["batch"] == int(re.search(r"define \w+_BATCH (\d+)", header).group(1))

# Every call of the plan is there, in order.
names = {"train": "train_step", "predict": "predict", "evaluate": "evaluate_batch", "update": "update_step",
         "prepare": "prepare"}
steps = {step["name"]: step for step in report["steps"]}
kernels = {kernel["name"]: kernel for kernel in report["kernels"]}
for name, function in names.items():
    body = re.search(rf"exec\.func @{function}\((.*?)exec\.return", plan, re.S)
    assert (name in steps) == (body is not None), name
    if body:
        planned = re.findall(r"exec\.call @(\w+)", body.group(1))
        assert [call["kernel"] for call in steps[name]["calls"]] == planned, name
        assert set(planned) <= set(kernels)

for step in steps.values():
    arena, calls = step["arena"], step["calls"]
    slices = arena["slices"]
    assert 0 < step["forward_calls"] <= len(calls)
    assert 0 < step["samples"] <= report["batch"]
    assert step["samples"] == report["batch"] or step["name"] == "predict"
    for i, one in enumerate(slices):
        assert 0 <= one["first_call"] <= one["last_call"] < len(calls) and one["size"] > 0
        for other in slices[:i]:
            apart_in_time = one["last_call"] < other["first_call"] or other["last_call"] < one["first_call"]
            apart_in_space = (one["offset"] + one["size"] <= other["offset"]
                              or other["offset"] + other["size"] <= one["offset"])
            assert apart_in_time or apart_in_space, (one, other)
    # What is read is alive, and what a call writes begins there, or is overwritten.
    for number, call in enumerate(calls):
        for place in call["reads"] + call["writes"]:
            assert slices[place]["first_call"] <= number <= slices[place]["last_call"]
    # A slice lives from a call that writes it to the last that needs it.
    for place, one in enumerate(slices):
        if not one["room"]:
            assert place in calls[one["first_call"]]["writes"]
            assert place in calls[one["last_call"]]["reads"] + calls[one["last_call"]]["writes"]
    alive = [sum(one["size"] for one in slices if one["first_call"] <= call <= one["last_call"])
             for call in range(len(calls))]
    assert arena["peak_bytes"] == max(alive) == alive[arena["peak_call"]]
    assert arena["size"] == max((one["offset"] + one["size"] for one in slices), default=0) >= arena["peak_bytes"]


def aligned(*names):
    align = report["memory"]["align"]
    return max((steps[name]["arena"]["size"] + align - 1) // align * align for name in names if name in steps)


assert aligned("predict", "evaluate", "prepare") == report["memory"]["predict_arena"]
assert aligned(*names) == report["memory"]["train_arena"]
assert steps["train"]["forward_calls"] < len(steps["train"]["calls"])
assert steps["predict"]["forward_calls"] == len(steps["predict"]["calls"])

# Every layer with weights stands at a call of each step.
weighted = set(re.findall(r'exec\.variable @"([^"]*)/kernel" params', plan))
for name in ("train", "predict", "evaluate"):
    assert weighted and weighted <= {layer for call in steps[name]["calls"] for layer in call["layers"]}, name

if "unmeasured" in report:
    assert "machine" not in report and report["unmeasured"]
    assert not any("ms" in step for step in steps.values())
    sys.exit()
machine = report["machine"]
assert machine["threads"] >= 1 and machine["peak_gbytes"] > 0 and machine["cpu"]
for name in ("train", "predict"):
    step = steps[name]
    assert 0 < step["best_ms"] <= step["ms"]
    measured = {time["name"] for time in step["kernels"]}
    called = {call["kernel"] for call in step["calls"]}
    if name == "train" and "update" in steps:
        assert called <= measured
    else:
        assert called == measured, called ^ measured
    assert abs(sum(time["share"] for time in step["kernels"]) - 1) < 1e-9
    times = [time["ms"] for time in step["kernels"]]
    assert times == sorted(times, reverse=True) and times[-1] > 0
    for time in step["kernels"]:
        flop = time["gflops"] * 1e6 * time["ms"] / time["calls"]
        assert abs(flop - kernels[time["name"]]["flop"]) <= 1e-6 * flop, time
        share = max(time["gbytes"] / machine["peak_gbytes"],
                    time["gflops"] / machine["peak_gflops"] if machine["peak_gflops"] else 0)
        assert abs(share - time["roofline"]) <= 1e-6 * share, time
