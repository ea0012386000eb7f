"""Writes a model around the example of each layer of the reference.

usage: example_models.py LATHE FOLDER
"""
import os
import re
import subprocess
import sys

lathe, folder = sys.argv[1:]
overview = subprocess.run([lathe, "layers"], capture_output=True, text=True, check=True).stdout
names = re.findall(r"^  (\w+) ", re.search(r"^Layers:.*\n((?:  .*\n)+)", overview, re.M)[1], re.M)
assert len(names) > 50, names
os.makedirs(folder, exist_ok=True)
for name in names:
    text = subprocess.run([lathe, "layers", name], capture_output=True, text=True, check=True).stdout
    example = text.splitlines()[2].strip()
    # Layers of sequences and of images; examples name a convolution.
    sequences = "1D" in name or name in ("MultiHeadAttention", "PositionEmbedding", "ClassToken")
    # Layers that prepare pictures have three colours.
    pictures = re.search(r"\b(CLAHE|Grayscale)\b", name)
    shape = [32, 8] if sequences else [32, 32, 3 if pictures else 8]
    lines = ["name: m", f"input: {{shape: {shape}}}", "layers:"]
    if name == "RepeatVector":
        lines.append("  - Flatten")
    if "conv2d," in example:
        lines.append("  - Conv2D: {filters: 8, kernel_size: 1}")
    lines += [f"  - {example}", "  - Flatten", "  - Dense: {units: 2, activation: softmax}"]
    with open(os.path.join(folder, name + ".yaml"), "w") as file:
        file.write("\n".join(lines) + "\n")
