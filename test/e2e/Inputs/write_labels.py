"""Writes images whose quarters are bright or dark, and labels of them.

    write_labels.py FOLDER COUNT   COUNT labels: one number, or 0 or 1 for each
"""
import os
import struct
import sys


def write(path, kind, shape, data):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data)


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    images, labels = bytearray(), []
    for i in range(160):
        bright = [(i >> quarter) & 1 for quarter in range(4)]
        for y in range(4):
            for x in range(4):
                images.append(200 * bright[2 * (y // 2) + x // 2] + (i * 7 + 5 * x + y) % 40)
        labels += bright[:count]
    for part in ("train", "test"):
        write(f"{folder}/x_{part}.npy", "|u1", (160, 4, 4, 1), bytes(images))
        shape = (160, count) if count > 1 else (160,)
        write(f"{folder}/y_{part}.npy", "<i8", shape, struct.pack(f"<{len(labels)}q", *labels))


main()
