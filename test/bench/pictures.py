#!/usr/bin/python3
"""Pictures read and augmented by Lathe, PIL and torchvision on one core, side by side.

    ./dev bench pictures [--rounds N] [--data FOLDER]

Reading: JPEG files of 500 x 375 pixels as 224 x 224 of RGB; PIL decodes at the smallest scale that is large enough, too
(`draft`). Augmenting: pictures of 150 x 150 are flipped, turned, zoomed, shifted, made brighter and given contrast, each
by numbers of its own. Lathe and PIL compose the geometric part into one bilinear resampling; torchvision does, too
(RandomAffine). PIL takes and gives bytes, the others floats. CLAHE: of 224 x 224 pixels, of grey and of L of CIE L*a*b*,
beside OpenCV where its Python module is; ours takes and gives floats, and a mean is behind it. A round measures every candidate once; the figures are
medians over the rounds, the ratios medians of the rounds' ratios. Photographs come from FOLDER, else from a data set
beside the project, else they are drawn.
"""
import argparse
import ctypes
import glob
import io
import os
import random
import statistics
import subprocess
import sys
import time

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from artifact import Model, compile_model, pointer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIDE, BATCH = 150, 32
MODEL = f"""
name: chain
input: {{shape: [{SIDE}, {SIDE}, 3]}}
augment:
  - RandomFlip: horizontal
  - RandomRotation: 0.1
  - RandomZoom: 0.2
  - RandomTranslation: {{height_factor: 0.1, width_factor: 0.1}}
  - RandomBrightness: 0.2
  - RandomContrast: 0.2
layers:
  - GlobalAveragePooling2D
  - Dense: {{units: 2, activation: softmax}}
compile: {{optimizer: SGD}}
fit: {{batch_size: {BATCH}}}
"""


