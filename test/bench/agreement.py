"""Candidates of a case compute the same: weights from Lathe, results compared."""
import numpy as np
import torch
import torch.nn as nn

PROBABILITIES = 1e-4  # largest absolute difference
LOSS = 1e-3  # largest relative difference
FALL = 1e-2  # the same of by how much the loss falls, which is what gradients say


class Disagreement(Exception):
    pass


def flattened_shapes(network, images):
    """[channels, height, width] that each Linear after a Flatten takes in a row."""
    shapes, flat = {}, []

    def see(module, inputs, _):
        if isinstance(module, nn.Flatten):
            flat.append(tuple(inputs[0].shape[1:]))
        elif isinstance(module, nn.Linear):
            shapes[module] = flat.pop() if flat else None

    hooks = [module.register_forward_hook(see) for module in network.modules()]
    with torch.inference_mode():
        network.eval()(images[:1])
    for hook in hooks:
        hook.remove()
    return shapes


def torch_kernel(module, kernel, flattened):
    """A kernel of Lathe's as the module stores it."""
    if isinstance(module, nn.Conv2d):
        if module.groups > 1:  # depthwise: [height, width, channels, multiplier]
            height, width, channels, multiplier = kernel.shape
            return kernel.reshape(height, width, 1, channels * multiplier).transpose(3, 2, 0, 1)
        return kernel.transpose(3, 2, 0, 1)
    if flattened:  # Keras flattens with the channels last, PyTorch with the channels first.
        channels, height, width = flattened
        kernel = kernel.reshape(height, width, channels, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
    return kernel.T


def layers(network, weights):
    """Lathe's layers with their tensors by name, and the modules that correspond to them: the same order."""
    found = {}
    for name, values in weights.items():
        layer, part = name.rsplit("/", 1)
        found.setdefault(layer, {})[part] = values
    modules = [module for module in network.modules() if next(module.parameters(recurse=False), None) is not None]
    if len(found) != len(modules):
        raise Disagreement(f"Lathe has {len(found)} layers with weights, PyTorch {len(modules)}")
    return [(layer, parts, module) for (layer, parts), module in zip(found.items(), modules)]


def load(network, weights, images):
    """Gives a module the weights of Lathe's, layer by layer; names and shapes are checked."""
    flattened = flattened_shapes(network, images)
    for layer, parts, module in layers(network, weights):
        if isinstance(module, nn.BatchNorm2d):
            targets = {"gamma": module.weight, "beta": module.bias, "moving_mean": module.running_mean,
                       "moving_variance": module.running_var}
        else:
            targets = {"kernel": module.weight}
            if module.bias is not None:
                targets["bias"] = module.bias
            if "kernel" in parts:
                parts["kernel"] = torch_kernel(module, parts["kernel"], flattened.get(module))
        if set(parts) != set(targets):
            raise Disagreement(f"{layer} has {sorted(parts)}, {module} {sorted(targets)}")
        for part, values in parts.items():
            if values.shape != targets[part].shape:
                raise Disagreement(f"{layer}/{part} has the shape {values.shape}, {module} {targets[part].shape}")
            with torch.no_grad():
                targets[part].copy_(torch.from_numpy(np.ascontiguousarray(values)))


def has_batch_norms(network):
    return any(isinstance(module, nn.BatchNorm2d) for module in network.modules())


def calibrate(network, weights, images):
    """Batch norms take the statistics of the images, on both sides.

    With new ones, the values of a deep network grow or vanish from layer to layer. Its
    probabilities are then 0 and 1, or all the same, and say little about the network.
    """
    norms = [(parts, module) for _, parts, module in layers(network, weights) if isinstance(module, nn.BatchNorm2d)]
    momenta = [module.momentum for _, module in norms]
    for _, module in norms:
        module.momentum = 1
    with torch.no_grad():
        network.train()(images)
    network.eval()
    for (parts, module), momentum in zip(norms, momenta):
        module.momentum = momentum
        parts["moving_mean"][...] = module.running_mean.numpy()
        parts["moving_variance"][...] = module.running_var.numpy()


def check_probabilities(ours, others):
    """The largest difference between Lathe's probabilities and each candidate's, by name."""
    differences = {}
    for name, theirs in others.items():
        differences[name] = float(abs(ours - theirs).max())
        if not differences[name] < PROBABILITIES:  # NaN is no agreement either
            raise Disagreement(f"probabilities of {name} differ from Lathe's by {differences[name]:.1e}, "
                               f"more than {PROBABILITIES:.0e}")
    return differences


def check_losses(ours, theirs):
    """Largest relative difference between the losses of some training steps."""
    difference = max(abs(a - b) / abs(b) for a, b in zip(ours, theirs))
    if not difference < LOSS:
        raise Disagreement(f"losses of training steps differ by {difference:.1e}, more than {LOSS:.0e}: "
                           f"{ours}, PyTorch's {theirs}")
    falls = [losses[0] - losses[-1] for losses in (ours, theirs)]
    if not abs(falls[0] - falls[1]) < FALL * abs(falls[1]):
        raise Disagreement(f"the loss falls by {falls[0]:.4g}, PyTorch's by {falls[1]:.4g}")
    return difference
