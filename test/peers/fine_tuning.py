#!/usr/bin/python3
"""Fashion-MNIST from the features of a classifier of digits, and from random ones.

    ./dev finetune [--seeds 1,2,3] [--data DIR] [--graph FILE] [--epochs N]

examples/fine_tuning/fashion_from_mnist.yaml replaces the last layer of mnist-8 and trains
it alone. The same recipe does so with the graph's weights drawn anew, in two ways:

    alike   normal, with the mean and the deviation of each trained tensor
    he      He normal filters (variance 2 / fan-in), biases of 0

Prints the test accuracies per seed, of which the head begins and the images are
shuffled. Fails where the trained features are not ahead of both by a point.
"""
import argparse
import importlib
import os
import re
import subprocess
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RECIPE = os.path.join(ROOT, "examples", "fine_tuning", "fashion_from_mnist.yaml")
CLEAR = 0.01


def schema(work):
    """The classes of ONNX's messages."""
    subprocess.run(["protoc", "--python_out", work, "-I/usr/include/onnx", "onnx.proto"], check=True)
    sys.path.insert(0, work)
    return importlib.import_module("onnx_pb2")


def values(tensor):
    stored = tensor.float_data if tensor.float_data else np.frombuffer(tensor.raw_data, np.float32)
    return np.asarray(stored, np.float32)


def alike(tensor, random):
    trained = values(tensor)
    return random.normal(trained.mean(), trained.std(), trained.size)


def he(tensor, random):
    trained = values(tensor)
    if len(tensor.dims) != 4:
        return np.zeros(trained.size)
    return random.normal(0, np.sqrt(2 / np.prod(tensor.dims[1:])), trained.size)


def drawn(onnx, graph, draw, seed, path):
    """The graph with weights of its own."""
    model = onnx.ModelProto()
    with open(graph, "rb") as file:
        model.ParseFromString(file.read())
    random = np.random.default_rng(seed)
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            weights = draw(tensor, random)
            tensor.ClearField("float_data")
            tensor.raw_data = weights.astype(np.float32).tobytes()
    with open(path, "wb") as file:
        file.write(model.SerializeToString())
    return path


def accuracy(build, graph, folder, data, seed, epochs):
    """On the test images, after training the head."""
    subprocess.run([os.path.join(build, "bin", "lathe"), "compile", graph, "--recipe", RECIPE, "-o", folder,
                    "--emit=exe"], check=True, stderr=subprocess.DEVNULL)
    program, weights = os.path.join(folder, "fashion_from_mnist"), os.path.join(folder, "weights.safetensors")
    subprocess.run([program, "train", "--data", data, "--seed", str(seed), "--epochs", str(epochs), "--save", weights],
                   check=True, stdout=subprocess.DEVNULL)
    told = subprocess.run([program, "evaluate", "--data", data, "--weights", weights], check=True,
                          capture_output=True, text=True).stdout
    return float(re.search(r"accuracy: ([0-9.]+)", told)[1])


def main():
    shared = os.path.join(ROOT, "..", "shared")
    parser = argparse.ArgumentParser(description="Trained features against random ones")
    parser.add_argument("build")
    parser.add_argument("--seeds", type=lambda text: [int(seed) for seed in text.split(",")], default=[1, 2, 3])
    parser.add_argument("--data", default=os.path.join(os.environ.get("LATHE_DATA", f"{shared}/data"), "fashion-mnist"))
    parser.add_argument("--graph", default=f"{shared}/conformance/models/mnist-8/model.onnx")
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    for path in (options.data, options.graph):
        if not os.path.exists(path):
            sys.exit(f"finetune: {path} is not there; --data and --graph name others")
    work = os.path.join(options.build, "peers", "fine_tuning")
    os.makedirs(work, exist_ok=True)
    onnx = schema(work)
    ways, ahead = {"alike": alike, "he": he}, []
    print("seed  trained" + "".join(f"{name:>9}" for name in ways))
    for seed in options.seeds:
        graphs = [options.graph] + [drawn(onnx, options.graph, draw, seed, os.path.join(work, f"{name}{seed}.onnx"))
                                    for name, draw in ways.items()]
        found = [accuracy(options.build, graph, work, options.data, seed, options.epochs) for graph in graphs]
        ahead.append(found[0] - max(found[1:]))
        print(f"{seed:4}" + "".join(f"{score:9.4f}" for score in found), flush=True)
    print(f"trained features are ahead by {100 * min(ahead):.1f} points or more")
    return min(ahead) < CLEAR


sys.exit(main())
