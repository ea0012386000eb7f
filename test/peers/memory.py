#!/usr/bin/python3
"""What a training step needs besides weights: Lathe's arena and PyTorch's growth.

    ./dev memory [--batch N] [--size PIXELS]

Lathe's figure is the constant in the artifact's header: activations, gradients and
everything else that a step of ResNet-18 writes. PyTorch's is by how much the peak of
the process' resident memory grows over forward and backward pass of the same network
and batch, after a small step has loaded and initialised the library. The optimizer's
state is in neither.
"""
import argparse
import ctypes
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def lathe_arena(build, batch, size):
    with open(os.path.join(ROOT, "examples", "models", "resnet18.yaml")) as file:
        text = file.read()
    text = re.sub(r"batch_size: *\d+", f"batch_size: {batch}", text)
    text = re.sub(r"shape: *\[224, 224, 3\]", f"shape: [{size}, {size}, 3]", text)
    planned = subprocess.run([os.path.join(build, "bin", "lathe"), "compile", "-", "--stop-after=planned"],
                             input=text, check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
    layout = re.search(r"exec\.layout \{([^}]*)\}", planned).group(1)
    assert int(re.search(r"batch = (\d+)", layout).group(1)) == batch
    return int(re.search(r"train_arena_size = (\d+)", layout).group(1))


def resident():
    """Peak and present resident memory in bytes."""
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file if ":" in line)
    return int(fields["VmHWM"].split()[0]) * 1024, int(fields["VmRSS"].split()[0]) * 1024


def torch_growth(batch, size, channels_last):
    """Runs in a process of its own: a peak never shrinks."""
    import torch
    import torch.nn.functional as F
    sys.path.insert(0, HERE)
    from networks import ResNet18
    torch.set_num_threads(2)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    network = ResNet18().to(memory_format=layout)
    images = torch.randn(batch, 3, size, size).to(memory_format=layout)
    labels = torch.randint(0, 1000, (batch,))

    def step(n, side):
        F.cross_entropy(network(images[:n, :, :side, :side]), labels[:n]).backward()

    step(1, 64)
    network.zero_grad(set_to_none=True)
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    before = resident()[1]
    step(batch, size)
    print(resident()[0] - before)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--peer", choices=["default", "channels_last"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        torch_growth(arguments.batch, arguments.size, arguments.peer == "channels_last")
        return
    ours = lathe_arena(arguments.build, arguments.batch, arguments.size)
    print(f"ResNet-18, batch {arguments.batch}, {arguments.size}x{arguments.size}, one training step")
    print(f"  Lathe's arena                      {ours / 1e6:8.1f} MB")
    for layout in ("default", "channels_last"):
        command = [sys.executable, __file__, arguments.build, "--batch", str(arguments.batch), "--size",
                   str(arguments.size), "--peer", layout]
        growth = int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        print(f"  PyTorch's peak grows by            {growth / 1e6:8.1f} MB ({layout}); Lathe needs "
              f"{100 * ours / growth:.0f} % of that")


if __name__ == "__main__":
    main()
