"""ResNet-18 with drawn weights, as PyTorch exports it, and what it gives.

    resnet18.py export FOLDER    resnet18.onnx, images.npy and scores.npy
    resnet18.py compare FOLDER   the artifact's scores with PyTorch's
"""
import os
import sys

import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path[:0] = [os.path.join(ROOT, "bench"), os.path.join(ROOT, "peers")]
SIZE, IMAGES, TOLERANCE = 64, 3, 1e-4


def export(folder):
    import networks
    import torch

    torch.manual_seed(1)
    network = networks.ResNet18(momentum=0)
    images = torch.randn(IMAGES, 3, SIZE, SIZE)
    with torch.no_grad():  # statistics of such images
        network.train()(torch.randn(16, 3, SIZE, SIZE))
    network.eval()
    torch.onnx.export(network, images[:1], os.path.join(folder, "resnet18.onnx"), input_names=["images"],
                      output_names=["scores"], dynamic_axes={"images": {0: "N"}, "scores": {0: "N"}})
    np.save(os.path.join(folder, "images.npy"), images.numpy())
    with torch.no_grad():
        np.save(os.path.join(folder, "scores.npy"), network(images).numpy())


def compare(folder):
    import artifact

    found = artifact.Model(folder, "resnet18").predict(np.load(os.path.join(folder, "images.npy")))
    wanted = np.load(os.path.join(folder, "scores.npy"))
    difference = np.abs(found - wanted).max()
    assert wanted.std() > 0.1, "all scores are the same"
    print(f"the largest difference is {difference:.1e}:", "they agree" if difference < TOLERANCE else "too much")


{"export": export, "compare": compare}[sys.argv[1]](sys.argv[2])
