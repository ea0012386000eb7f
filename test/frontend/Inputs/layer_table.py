"""Prints the table of layers, compiler/frontend/LAYERS.md, from what the compiler does.

usage: layer_table.py LATHE SOURCES

For each layer of the reference, a model of its example is compiled: the operations of
the prediction and those that the training step has besides, each less what the same
model without the layer has. A layer is fused with what follows or precedes when a ReLU
there shares a kernel with one of the layer's operations. The proofs are the cases of
test/model that name the layer.
"""
import os
import re
import subprocess
import sys
from collections import Counter

LATHE, SOURCES = sys.argv[1:]


def run(*arguments, text=None):
    return subprocess.run([LATHE, *arguments], input=text, check=True, stdout=subprocess.PIPE,
                          universal_newlines=True).stdout


def layers():
    overview = run("layers")
    names = re.findall(r"^  (\w+) ", re.search(r"^Layers:.*\n((?:  .*\n)+)", overview, re.M)[1], re.M)
    return [(name, run("layers", name).splitlines()[2].strip()) for name in names]


def is_sequence_layer(name):
    return "1D" in name or name in ("MultiHeadAttention", "PositionEmbedding", "ClassToken")


# What prepares pictures comes first: it has no gradient, or nobody needs it.
PICTURES = ("CenterCrop", "Grayscale", "AutoContrast", "PerImageStandardization", "Posterization", "Solarization",
            "Equalization", "CLAHE", "ContrastLimitedAdaptiveHistogramEqualization")


def model(name, lines):
    """A classifier around the layers' lines."""
    sequences, pictures = is_sequence_layer(name), name in PICTURES
    shape = [32, 8] if sequences else [32, 32, 3 if pictures else 8]
    text = f"name: m\ninput: {{shape: {shape}}}\nlayers:\n"
    text += "" if pictures else "  - Conv1D: {filters: 8, kernel_size: 1, name: conv2d}\n" if sequences else \
        "  - Conv2D: {filters: 8, kernel_size: 1, name: conv2d}\n"
    if name in ("RepeatVector", "Dense"):
        text += "  - Flatten\n"
    text += "".join(f"  - {line}\n" for line in lines)
    return text + "  - Flatten\n  - Dense: {units: 2, activation: softmax, name: last}\n"


def steps(text, stage):
    """The module's text, and its functions by name."""
    module = run("compile", "-", "--stop-after=" + stage, text=text)
    bodies = {m[1]: m[0] for m in re.finditer(r"(?:func|exec)\.func @(\w+)\(.*?\n  \}", module, re.S)}
    assert bodies
    return module, bodies


def operations(body):
    skipped = {"read", "assign", "reshape", "constant"}
    return [op for op in re.findall(r"\bnn\.(\w+)", body) if op not in skipped]


def less(ops, others):
    """The operations of a list that are left when others are taken away, each kind once."""
    left, kinds = Counter(ops) - Counter(others), []
    for op in ops:
        if left[op] > 0 and op not in kinds:
            kinds.append(op)
    return kinds


def updates(ops):
    return [op for op in ops if not op.endswith("_update") and op not in ("increment", "moving_average")]


def kernels(text):
    """The operations of each kernel of the planned model."""
    module, _ = steps(text, "planned")
    found = [set(re.findall(r"\bnn\.(\w+)", body))
             for body in re.findall(r"exec\.kernel @.*?exec\.yield", module, re.S)]
    for kernel in found:
        if "winograd_conv2d" in kernel:  # computes either
            kernel |= {"conv2d", "conv2d_backward_data"}
        if "packed_conv2d" in kernel:
            kernel.add("conv2d")
    return found


def fusions(name, example, forward, backward):
    found = []
    after = kernels(model(name, [example, "ReLU: {negative_slope: 0.5}"]))
    if any(set(forward) & kernel and "activation" in kernel for kernel in after) and "activation" not in forward:
        found.append("activations behind it")
    merges = "inputs:" in example
    before = [] if merges else kernels(model(name, ["ReLU: {negative_slope: 0.5}", example]))
    if any(set(forward) & kernel and "activation" in kernel for kernel in before) and "activation" not in forward:
        found.append("activations before it")
    if any(set(backward) & kernel and "activation_backward" in kernel for kernel in before) \
            and "activation_backward" not in backward:
        found.append("their gradients")
    if "conv2d" in forward and not is_sequence_layer(name):
        pooled = kernels(model(name, [example, "MaxPooling2D: {name: pool}"]))
        if any("conv2d" in kernel and "max_pool2d" in kernel for kernel in pooled):
            found.append("max pooling behind it")
    return found


def read(path):
    with open(os.path.join(SOURCES, path)) as file:
        return file.read()


def proofs(name):
    name, found = name.split()[0], []
    for case, layers in re.findall(r'\{"(\w+)",\s*\w*"?[^"]*?"?,\s*((?:\w+\s*)?"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*)\}',
                                   read("test/model/LayerGradientsTest.cpp")):
        if re.search(r"\b%s\b" % name, layers.replace("\\n", " ")):
            found.append(case)
    recorded = re.search(r"const char \*const files\[\].*?;", read("test/model/KerasVectorsTest.cpp"), re.S)[0]
    proof = ["differences: " + ", ".join(found[:3])] if found else []
    if re.search(r'": "%s: ' % name, read("test/e2e/pictures.test")):
        proof.append("NumPy or OpenCV")
    if re.search(r'\.%s"' % name, recorded):
        proof.append("Keras's recorded outputs")
    return proof


def row(name, example):
    _, plain = steps(model(name, []), "stepped")
    _, with_layer = steps(model(name, [example]), "stepped")
    forward = less(operations(with_layer["predict"]), operations(plain["predict"]))
    train = updates(less(operations(with_layer["train_step"]), operations(plain["train_step"])))
    in_training = [op for op in train if op in forward]
    backward = [op for op in train if op not in in_training]
    code = lambda ops: ", ".join(f"`{op}`" for op in ops) or "nothing to compute"
    return f"| {name} | {code(forward)} | {code(backward)} | {'; '.join(fusions(name, example, forward, train)) or '-'} " \
           f"| {'; '.join(proofs(name)) or '-'} |"


def main():
    print("""# Layers

What each layer becomes, and what proves it. Generated by `./dev docs` from the compiler's output; a test compares.
Operations are those of the nn dialect: of the prediction, and of the training step besides (gradients, and what
training needs instead). All kernels are tested against naive loops as well.

| layer | forward | backward | fused with | proven by |
|---|---|---|---|---|""")
    for name, example in layers():
        print(row(name, example))
        if name == "Dense":
            print(row("Dense of images", example))


if __name__ == "__main__":
    main()
