"""usage: check_profile.py PROFILE.json...: the profiles are complete, and list the same."""
import json
import sys

seen = []
for path in sys.argv[1:]:
    with open(path) as file:
        profile = json.load(file)
    assert profile["peak_gbytes"] > 0
    for step in ("train", "predict"):
        kernels = profile[step]
        assert abs(sum(kernel["share"] for kernel in kernels) - 1) < 1e-9
        times = [kernel["ms"] for kernel in kernels]
        assert times == sorted(times, reverse=True) and times[-1] > 0
        best = profile["train_step_best_ms" if step == "train" else "predict_best_ms"]
        assert 0 < best <= profile["train_step_ms" if step == "train" else "predict_ms"]
        assert all(kernel["calls"] >= 1 and kernel["schedule"].endswith("}") for kernel in kernels)
    # 4 images of 4x4x4 outputs, each of 5x5x3 products.
    forward = [kernel for kernel in profile["predict"] if "conv2d" in kernel["operations"].split()]
    assert len(forward) == 1 and "relu" in forward[0]["operations"].split()
    flop = forward[0]["gflops"] * 1e9 * forward[0]["ms"] * 1e-3
    assert abs(flop - 2 * 4 * 4 * 4 * 4 * 5 * 5 * 3) < 1, flop
    # Images, filter and bias read, images and what else training keeps written.
    traffic = forward[0]["gbytes"] * 1e9 * forward[0]["ms"] * 1e-3
    assert abs(traffic - 4 * (4 * 8 * 8 * 3 + 5 * 5 * 3 * 4 + 4 + 4 * 4 * 4 * 4)) < 1, traffic
    operations = {op for kernel in profile["train"] for op in kernel["operations"].split()}
    assert {"conv2d", "conv2d_backward_weights", "adam_update"} <= operations, operations
    assert "conv2d_backward_weights" not in {op for kernel in profile["predict"]
                                             for op in kernel["operations"].split()}
    seen.append({(kernel["name"], kernel["operations"], kernel["schedule"])
                 for step in ("train", "predict") for kernel in profile[step]})
assert all(one == seen[0] for one in seen)
