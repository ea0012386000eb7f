"""A small model through test/bench/artifact.py: bench_artifact.py BENCH_FOLDER BUILD FOLDER."""
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
import artifact  # noqa: E402

MODEL = """
name: small
input: {shape: [4, 4, 3]}
layers:
  - Conv2D: {filters: 8, kernel_size: 3, activation: relu, name: conv}
  - Flatten: {}
  - Dense: {units: 5, activation: softmax, name: dense}
compile: {optimizer: {SGD: {learning_rate: 0.1}}, loss: sparse_categorical_crossentropy}
fit: {batch_size: 6}
"""

model = artifact.Model(sys.argv[3], artifact.compile_model(sys.argv[2], MODEL, sys.argv[3]))
assert model.batch == 6 and model.input_shape == (4, 4, 3), (model.batch, model.input_shape)
shapes = [weight.shape for weight in model.weights().values()]
assert shapes == [(3, 3, 3, 8), (8,), (32, 5), (5,)], model.weights().keys()

images = np.random.default_rng(1).random((6, 4, 4, 3), np.float32)
labels = np.arange(6, dtype=np.int32) % 5
losses = [model.train_step(images, labels) for _ in range(20)]
assert abs(losses[0] - np.log(5)) < 1 and losses[-1] < losses[0] - 0.1, losses
scores = model.predict(images)
assert np.allclose(scores.sum(axis=1), 1, atol=1e-5), scores
loss = -np.log(scores[np.arange(6), labels]).mean()
assert 0 < losses[-1] - loss < 0.1, (losses[-1], loss)
