"""Candidates that are measured in processes of their own: Lathe's executables, ONNX Runtime."""
import json
import os
import shutil
import subprocess
import sys

import numpy as np

import artifact

HERE = os.path.dirname(os.path.abspath(__file__))


class Lathe:
    """An executable of the model; its `benchmark` command measures."""

    def __init__(self, name, program, case, threads, seconds):
        self.name, self.peer = name, "Lathe"
        self.command = [program, "benchmark", "--only", "train" if case.kind == "train" else "predict", "--batch",
                        str(case.batch), "--threads", str(threads), "--time", str(seconds), "--json"]
        self.figure = "train_step_ms" if case.kind == "train" else "predict_ms"

    def measure(self):
        return json.loads(artifact.run(*self.command))[self.figure]


def lathe_candidates(build, folder, name, case, threads, seconds, cpp):
    """The object's executable first, then those of the C++ form if wanted."""
    programs = {"Lathe": os.path.join(folder, name)}
    if cpp:
        programs["Lathe C++, g++"] = artifact.compile_cpp(build, folder, name, "g++")
        programs["Lathe C++, clang"] = artifact.compile_cpp(build, folder, name, "clang++-22")
    return [Lathe(title, program, case, threads, seconds) for title, program in programs.items()]


class OnnxRuntime:
    """A graph in the package onnxruntime-node, from npm into the build folder."""

    def __init__(self, modules, graph, images, threads, seconds):
        self.name, self.peer = "ONNX Runtime", "ONNX Runtime"
        self.modules, self.graph, self.threads, self.seconds = modules, graph, threads, seconds
        self.images, self.batch = graph + ".images", len(images)
        np.ascontiguousarray(images.transpose(0, 3, 1, 2)).tofile(self.images)

    def run(self, seconds, *output):
        return node(self.modules, os.path.join(HERE, "onnx_runtime.js"), self.graph, self.images, str(self.threads),
                    str(seconds), *output)

    def probabilities(self):
        output = self.graph + ".probabilities"
        self.run(0, output)
        return np.fromfile(output, np.float32).reshape(self.batch, -1)

    def measure(self):
        return json.loads(self.run(self.seconds))["ms"]


def node(modules, *arguments):
    result = subprocess.run(["node", *arguments], env={**os.environ, "NODE_PATH": modules}, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, universal_newlines=True)
    if result.returncode != 0:
        raise RuntimeError("ONNX Runtime fails:\n" + result.stderr)
    return result.stdout


def install_onnx_runtime(work):
    """The folder of the pinned package, installed when missing; None where it cannot be had."""
    folder = os.path.join(work, "node")
    modules = os.path.join(folder, "node_modules")
    pin = os.path.join(HERE, "package.json")
    package = os.path.join(modules, "onnxruntime-node", "package.json")
    try:
        for program in ("node", "npm"):
            if not shutil.which(program):
                raise RuntimeError(f"there is no {program}")
        if not os.path.exists(package) or version(package) != pinned_version(pin):
            print("bench: installing ONNX Runtime with npm", file=sys.stderr)
            os.makedirs(folder, exist_ok=True)
            shutil.copy(pin, folder)
            # Its script would fetch the libraries for GPUs; those for CPUs are in the package.
            artifact.run("npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund",
                         "--no-package-lock")
        node(modules, "-e", "require('onnxruntime-node')")
    except RuntimeError as error:
        print(f"bench: ONNX Runtime is left out: {error}", file=sys.stderr)
        return None
    return modules


def version(package):
    with open(package) as file:
        return json.load(file)["version"]


def pinned_version(pin):
    with open(pin) as file:
        return json.load(file)["dependencies"]["onnxruntime-node"]
