# Configuration of the lit tests. `ninja -C build check` or ctest run them; one
# test alone: lit -v build/test/FOLDER -a --filter NAME.
import importlib.util
import os
import subprocess
import sys
import lit.formats
import lit.util

config.name = "lathe"
config.test_format = lit.formats.ShTest(execute_external=True)
config.suffixes = [".mlir", ".yaml", ".test"]
config.excludes = ["Inputs", "kill"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.lathe_build, "test")

# `not`, FileCheck and split-file come from LLVM's tools.
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.lathe_build, "bin"), config.llvm_tools, config.environment["PATH"]])
# Tests see no compiled kernels but their own.
config.environment["LATHE_CACHE"] = os.path.join(config.test_exec_root, "kernel-cache")
for name in ("LATHE_DATA", "CXX"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions.append(("%examples", os.path.join(config.lathe_source, "examples")))
config.substitutions.append(("%build", config.lathe_build))
config.substitutions.append(("%llvm_include", os.path.join(config.llvm_tools, "../include")))


def find_data(name):
    """Real data is optional: tests that REQUIRE it are skipped without."""
    for root in (os.environ.get("LATHE_DATA", ""), os.path.join(config.lathe_source, "../shared/data")):
        folder = os.path.join(root, name)
        if root and os.path.isdir(folder):
            return os.path.realpath(folder)
    return None


# Programs that some tests need and that may be missing.
for feature, program in (("qemu", "qemu-x86_64"), ("clang", "clang++-14")):
    if lit.util.which(program, config.environment["PATH"]):
        config.available_features.add(feature)

config.substitutions.append(("%python", sys.executable))
if importlib.util.find_spec("jsonschema") and importlib.util.find_spec("yaml"):
    config.available_features.add("jsonschema")
if importlib.util.find_spec("torch"):
    config.available_features.add("torch")
if importlib.util.find_spec("torchvision"):
    config.available_features.add("torchvision")


def find_onnx_runtime():
    """The node_modules with onnxruntime-node: where NODE_PATH says, or where `./dev bench` puts it."""
    node = lit.util.which("node", config.environment["PATH"])
    for modules in (os.environ.get("NODE_PATH", ""), os.path.join(config.lathe_build, "bench/node/node_modules")):
        if node and modules and subprocess.run([node, "-e", "require('onnxruntime-node')"], stderr=subprocess.DEVNULL,
                                               env=dict(os.environ, NODE_PATH=modules)).returncode == 0:
            return modules
    return None


config.environment["NODE_PATH"] = find_onnx_runtime() or ""
if config.environment["NODE_PATH"]:
    config.available_features.add("onnxruntime")

for name in ("fashion-mnist", "mnist", "cifar10", "blood-cells"):
    folder = find_data(name)
    if folder:
        config.available_features.add(name)
        config.substitutions.append(("%" + name, folder))
