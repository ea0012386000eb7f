"""A small model through test/bench/artifact.py: bench_artifact.py BENCH_FOLDER BUILD FOLDER."""
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
import artifact  # noqa: E402

MODEL = """
name: small
input: {shape: [10, 10, 3]}
layers:
  - Conv2D: {filters: 8, kernel_size: 3, activation: relu, name: conv}
  - Conv2D: {filters: 16, kernel_size: 3, padding: same, use_bias: false, name: winograd}
  - BatchNormalization: {momentum: 0.1, name: norm}
  - Flatten: {}
  - Dense: {units: 5, activation: softmax, name: dense}
compile: {optimizer: {SGD: {learning_rate: 0.01}}, loss: sparse_categorical_crossentropy}
fit: {batch_size: 6}
"""

model = artifact.Model(sys.argv[3], artifact.compile_model(sys.argv[2], MODEL, sys.argv[3]))
assert model.batch == 6 and model.input_shape == (10, 10, 3), (model.batch, model.input_shape)
shapes = [weight.shape for weight in model.weights().values()]
assert shapes == [(3, 3, 3, 8), (8,), (3, 3, 8, 16), (16,), (16,), (1024, 5), (5,), (16,), (16,)], model.weights()

images = np.random.default_rng(1).random((6, 10, 10, 3), np.float32)
labels = np.arange(6, dtype=np.int32) % 5
losses = [model.train_step(images, labels) for _ in range(20)]
assert 0.5 < losses[0] < 5 and losses[-1] < losses[0] - 0.1, losses
scores = model.predict(images)
assert np.allclose(scores.sum(axis=1), 1, atol=1e-5), scores
assert model.about.prepared_size >= 36 * 8 * 16 * 4, model.about.prepared_size
assert np.array_equal(scores, model.predict_prepared(images))
loss = -np.log(scores[np.arange(6), labels]).mean()
assert abs(losses[-1] - loss) < 0.1, (losses[-1], loss)
