#!/usr/bin/python3
"""Compiles each network of examples/models and trains it for three steps.

    ./dev models [--batch N] [NAME...]

Each is compiled with training and inference at a small batch and plain SGD, without
what is random in training; three steps on one batch must make the loss smaller each
time, and the predictions must be probabilities. Prints a line for each.
"""
import argparse
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MODELS = os.path.join(ROOT, "examples", "models")
# Where the usual 0.01 is too large a step for a falling loss, or too small.
RATES = {"alexnet": 0.001, "squeezenet1_1": 0.0002, "vgg16": 0.0001, "lenet5": 0.05, "coatnet0": 0.001, "resnet50": 0.001}


def prepare(name, batch, folder):
    with open(os.path.join(MODELS, name + ".yaml")) as file:
        text = re.split(r"^compile:", file.read(), flags=re.M)[0]
    text = re.sub(r"^( *- (?:Dropout|StochasticDepth|SpatialDropout2D): \{.*?rate: )([^,}]+)",
                  lambda m: m[1] + (f"0 * ({m[2]})" if "$" in m[2] else "0"), text, flags=re.M)
    text += f"compile: {{optimizer: {{SGD: {{learning_rate: {RATES.get(name, 0.01)}}}}}}}\n"
    text += f"fit: {{batch_size: {batch}}}\n"
    path = os.path.join(folder, name + ".yaml")
    with open(path, "w") as file:
        file.write(text)
    return path, re.search(r"^name: (\w+)", text, re.M)[1]


def check(build, name, batch, folder):
    path, symbol = prepare(name, batch, folder)
    out = os.path.join(folder, name)
    begin = time.time()
    subprocess.run([os.path.join(build, "bin", "lathe"), "compile", path, "-o", out, "--emit=obj,header"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    compiled = time.time() - begin
    program = os.path.join(out, "three_steps")
    subprocess.run(["cc", "-O1", "-I" + out, f'-DHEADER="{symbol}.h"', f"-DMODEL={symbol}_model",
                    os.path.join(HERE, "three_steps.c"), os.path.join(out, symbol + ".o"), "-lm", "-o", program],
                   check=True)
    result = subprocess.run([program], stdout=subprocess.PIPE, universal_newlines=True)
    verdict = "falls" if result.returncode == 0 else "FAILED"
    print(f"{name:18} {verdict}: {result.stdout.strip()}, compiled in {compiled:.0f} s", flush=True)
    return result.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--batch", type=int, default=2)
    arguments = parser.parse_args()
    folder = os.path.join(arguments.build, "models")
    os.makedirs(folder, exist_ok=True)
    names = arguments.names or sorted(file[:-5] for file in os.listdir(MODELS) if file.endswith(".yaml"))
    failed = []
    for name in names:
        try:
            if not check(arguments.build, name, arguments.batch, folder):
                failed.append(name)
        except subprocess.CalledProcessError as error:
            print(f"{name:18} FAILED: {error}", flush=True)
            failed.append(name)
    sys.exit(f"not as they should be: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
