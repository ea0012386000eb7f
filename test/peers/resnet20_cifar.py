#!/usr/bin/python3
"""ResNet-20 on CIFAR-10, trained by Lathe and by PyTorch with one recipe.

    ./dev resnet20 [--epochs N] [--seeds 1,2,3] [--data DIR] [--only lathe|torch]
                   [--threads N] [--augment] [--cutmix P [--off-epoch N]]

SGD with momentum 0.9 and weight decay, a cosine schedule from 0.1 to 0 over all
epochs, batches of 128, no augmentation; with --augment, the recipe of
examples/cifar10/model.yaml, flips and shifts; --cutmix P adds CutMix, of the share P of
the batches, up to an epoch with --off-epoch. Each side draws its own initial weights (He
normal; the last layer Glorot uniform) and its own order of the images. Prints the test
accuracy per seed and the difference of the means. At ten epochs seeds differ by about
1.4 points (one standard deviation), so use at least twenty to tell a difference of one.
"""
import argparse
import gzip
import json
import os
import re
import statistics
import subprocess
import sys
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BATCH, RATE, DECAY = 128, 0.1, 5e-4


def read_cifar(path):
    with gzip.open(path) as file:
        rows = np.frombuffer(file.read(), np.uint8).reshape(-1, 3073)
    return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0].astype(np.int64)


def plain_recipe(epochs):
    with open(os.path.join(ROOT, "examples", "models", "resnet20_cifar.yaml")) as file:
        text = file.read()
    text = text[:re.search(r"^compile:", text, re.M).start()]
    text += f"""
compile:
  optimizer:
    SGD:
      learning_rate: {{CosineDecay: {{initial_learning_rate: {RATE}, decay_steps: {-(-10000 // BATCH) * epochs}}}}}
      momentum: 0.9
  loss: sparse_categorical_crossentropy
  metrics: [accuracy]
fit: {{batch_size: {BATCH}, epochs: {epochs}}}
data: {{format: cifar10}}
"""
    return re.sub(r"kernel_initializer: he_normal", f"kernel_initializer: he_normal, kernel_regularizer: {{l2: {DECAY / 2}}}", text)


def augmented_recipe(epochs, cutmix, off_epoch):
    with open(os.path.join(ROOT, "examples", "cifar10", "model.yaml")) as file:
        text = file.read()
    text = re.sub(r"^name: .*", "name: resnet20", text, flags=re.M)
    if cutmix:
        ends = f", off_epoch: {off_epoch}" if off_epoch < epochs else ""
        text = text.replace("layers:\n  - Normalization",
                            f"  - CutMix: {{probability: {cutmix}{ends}}}\nlayers:\n  - Normalization")
    return re.sub(r"(\b(?:decay_)?epochs): 40", rf"\1: {epochs}", text)


def train_lathe(build, data, epochs, seeds, threads, text):
    work = os.path.join(build, "peers")
    os.makedirs(work, exist_ok=True)
    model = os.path.join(work, "resnet20_cifar.yaml")
    with open(model, "w") as file:
        file.write(text)
    subprocess.run([os.path.join(build, "bin", "lathe"), "compile", model, "-o", work], check=True)
    program = os.path.join(work, "resnet20")
    accuracies = []
    for seed in seeds:
        begin = time.time()
        weights = os.path.join(work, f"seed{seed}.safetensors")
        subprocess.run([program, "train", "--data", data, "--seed", str(seed), "--save", weights,
                        "--threads", str(threads)], check=True,
                       stdout=subprocess.DEVNULL)
        result = json.loads(subprocess.run([program, "evaluate", "--data", data, "--weights", weights, "--json"],
                                           check=True, stdout=subprocess.PIPE).stdout)
        accuracies.append(result["accuracy"])
        print(f"Lathe   seed {seed}: {accuracies[-1]:.4f}  ({time.time() - begin:.0f} s)", flush=True)
    return accuracies


def flipped_and_shifted(images):
    """RandomFlip: horizontal and RandomTranslation by up to an eighth, bilinear, of normalized images: what comes in
    from outside is the mean, as good as 127."""
    import torch
    import torch.nn.functional as F
    count = len(images)
    affine = torch.zeros(count, 2, 3)
    affine[:, 0, 0] = 1 - 2 * (torch.rand(count) < 0.5).float()
    affine[:, 1, 1] = 1
    affine[:, :, 2] = torch.rand(count, 2) * 0.5 - 0.25  # in halves of the image
    return F.grid_sample(images, F.affine_grid(affine, images.shape, align_corners=False), align_corners=False)


