//===- Advice.cpp - What to do instead of what Keras has ------------------===//
#include "compiler/frontend/Language.h"

using namespace lathe::frontend;
using llvm::StringRef;

namespace {
struct Advice {
  StringRef noun, name, instead;
};

constexpr StringRef images = "images have their channels last; remove it";
constexpr StringRef constraint =
    "there are no constraints on weights; what keeps them small is "
    "kernel_regularizer: {l2: 1e-4}, the optimizer's weight_decay, or clipnorm";
constexpr StringRef inputSection =
    "the input's shape is a section of its own: input: {shape: [28, 28, 1]}";
constexpr StringRef sequences = "there are no recurrent layers; Conv1D and "
                                "MultiHeadAttention read sequences";
constexpr StringRef lambda =
    "layers cannot hold code; compose it of the layers "
    "that `lathe layers` lists";
constexpr StringRef regression =
    "labels are classes; for them, use accuracy and the like";
constexpr StringRef printed =
    "train prints its progress, and --history FILE writes it; remove this";

constexpr Advice table[] = {
    {"layer", "Input", inputSection},
    {"layer", "InputLayer", inputSection},
    {"layer", "Sequential", "write its layers as items of the list"},
    {"layer", "Embedding", "inputs are numbers, not indices of words"},
    {"layer", "LSTM", sequences},
    {"layer", "GRU", sequences},
    {"layer", "SimpleRNN", sequences},
    {"layer", "Bidirectional", sequences},
    {"layer", "TimeDistributed",
     "Dense and Conv1D apply to each step of a sequence without it"},
    {"layer", "Lambda", lambda},
    {"layer", "Conv3D", "images have two spatial dimensions; use Conv2D"},
    {"augmentation", "ElasticTransform",
     "use RandomElasticTransform: {scale: 0.5}"},
    {"augmentation", "GaussianBlur",
     "use RandomGaussianBlur: {factor: [1, 1], kernel_size: 5}"},
    {"augmentation", "RandomHeight", "use RandomZoom: {height_factor: 0.2}"},
    {"augmentation", "RandomWidth",
     "use RandomZoom: {height_factor: 0, width_factor: 0.2}"},
    {"argument", "zca_whitening",
     "use the layer ZCAWhitening, before the others"},
    {"argument", "kernel_constraint", constraint},
    {"argument", "bias_constraint", constraint},
    {"argument", "depthwise_constraint", constraint},
    {"argument", "pointwise_constraint", constraint},
    {"argument", "gamma_constraint", constraint},
    {"argument", "beta_constraint", constraint},
    {"argument", "activity_regularizer",
     "activations are not penalised; use kernel_regularizer: {l2: 1e-4}"},
    {"argument", "input_shape", inputSection},
    {"argument", "input_dim", inputSection},
    {"argument", "batch_input_shape", inputSection},
    {"argument", "data_format", images},
    {"argument", "dtype", "everything is a 32-bit float; remove it"},
    {"argument", "seed",
     "a training has one seed for all layers: NAME train --seed N"},
    {"argument", "noise_shape",
     "for whole channels, use SpatialDropout2D or SpatialDropout1D"},
    {"argument", "lr", "it is called learning_rate"},
    {"argument", "decay",
     "use a schedule: learning_rate: {InverseTimeDecay: {...}}"},
    {"argument", "amsgrad", "it is not supported; remove it"},
    {"argument", "jit_compile", "everything is compiled; remove it"},
    {"argument", "run_eagerly", "everything is compiled; remove it"},
    {"argument", "weighted_metrics",
     "metrics count all samples alike; use metrics"},
    {"argument", "steps_per_epoch",
     "an epoch is one pass over the data; NAME train --limit N uses fewer"},
    {"argument", "initial_epoch",
     "NAME train --resume goes on where a checkpoint ends; remove it"},
    {"argument", "validation_freq",
     "each epoch is followed by its validation; remove it"},
    {"argument", "save_freq",
     "checkpoints are saved after each epoch, and with NAME train "
     "--save-every N after steps too; remove it"},
    {"argument", "baseline", "it is not supported; remove it"},
    {"argument", "start_from_epoch", "it is not supported; use more patience"},
    {"optimizer", "Adamax", "use Adam"},
    {"optimizer", "Adadelta", "use RMSprop"},
    {"optimizer", "Adafactor", "use Adam"},
    {"optimizer", "Ftrl", "use SGD or Adagrad"},
    {"optimizer", "Lamb", "use AdamW"},
    {"metrics", "mse", regression},
    {"metrics", "mae", regression},
    {"metrics", "mean_squared_error", regression},
    {"metrics", "mean_absolute_error", regression},
    {"callback", "TensorBoard", printed},
    {"callback", "CSVLogger", "use NAME train --history FILE"},
    {"callback", "ProgbarLogger", printed},
    {"callback", "History", "use NAME train --history FILE"},
    {"callback", "TerminateOnNaN",
     "training always ends where a number is not finite; remove it"},
    {"callback", "BackupAndRestore",
     "train saves after each epoch, and --resume goes on from there; remove "
     "it"},
    {"callback", "LearningRateScheduler",
     "give the optimizer a schedule: learning_rate: {CosineDecay: {...}}"},
    {"callback", "LambdaCallback",
     "a model file holds no code; NAME train --max-time stops after a time, a "
     "signal saves, and a program's own callback is an option of NAME_fit"},
};
} // namespace

StringRef lathe::frontend::adviceInstead(StringRef noun, StringRef name) {
  for (const Advice &advice : table)
    if (advice.noun == noun && advice.name.equals_insensitive(name))
      return advice.instead;
  return "";
}
