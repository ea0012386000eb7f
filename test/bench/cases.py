"""What is measured: networks, batches, and the model files as the candidates get them."""
import os
import re
from dataclasses import dataclass
from fractions import Fraction

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@dataclass(frozen=True)
class Network:
    key: str
    title: str
    model: str  # below examples/
    module: str  # of test/peers/networks.py
    train_batch: int
    inference_batches: tuple
    # Replacements in the model file, besides the batch.
    changes: tuple = ()
    # Of the gradient descent that is compared: small enough for losses that rounding does not change.
    plain_rate: float = 0.01
    # In the place of a `compile` section with a schedule and weight decay, which peers' steps lack.
    recipe: str = ""


MOMENTUM = "compile: {optimizer: {SGD: {learning_rate: 0.1, momentum: 0.9}}}\n"

NETWORKS = [
    Network("fashion_mnist", "Fashion-MNIST CNN", "fashion_mnist/model.yaml", "FashionMnist", 32, (32, 1)),
    Network("cats_vs_dogs", "Cats-vs-dogs CNN, 150x150", "cats_vs_dogs/model.yaml", "CatsVsDogs", 32, (32, 1)),
    Network("resnet20", "ResNet-20, CIFAR-10", "models/resnet20_cifar.yaml", "ResNet20", 128, (128, 1),
            recipe=MOMENTUM),
    Network("resnet18", "ResNet-18, 224x224", "models/resnet18.yaml", "ResNet18", 8, (8, 1), recipe=MOMENTUM),
    # With `same` and a stride of 2, Keras pads below and on the right only. PyTorch would
    # need an operation of its own for that, so everybody pads alike on all sides.
    Network("mobilenet_v1", "MobileNetV1, 224x224", "models/mobilenet_v1.yaml", "MobileNetV1", 8, (8, 1),
            (("padding: same", "padding: 1"),), 1e-5),
]


@dataclass(frozen=True)
class Case:
    network: Network
    kind: str  # "train" or "inference"
    batch: int

    def __str__(self):
        return f"{self.network.title}, {'training step' if self.kind == 'train' else 'inference'}, batch {self.batch}"

    def folder(self, work):
        return os.path.join(work, f"{self.network.key}_{self.batch}")

    def model_text(self):
        """The model file for this batch."""
        with open(os.path.join(ROOT, "examples", self.network.model)) as file:
            text = file.read()
        for old, new in self.network.changes:
            assert old in text, f"{self.network.model} has no '{old}'"
            text = text.replace(old, new)
        if self.network.recipe:
            text, count = re.subn(r"^compile:.*\n(?: .*\n)*", self.network.recipe, text, flags=re.M)
            assert count == 1, f"{self.network.model}: {count} recipes"
        text, count = re.subn(r"batch_size: *\d+", f"batch_size: {self.batch}", text)
        assert count == 1, f"{self.network.model}: {count} batch sizes"
        return text

    def plain_text(self):
        """The same without what is random in training, and with gradient descent as the optimizer.

        The losses of its steps say whether gradients agree. In the recipes' optimizers frameworks
        differ: Keras's RMSprop, and so Lathe's, adds epsilon under the root.
        """
        text = re.sub(r"(Dropout: *\{.*?rate: )[^,}]+", r"\g<1>0", self.model_text())
        text, count = re.subn(r"optimizer: \{\w+: \{[^}]*\}\}",
                              f"optimizer: {{SGD: {{learning_rate: {self.network.plain_rate}}}}}", text)
        assert count == 1, f"{self.network.model}: {count} optimizers"
        return text


def cases(names, kinds):
    return [Case(network, kind, batch) for kind in kinds for network in NETWORKS if network.key in names
            for batch in ((network.train_batch,) if kind == "train" else network.inference_batches)]


def number(value):
    """A number of a model file, perhaps a fraction such as 1/255."""
    return float(Fraction(value)) if isinstance(value, str) else float(value)


def pixel_scale(text):
    """Scale and offset per channel of the layer that scales the pixels."""
    (kind, arguments), = yaml.safe_load(text)["layers"][0].items()
    if kind == "Rescaling":
        return [number(arguments["scale"])], [number(arguments.get("offset", 0))]
    assert kind == "Normalization", kind
    scales = [1 / number(variance) ** 0.5 for variance in arguments["variance"]]
    return scales, [-number(mean) * scale for mean, scale in zip(arguments["mean"], scales)]


def optimizer(text):
    """The recipe's optimizer: its name and arguments."""
    (kind, arguments), = yaml.safe_load(text)["compile"]["optimizer"].items()
    return kind, {name: number(value) for name, value in arguments.items()}