def photographs(folder, count):
    """Pictures of 500 x 375, from a folder of JPEG files or drawn; noise of all sizes, the finest the weakest."""
    found = []
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.jpg"), recursive=True)):
        with Image.open(path) as picture:
            if picture.mode == "RGB" and abs(picture.width - 500) < 2 and abs(picture.height - 375) < 2:
                found.append(picture.resize((500, 375)))
        if len(found) == count:
            return found
    print(f"{count - len(found)} of {count} pictures are drawn: their JPEG files differ from those of photographs")
    generator = np.random.default_rng(0)
    while len(found) < count:
        drawn = np.zeros((375, 500, 3))
        for step in (1, 4, 16, 64):
            noise = generator.integers(0, 256, (375 // step + 1, 500 // step + 1, 3), np.uint8)
            enlarged = np.asarray(Image.fromarray(noise).resize((500, 375), Image.BICUBIC), float)
            drawn += enlarged * (0.01 if step == 1 else 0.3)
        found.append(Image.fromarray(np.clip(drawn, 0, 255).astype(np.uint8)))
    return found


def reading(build, pictures):
    """(name, function, pictures of a call) of each candidate."""
    folder = os.path.join(build, "bench", "pictures")
    os.makedirs(folder, exist_ok=True)
    files, paths = [], []
    for i, picture in enumerate(pictures):
        paths.append(os.path.join(folder, f"{i}.jpg"))
        picture.save(paths[-1], quality=90)
        with open(paths[-1], "rb") as file:
            files.append(file.read())
    reader = subprocess.Popen([os.path.join(build, "bin", "lathe_bench_pictures"), *paths], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)

    def lathe():
        reader.stdin.write(b"\n")
        reader.stdin.flush()
        if reader.stdout.readline() != b"done\n":
            raise RuntimeError("Lathe cannot read a picture that PIL wrote")

    def pil():
        for file in files:
            picture = Image.open(io.BytesIO(file))
            picture.draft("RGB", (224, 224))
            np.asarray(picture.resize((224, 224), Image.BILINEAR))

    return [("Lathe", lathe, len(files)), ("PIL", pil, len(files))]


def augmenting(build, pictures):
    folder = os.path.join(build, "bench", "chain")
    model = Model(folder, compile_model(build, MODEL, folder))
    small = [picture.resize((SIDE, SIDE)) for picture in pictures[:BATCH]]
    images = np.stack([np.asarray(picture, np.float32) for picture in small])
    augmented, samples = np.empty_like(images), np.arange(BATCH, dtype=np.int64)

    def lathe():
        model.call("augment", pointer(model.arena), pointer(images), BATCH, ctypes.c_uint64(1), ctypes.c_int64(0),
                   pointer(samples), pointer(augmented))

    def pil():
        for picture in small:
            if random.random() < 0.5:
                picture = ImageOps.mirror(picture)
            angle, middle = random.uniform(-0.63, 0.63), (SIDE - 1) / 2
            zoom, x, y = random.uniform(0.8, 1.2), random.uniform(-15, 15), random.uniform(-15, 15)
            cos, sin = zoom * np.cos(angle), zoom * np.sin(angle)
            matrix = (cos, -sin, middle * (1 - cos + sin) - x, sin, cos, middle * (1 - sin - cos) - y)
            picture = picture.transform((SIDE, SIDE), Image.AFFINE, matrix, Image.BILINEAR)
            picture = ImageEnhance.Brightness(picture).enhance(random.uniform(0.8, 1.2))
            np.asarray(ImageEnhance.Contrast(picture).enhance(random.uniform(0.8, 1.2)))

    candidates = [("Lathe", lathe, BATCH), ("PIL", pil, BATCH)]
    try:
        import torch
        from torchvision import transforms
    except ImportError:
        print("torchvision is not installed and left out")
        return candidates
    torch.set_num_threads(1)
    tensors = torch.from_numpy(images / 255).permute(0, 3, 1, 2).contiguous()
    chain = transforms.Compose([
        transforms.RandomHorizontalFlip(),
        transforms.RandomAffine(36, translate=(0.1, 0.1), scale=(0.8, 1.2),
                                interpolation=transforms.InterpolationMode.BILINEAR),
        transforms.ColorJitter(brightness=0.2, contrast=0.2)])

    def torchvision():
        for tensor in tensors:
            chain(tensor)

    return candidates + [("torchvision", torchvision, BATCH)]


def equalizing(build, pictures, colour):
    """CLAHE of grey pictures, or of L."""
    channels, name = (3, "clahe_l") if colour else (1, "clahe_grey")
    folder = os.path.join(build, "bench", name)
    model = Model(folder, compile_model(build, f"""
name: {name}
input: {{shape: [224, 224, {channels}]}}
layers:
  - CLAHE: {{clip_limit: 2.0, tile_grid_size: 8}}
  - GlobalAveragePooling2D
  - Dense: {{units: 2, activation: softmax}}
fit: {{batch_size: {BATCH}}}
""", folder))
    small = [np.asarray(picture.resize((224, 224)).convert("RGB" if colour else "L")) for picture in pictures[:BATCH]]
    images = np.stack(small).astype(np.float32).reshape(-1, 224, 224, channels)
    candidates = [("Lathe", lambda: model.predict(images), len(small))]
    try:
        import cv2
    except ImportError:
        print("OpenCV's Python module is not installed and left out")
        return candidates
    cv2.setNumThreads(1)
    clahe = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8))

    def opencv():
        for picture in small:
            if not colour:
                clahe.apply(picture)
                continue
            lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
            lab[..., 0] = clahe.apply(lab[..., 0])
            cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)

    return candidates + [("OpenCV", opencv, len(small))]


def measure(title, candidates, rounds):
    """Pictures per second of each candidate, in turns, and the first one's ratio to the others."""
    speeds = {name: [] for name, _, _ in candidates}
    for _, function, _ in candidates:
        function()
    for _ in range(rounds):
        for name, function, count in candidates:
            calls, begin = 0, time.perf_counter()
            while time.perf_counter() - begin < 0.5:
                function()
                calls += 1
            speeds[name].append(calls * count / (time.perf_counter() - begin))
    ours = speeds[candidates[0][0]]
    for name, all_rounds in speeds.items():
        ratio = statistics.median(a / b for a, b in zip(ours, all_rounds))
        print(f"{title:10} {name:12} {statistics.median(all_rounds):8.0f} pictures/s"
              + ("" if all_rounds is ours else f"   Lathe is {ratio:.2f} times as fast"))
    sys.stdout.flush()


def main():
    beside = os.path.join(os.environ.get("LATHE_DATA", os.path.join(ROOT, "..", "shared", "data")), "cats-dogs")
    parser = argparse.ArgumentParser(prog="./dev bench pictures", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=7, help="[7]")
    parser.add_argument("--data", default=beside, metavar="FOLDER", help="of JPEG files of 500 x 375 pixels, or one more or less")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds is at least 1")
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    pictures = photographs(arguments.data, BATCH)
    measure("reading", reading(arguments.build, pictures), arguments.rounds)
    measure("augmenting", augmenting(arguments.build, pictures), arguments.rounds)
    measure("CLAHE grey", equalizing(arguments.build, pictures, False), arguments.rounds)
    measure("CLAHE of L", equalizing(arguments.build, pictures, True), arguments.rounds)


if __name__ == "__main__":
    main()
