"""Artifacts of Lathe: compiled for a case, and called through their C interface."""
import ctypes
import os
import re
import subprocess
import sys

import numpy as np


def run(*command):
    """Output of a command; a failure shows what it had to say."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    if result.returncode != 0:
        sys.stderr.write(result.stdout + result.stderr)
        raise RuntimeError(f"{' '.join(command)} failed")
    return result.stdout


def compile_model(build, text, folder, emit="exe,obj,header"):
    """Compiles the text of a model file into a folder. Returns the model's name."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "model.yaml")
    with open(path, "w") as file:
        file.write(text)
    run(os.path.join(build, "bin", "lathe"), "compile", path, "-o", folder, "--emit=" + emit)
    return re.search(r"^name: (\w+)", text, re.M).group(1)


def compile_cpp(build, folder, name, compiler):
    """The executable of the artifact's C++ form, compiled as its banner says."""
    source = os.path.join(folder, name + ".cpp")
    with open(source) as file:
        flag = re.search(r"-march=[\w-]+", file.read(4000))
    program = os.path.join(folder, f"{name}_{compiler.replace('+', 'p')}")
    run(compiler, "-std=c++17", "-O3", flag.group(0) if flag else "-march=native", "-Wall", "-Wextra", "-Werror", "-c",
        source, "-o", program + ".o")
    run("g++", program + ".o", os.path.join(build, "lib", "liblathe_runtime.a"),
        f"-Wl,--defsym=lathe_executable_model={name}_model", "-lpthread", "-lm", "-o", program)
    return program


class Tensor(ctypes.Structure):
    """lathe_tensor of runtime/artifact.h."""
    _fields_ = [("name", ctypes.c_char_p), ("region", ctypes.c_int32), ("dtype", ctypes.c_int32),
                ("trainable", ctypes.c_int32), ("rank", ctypes.c_int32), ("shape", ctypes.c_int64 * 6),
                ("offset", ctypes.c_int64), ("size", ctypes.c_int64), ("initializer", ctypes.c_int32),
                ("init_value", ctypes.c_float), ("init_data", ctypes.c_void_p),
                ("layout", ctypes.c_char_p), ("graph_layout", ctypes.c_char_p)]


class Description(ctypes.Structure):
    """lathe_model of runtime/artifact.h, up to the recipe."""
    _fields_ = [("version", ctypes.c_int32), ("name", ctypes.c_char_p), ("compiler", ctypes.c_char_p),
                ("target", ctypes.c_char_p), ("input_rank", ctypes.c_int32), ("input_shape", ctypes.c_int64 * 4),
                ("classes", ctypes.c_int32), ("outputs", ctypes.c_int32), ("label_size", ctypes.c_int32),
                ("class_names", ctypes.c_void_p), ("data", ctypes.c_char_p),
                ("batch", ctypes.c_int32), ("predict_batch", ctypes.c_int32),
                ("params_size", ctypes.c_int64), ("state_size", ctypes.c_int64), ("train_arena_size", ctypes.c_int64),
                ("predict_arena_size", ctypes.c_int64), ("prepared_size", ctypes.c_int64), ("align", ctypes.c_int64),
                ("parameter_count", ctypes.c_int64), ("tensor_count", ctypes.c_int32),
                ("tensors", ctypes.POINTER(Tensor))]


def interface_version():
    """LATHE_ARTIFACT_VERSION of runtime/artifact.h."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(root, "runtime", "artifact.h")) as file:
        return int(re.search(r"#define LATHE_ARTIFACT_VERSION (\d+)", file.read()).group(1))


PARAMS = 0  # lathe_region


def pointer(array):
    return ctypes.c_void_p(array.ctypes.data)


class Model:
    """An artifact in this process, with its initial weights, on the calling thread."""

    def __init__(self, folder, name):
        library = os.path.join(folder, f"lib{name}.so")
        run("cc", "-shared", "-o", library, os.path.join(folder, name + ".o"), "-lm")
        self.library, self.name = ctypes.CDLL(library), name
        self.about = Description.in_dll(self.library, name + "_model")
        if self.about.version != interface_version():
            raise RuntimeError(f"{name} is of version {self.about.version}, not {interface_version()}")
        self.batch = self.about.batch
        self.input_shape = tuple(self.about.input_shape[:self.about.input_rank])
        self.params, self.state = self.memory(self.about.params_size), self.memory(self.about.state_size)
        self.arena = self.memory(max(self.about.train_arena_size, self.about.predict_arena_size))
        self.call("init", pointer(self.params), pointer(self.state), ctypes.c_uint64(1))

    def memory(self, size):
        align = self.about.align
        memory = np.zeros(size + align, np.uint8)
        return memory[-memory.ctypes.data % align:][:size]

    def call(self, function, *arguments):
        status = getattr(self.library, f"{self.name}_{function}")(*arguments)
        if status != 0:
            raise RuntimeError(f"{self.name}_{function} returns {status}")

    def weights(self):
        """The tensors of `params` by name, in the order of the layers."""
        found = {}
        for tensor in self.about.tensors[:self.about.tensor_count]:
            if tensor.region == PARAMS:
                data = self.params[tensor.offset:tensor.offset + tensor.size].view(np.float32)
                found[tensor.name.decode()] = data.reshape(tensor.shape[:tensor.rank])
        return found

    def predict(self, images):
        """Probabilities of images [n, height, width, channels]."""
        scores = np.zeros((len(images), self.about.outputs), np.float32)
        self.call("predict", pointer(self.params), pointer(self.arena), pointer(images), len(images), pointer(scores))
        return scores

    def predict_prepared(self, images):
        """The same in two calls."""
        prepared = self.memory(self.about.prepared_size)
        self.call("prepare", pointer(self.params), pointer(prepared), pointer(self.arena))
        scores = np.zeros((len(images), self.about.outputs), np.float32)
        self.call("predict_prepared", pointer(self.params), pointer(prepared), pointer(self.arena), pointer(images),
                  len(images), pointer(scores))
        return scores

    def train_step(self, images, labels):
        """The loss before the step."""
        loss = ctypes.c_float()
        self.call("train_step", pointer(self.params), pointer(self.state), pointer(self.arena), pointer(images),
                  pointer(labels), len(images), ctypes.byref(loss))
        return loss.value
