"""Networks of examples/ as PyTorch modules, and how a ResNet takes the weights of Lathe's.

All take images whose pixels are scaled already and return logits. Their layers stand in
the order of the model files.
"""
import json
import struct

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


# What the example models subtract from the pixels of CIFAR-10, and divide by.
CIFAR_MEAN = (125.3, 123.0, 113.9)
CIFAR_VARIANCE = (3967, 3856, 4450)


def normalize_cifar(images):
    """uint8 [n, 3, 32, 32] as float32."""
    mean = np.array(CIFAR_MEAN, np.float32)[:, None, None]
    deviation = np.sqrt(np.array(CIFAR_VARIANCE, np.float32))[:, None, None]
    return torch.from_numpy((images.astype(np.float32) - mean) / deviation)


def average(x):
    """Global average pooling, in the form that is one node of an exported graph."""
    return F.adaptive_avg_pool2d(x, 1).flatten(1)


class BasicBlock(nn.Module):
    """He et al., 2015, figure 2; `projection` is option B, else option A of section 4.2."""

    def __init__(self, channels, filters, stride, projection, epsilon, momentum):
        super().__init__()
        norm = lambda: nn.BatchNorm2d(filters, eps=epsilon, momentum=1 - momentum)
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.norm1 = norm()
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.norm2 = norm()
        self.shortcut = None
        if projection and (stride != 1 or channels != filters):
            self.shortcut = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), norm())

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        y = self.norm2(self.conv2(y))
        return F.relu(y + (x if self.shortcut is None else self.shortcut(x)), inplace=True)


class ResNet18(nn.Module):
    def __init__(self, classes=1000, epsilon=1e-5, momentum=0.9):
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.norm = nn.BatchNorm2d(64, eps=epsilon, momentum=1 - momentum)
        blocks, channels = [], 64
        for filters, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
            for number in range(2):
                blocks.append(BasicBlock(channels, filters, 1 if number else stride, True, epsilon, momentum))
                channels = filters
        self.blocks = nn.Sequential(*blocks)
        self.dense = nn.Linear(512, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x)), inplace=True), 3, 2, 1)
        return self.dense(average(self.blocks(x)))


class ResNet20(nn.Module):
    """He et al., 2015, section 4.2, with projection shortcuts: 272,474 parameters."""

    def __init__(self, classes=10, epsilon=1e-5, momentum=0.9):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(16, eps=epsilon, momentum=1 - momentum)
        blocks, channels = [], 16
        for filters, stride in ((16, 1), (32, 2), (64, 2)):
            for number in range(3):
                blocks.append(BasicBlock(channels, filters, 1 if number else stride, True, epsilon, momentum))
                channels = filters
        self.blocks = nn.Sequential(*blocks)
        self.dense = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.norm(self.conv(x)), inplace=True)
        return self.dense(average(self.blocks(x)))


def convolutions(*channels):
    """3x3 convolutions without padding, each followed by ReLU."""
    return [(nn.Conv2d(before, after, 3), nn.ReLU(inplace=True)) for before, after in zip(channels, channels[1:])]


class FashionMnist(nn.Sequential):
    def __init__(self):
        first, second, third = convolutions(1, 32, 64, 64)
        super().__init__(*first, nn.MaxPool2d(2), *second, nn.MaxPool2d(2), *third, nn.Dropout(0.3), nn.Flatten(),
                         nn.Linear(576, 64), nn.ReLU(inplace=True), nn.Dropout(0.3), nn.Linear(64, 10))


class CatsVsDogs(nn.Sequential):
    def __init__(self):
        first, second, third = convolutions(3, 32, 64, 128)
        super().__init__(*first, nn.MaxPool2d(2), *second, nn.MaxPool2d(2), *third, nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(17 * 17 * 128, 512), nn.ReLU(inplace=True), nn.Linear(512, 2))


class MobileNetV1(nn.Module):
    """Howard et al., 2017, table 1, with Keras's batch normalisation; convolutions pad alike on all sides."""

    def __init__(self, classes=1000):
        super().__init__()
        activated = lambda n: (nn.BatchNorm2d(n, eps=1e-3, momentum=0.01), nn.ReLU6(inplace=True))
        layers, channels = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), *activated(32)], 32
        for filters, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2),
                                (1024, 1)):
            layers += [nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False), *activated(channels),
                       nn.Conv2d(channels, filters, 1, bias=False), *activated(filters)]
            channels = filters
        self.layers = nn.Sequential(*layers)
        self.dropout = nn.Dropout(0.001)
        self.dense = nn.Linear(1024, classes)

    def forward(self, x):
        return self.dense(self.dropout(average(self.layers(x))))


def read_safetensors(path):
    """The float32 tensors of a file, by name."""
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            tensors[name] = np.frombuffer(data[begin:end], np.float32).reshape(entry["shape"])
    return tensors


def layer_name(path):
    """The layer of examples/models/resnet*.yaml that a submodule corresponds to."""
    if path in ("conv", "norm"):
        return "stem/" + ("conv" if path == "conv" else "bn")
    if path == "dense":
        return "head"
    _, number, part, *rest = path.split(".")
    stage, index = LAYER_OF_BLOCK[int(number)]
    kind = "shortcut" if part == "shortcut" else "conv" + part[-1]
    is_norm = part.startswith("norm") or rest == ["1"]
    return f"stage{stage}/{index}/{kind}/{'bn' if is_norm else 'conv'}"


LAYER_OF_BLOCK = [(stage, index) for stage in (1, 2, 3) for index in range(3)]  # of ResNet-20


def load(module, tensors):
    """Fills a ResNet-20 with the tensors of Lathe's."""
    with torch.no_grad():
        for path, child in module.named_modules():
            if not isinstance(child, (nn.Conv2d, nn.BatchNorm2d, nn.Linear)):
                continue
            get = lambda name: torch.from_numpy(tensors[layer_name(path) + "/" + name].copy())
            if isinstance(child, nn.Conv2d):
                child.weight.copy_(get("kernel").permute(3, 2, 0, 1))
            elif isinstance(child, nn.BatchNorm2d):
                child.weight.copy_(get("gamma"))
                child.bias.copy_(get("beta"))
                child.running_mean.copy_(get("moving_mean"))
                child.running_var.copy_(get("moving_variance"))
            else:
                child.weight.copy_(get("kernel").T)
                child.bias.copy_(get("bias"))