def cut_mixed(images, targets, cutmix):
    """CutMix as Keras draws it: of each batch a parameter a from 0 to 1, of each image a share of the
    distribution Beta(a, a), and a rectangle inside the image from another image of the batch."""
    import torch
    if torch.rand(()) >= cutmix:
        return images, targets
    count, _, height, width = images.shape
    a = torch.rand(()) + 1e-6
    side = torch.sqrt(1 - torch.distributions.Beta(a, a).sample((count,)))
    tall, wide = (side * height).long(), (side * width).long()
    top = (torch.rand(count) * (height - tall + 1)).long()
    left = (torch.rand(count) * (width - wide + 1)).long()
    rows, columns = torch.arange(height).view(1, -1, 1), torch.arange(width).view(1, 1, -1)
    at = lambda values: values.view(-1, 1, 1)
    inside = ((rows >= at(top)) & (rows < at(top + tall)) & (columns >= at(left)) & (columns < at(left + wide)))
    other = torch.randperm(count)
    share = inside.float().mean((1, 2)).view(-1, 1)
    return (torch.where(inside.unsqueeze(1), images[other], images),
            (1 - share) * targets + share * targets[other])


def train_torch(data, epochs, seeds, threads, augment, cutmix, off_epoch):
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
    sys.path.insert(0, HERE)
    from networks import ResNet20, normalize_cifar
    torch.set_num_threads(threads)
    scale = lambda images: normalize_cifar(images).to(memory_format=torch.channels_last)
    images, labels = read_cifar(os.path.join(data, "data_batch_1.bin.gz"))
    test_images, test_labels = read_cifar(os.path.join(data, "test_batch.bin.gz"))
    images, labels, test_images = scale(images), torch.from_numpy(labels), scale(test_images)
    steps = -(-len(labels) // BATCH)
    accuracies = []
    for seed in seeds:
        begin = time.time()
        torch.manual_seed(seed)
        network = ResNet20().to(memory_format=torch.channels_last)
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.trunc_normal_(module.weight, 0, 1, -2, 2)
                fan_in = module.weight[0].numel()
                with torch.no_grad():
                    module.weight *= (2 / fan_in) ** 0.5 / 0.87962566
            elif isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        decayed = [p for n, p in network.named_parameters() if p.ndim == 4]
        others = [p for n, p in network.named_parameters() if p.ndim != 4]
        optimizer = torch.optim.SGD([{"params": decayed, "weight_decay": 0 if augment else DECAY}, {"params": others}],
                                    lr=RATE, momentum=0.9)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps * epochs)
        for epoch in range(epochs):
            network.train()
            order = torch.randperm(len(labels))
            for at in range(0, len(labels), BATCH):
                batch = order[at:at + BATCH]
                optimizer.zero_grad(set_to_none=True)
                batch_images = flipped_and_shifted(images[batch]) if augment else images[batch]
                targets = labels[batch]
                if cutmix and epoch < off_epoch:
                    batch_images, targets = cut_mixed(batch_images, F.one_hot(targets, 10).float(), cutmix)
                F.cross_entropy(network(batch_images), targets).backward()
                if augment:  # Keras's weight decay: of all weights, outside the momentum
                    with torch.no_grad():
                        torch._foreach_mul_(list(network.parameters()), 1 - schedule.get_last_lr()[0] * DECAY)
                optimizer.step()
                schedule.step()
        network.eval()
        with torch.no_grad():
            right = sum((network(test_images[at:at + 500]).argmax(1).numpy() == test_labels[at:at + 500]).sum()
                        for at in range(0, len(test_labels), 500))
        accuracies.append(right / len(test_labels))
        print(f"PyTorch seed {seed}: {accuracies[-1]:.4f}  ({time.time() - begin:.0f} s)", flush=True)
    return accuracies


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help=argparse.SUPPRESS)
    parser.add_argument("--epochs", type=int, help="[20, or 40 with --augment]")
    parser.add_argument("--augment", action="store_true")
    parser.add_argument("--cutmix", type=float, metavar="P", help="with --augment: CutMix, of this share of the batches")
    parser.add_argument("--off-epoch", type=int, metavar="N", help="with --cutmix: none after N epochs")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--data", default=os.path.join(os.environ.get("LATHE_DATA", os.path.join(ROOT, "..", "shared", "data")), "cifar10"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=["lathe", "torch"])
    arguments = parser.parse_args()
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    epochs = arguments.epochs or (40 if arguments.augment else 20)
    if arguments.cutmix and not arguments.augment:
        parser.error("--cutmix needs --augment")
    off_epoch = arguments.off_epoch or epochs
    recipe = augmented_recipe(epochs, arguments.cutmix, off_epoch) if arguments.augment else plain_recipe(epochs)
    ours = train_lathe(arguments.build, arguments.data, epochs, seeds, arguments.threads, recipe) if arguments.only != "torch" else []
    theirs = train_torch(arguments.data, epochs, seeds, arguments.threads, arguments.augment,
                         arguments.cutmix, off_epoch) if arguments.only != "lathe" else []
    if ours and theirs:
        difference = statistics.mean(ours) - statistics.mean(theirs)
        print(f"mean: Lathe {statistics.mean(ours):.4f}, PyTorch {statistics.mean(theirs):.4f}; "
              f"Lathe is {100 * difference:+.2f} points from PyTorch")


if __name__ == "__main__":
    main()
