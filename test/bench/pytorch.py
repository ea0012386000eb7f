"""PyTorch as a candidate: the same network, weights, recipe and batch, at its best.

Import only after the environment says how many threads there are.
"""
import copy
import ctypes
import gc
import os
import statistics
import sys
import time

import numpy as np
import torch
import torch.nn as nn

import agreement
from cases import ROOT, optimizer, pixel_scale

sys.path.insert(0, os.path.join(ROOT, "test", "peers"))
import networks  # noqa: E402

WARM_UP, FEWEST_RUNS = 3, 5
LAYOUTS = {"": torch.contiguous_format, " channels_last": torch.channels_last}


def configure(threads):
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    # What a step frees stays with the process for the next one, which PyTorch's tuning
    # guide advises by another allocator. M_MMAP_MAX, M_TRIM_THRESHOLD of malloc.h.
    libc = ctypes.CDLL("libc.so.6")
    assert libc.mallopt(-4, 0) and libc.mallopt(-1, 2**31 - 1)


def release():
    """Memory of networks that nobody holds any more goes back to the system."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)


def median_ms(work, seconds):
    for _ in range(WARM_UP):
        work()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < FEWEST_RUNS:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


class FromPixels(nn.Module):
    """A network behind the layer that scales its pixels."""

    def __init__(self, network, scale, offset):
        super().__init__()
        per_channel = lambda values: torch.tensor(values, dtype=torch.float32).reshape(1, -1, 1, 1)
        self.network = network
        self.register_buffer("scale", per_channel(scale))
        self.register_buffer("offset", per_channel(offset) if any(offset) else None)

    def forward(self, x):
        return self.network(x * self.scale if self.offset is None else torch.addcmul(self.offset, x, self.scale))


def to_torch(images):
    """Lathe's images [n, height, width, channels] as PyTorch takes them."""
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


def build(case, text, weights, images):
    """The case's network with Lathe's weights; it returns logits."""
    network = FromPixels(getattr(networks, case.network.module)(), *pixel_scale(text))
    agreement.load(network.network, weights, to_torch(images))
    return network


def make_optimizer(text, parameters):
    """The recipe's, with Keras's defaults."""
    kind, arguments = optimizer(text)
    rate, momentum = arguments.pop("learning_rate"), arguments.pop("momentum", 0)
    assert not arguments, f"{kind} has further arguments: {arguments}"
    if kind == "RMSprop":
        return torch.optim.RMSprop(parameters, lr=rate, alpha=0.9, eps=1e-7, momentum=momentum)
    assert kind == "SGD", kind
    return torch.optim.SGD(parameters, lr=rate, momentum=momentum)


class Training:
    """Training steps on one batch; each measurement begins with the same weights."""

    def __init__(self, layout, network, text, images, labels, seconds):
        self.name, self.peer = "PyTorch" + layout, "PyTorch"
        self.network = copy.deepcopy(network).to(memory_format=LAYOUTS[layout])
        self.initial = copy.deepcopy(self.network.state_dict())
        self.text, self.seconds = text, seconds
        self.images = to_torch(images).to(memory_format=LAYOUTS[layout])
        self.labels = torch.from_numpy(labels.astype(np.int64))
        self.loss = nn.CrossEntropyLoss()

    def begin(self, optimizer):
        self.network.load_state_dict(self.initial)
        self.network.train()
        self.optimizer = optimizer

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.network(self.images), self.labels)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def plain_losses(self, rate, steps):
        """Of the first steps of gradient descent without dropout."""
        self.begin(torch.optim.SGD(self.network.parameters(), lr=rate))
        rates = {module: module.p for module in self.network.modules() if isinstance(module, nn.Dropout)}
        for module in rates:
            module.p = 0
        losses = [float(self.step()) for _ in range(steps)]
        for module, rate in rates.items():
            module.p = rate
        return losses

    def measure(self):
        self.begin(make_optimizer(self.text, self.network.parameters()))
        return median_ms(self.step, self.seconds)


class Prediction:
    """Probabilities of one batch; `frozen` runs what torch.jit makes of the network for inference."""

    def __init__(self, layout, frozen, network, images, seconds):
        self.name, self.peer = "PyTorch" + (" frozen" if frozen else "") + layout, "PyTorch"
        self.seconds = seconds
        self.images = to_torch(images).to(memory_format=LAYOUTS[layout])
        self.run = nn.Sequential(copy.deepcopy(network), nn.Softmax(1)).eval().to(memory_format=LAYOUTS[layout])
        if frozen:
            with torch.no_grad():
                traced = torch.jit.freeze(torch.jit.trace(self.run, self.images))
                self.run = torch.jit.optimize_for_inference(traced)

    def predict(self):
        with torch.inference_mode():
            return self.run(self.images)

    def probabilities(self):
        return self.predict().numpy()

    def measure(self):
        return median_ms(self.predict, self.seconds)


def predictions(network, images, seconds):
    """All candidates; where torch.jit cannot freeze a network, the others remain."""
    found = []
    for frozen in (False, True):
        for layout in LAYOUTS:
            try:
                found.append(Prediction(layout, frozen, network, images, seconds))
                found[-1].predict()
            except RuntimeError as error:
                if not frozen:
                    raise
                print(f"bench: left out, torch.jit fails: {str(error).splitlines()[0]}", file=sys.stderr)
    return found


def export(network, images, path):
    """The network that returns probabilities, as an ONNX graph."""
    torch.onnx.export(nn.Sequential(network, nn.Softmax(1)).eval(), to_torch(images), path, input_names=["images"],
                      output_names=["probabilities"])
