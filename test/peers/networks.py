"""ResNets as PyTorch modules, with Lathe's names for their parameters.

Both sides are built from the same weights: `parameters` lists a module's tensors
in the order in which Lathe lists the model's, and `load` fills them from a
checkpoint of the artifact (safetensors, channels last).
"""
import json
import struct

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


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
        return self.dense(self.blocks(x).mean((2, 3)))


class ResNet20(nn.Module):
    """He et al., 2015, section 4.2, with projection shortcuts: 272,474 parameters."""

    def __init__(self, classes=10, epsilon=1e-3, momentum=0.9):
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
        return self.dense(self.blocks(x).mean((2, 3)))


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


def load(module, tensors, names):
    """Fills the module from Lathe's tensors; `names` maps a submodule to a layer."""
    with torch.no_grad():
        for path, child in module.named_modules():
            if isinstance(child, nn.Conv2d):
                kernel = torch.from_numpy(tensors[names(path) + "/kernel"].copy())
                child.weight.copy_(kernel.permute(3, 2, 0, 1))
            elif isinstance(child, nn.BatchNorm2d):
                for ours, theirs in (("gamma", child.weight), ("beta", child.bias),
                                     ("moving_mean", child.running_mean),
                                     ("moving_variance", child.running_var)):
                    theirs.copy_(torch.from_numpy(tensors[names(path) + "/" + ours].copy()))
            elif isinstance(child, nn.Linear):
                child.weight.copy_(torch.from_numpy(tensors[names(path) + "/kernel"].T.copy()))
                child.bias.copy_(torch.from_numpy(tensors[names(path) + "/bias"].copy()))
