"""Compares the tensors of two checkpoints, whatever else their headers hold."""
import json
import struct
import sys


def tensors(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header, data = json.loads(file.read(size)), file.read()
    header.pop("__metadata__", None)
    return {name: data[slice(*entry["data_offsets"])] for name, entry in header.items()}


a, b = tensors(sys.argv[1]), tensors(sys.argv[2])
different = sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))
sys.exit(f"they differ: {different}" if different else 0)
