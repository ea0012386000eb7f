#!/usr/bin/python3
"""Emits the C++ form of each example for each target, and compiles it.

    ./dev cpp [--compilers g++,clang++-14] [--targets x86-64-v2,...] [NAME...]

Compilers check the text with all warnings as errors and write nothing. NAME is part
of a model file's path. Prints a line for each; the exit code is 1 if any failed.
"""
import argparse
import glob
import os
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TARGETS = "x86-64-v2,x86-64-v3,x86-64-v4,aarch64"


def models(names):
    found = sorted(glob.glob(os.path.join(ROOT, "examples", "**", "*.yaml"), recursive=True))
    whole = [path for path in found if "\ninput:" in open(path).read()]  # not recipes of graphs
    return [path for path in whole if not names or any(name in path for name in names)]


def first_error(command):
    result = subprocess.run(command, capture_output=True, text=True)
    errors = [line for line in result.stderr.splitlines() if "error" in line]
    return "" if result.returncode == 0 else (errors or ["exit code %d" % result.returncode])[0]


def check(lathe, path, target, compilers, folder):
    error = first_error([lathe, "compile", path, "-o", folder, "--emit=cpp", "--target=" + target])
    if error:
        return "lathe: " + error
    flags = ["-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    if target.startswith("x86"):
        flags.append("-march=" + target)
    for compiler in compilers:
        for text in glob.glob(os.path.join(folder, "*.cpp")):
            error = first_error([compiler, *flags, text])
            if error:
                return compiler + ": " + error
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--targets", default=TARGETS)
    parser.add_argument("--compilers", default="g++,clang++-14,clang++-22")
    arguments = parser.parse_intermixed_args()
    lathe = os.path.join(arguments.build, "bin", "lathe")
    failures = 0
    for path in models(arguments.names):
        for target in arguments.targets.split(","):
            start = time.time()
            with tempfile.TemporaryDirectory() as folder:
                error = check(lathe, path, target, arguments.compilers.split(","), folder)
            failures += bool(error)
            print(f"{os.path.relpath(path, ROOT):<44} {target:<10} {time.time() - start:6.1f} s  {error or 'ok'}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
