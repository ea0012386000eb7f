#!/usr/bin/env python3
"""Prints the lists of keras_split_test.cpp: what Keras holds out of the blood
cells, with NumPy's generator and Keras's rules (image_dataset_from_directory of
keras 3.16; ImageDataGenerator.flow_from_directory), as the fingerprints that
checkpoints keep.

    python3 record_keras_split.py ../shared/data/blood-cells/TRAIN
"""
import os
import sys

import numpy as np


def fingerprint(samples):
    bits = 0xcbf29ce484222325
    for name, label in sorted(samples):
        for byte in name.encode() + b"\0" + int(label).to_bytes(4, "little"):
            bits = (bits ^ byte) * 0x100000001b3 % 2**64
    return f"{len(samples)} samples, {bits:016x}"


def files_of(root, folder, suffixes):
    for parent, _, files in sorted(os.walk(os.path.join(root, folder)), key=lambda step: step[0]):
        for file in sorted(files):
            if file.lower().endswith(suffixes):
                yield os.path.relpath(os.path.join(parent, file), root)


def image_dataset_from_directory(root, folders, seed, split):
    paths, labels = [], []
    for label, folder in enumerate(folders):
        found = list(files_of(root, folder, (".bmp", ".gif", ".jpeg", ".jpg", ".png")))
        paths += found
        labels += [label] * len(found)
    labels = np.array(labels, dtype="int32")
    np.random.RandomState(seed).shuffle(paths)
    np.random.RandomState(seed).shuffle(labels)
    held_out = int(split * len(paths))
    samples = list(zip(paths, labels))
    return samples[:-held_out], samples[-held_out:]


def image_data_generator(root, folders, split):
    train, validation = [], []
    for label, folder in enumerate(folders):
        suffixes = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")
        samples = [(path, label) for path in files_of(root, folder, suffixes)]
        end = int(split * len(samples))
        validation += samples[:end]
        train += samples[end:]
    return train, validation


root = sys.argv[1]
folders = sorted(folder for folder in os.listdir(root) if os.path.isdir(os.path.join(root, folder)))
for train, validation in (image_dataset_from_directory(root, folders, 123, 0.2),
                          image_data_generator(root, folders, 0.3)):
    print(fingerprint(train))
    print(fingerprint(validation))
