//===- Recipe.cpp - The tables of the training recipe ---------------------===//
#include "compiler/frontend/Language.h"

using namespace lathe::frontend;

namespace {

constexpr Range fraction{.least = 0, .most = 1, .openMost = true};
constexpr Range notNegative{.least = 0};
constexpr Range positive{.least = 0, .openLeast = true};
constexpr Range count{1, 1e9};

//===- Optimizers ---------------------------------------------------------===//

constexpr Argument epsilon{.name = "epsilon",
                           .kind = Kind::Number,
                           .fallback = "1e-7",
                           .doc = "keeps divisors away from 0",
                           .range = positive};

constexpr Argument sgdArguments[] = {
    {.name = "learning_rate",
     .kind = Kind::Number,
     .fallback = "0.01",
     .doc = "size of a step",
     .range = notNegative},
    {.name = "momentum",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "share of the last step that is kept",
     .range = {0, 1}},
    {.name = "nesterov",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "Nesterov's momentum"},
};

constexpr Argument rmspropArguments[] = {
    {.name = "learning_rate",
     .kind = Kind::Number,
     .fallback = "0.001",
     .doc = "size of a step",
     .range = notNegative},
    {.name = "rho",
     .kind = Kind::Number,
     .fallback = "0.9",
     .doc = "decay of the mean of squared gradients",
     .range = fraction},
    {.name = "momentum",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "share of the last step that is kept",
     .range = {0, 1}},
    epsilon,
};

constexpr Argument adamArguments[] = {
    {.name = "learning_rate",
     .kind = Kind::Number,
     .fallback = "0.001",
     .doc = "size of a step",
     .range = notNegative},
    {.name = "beta_1",
     .kind = Kind::Number,
     .fallback = "0.9",
     .doc = "decay of the mean of gradients",
     .range = fraction},
    {.name = "beta_2",
     .kind = Kind::Number,
     .fallback = "0.999",
     .doc = "decay of the mean of squared gradients",
     .range = fraction},
    epsilon,
};

constexpr Row optimizerRows[] = {
    {"SGD", "sgd", "stochastic gradient descent",
     "optimizer: {SGD: {learning_rate: 0.1, momentum: 0.9}}", sgdArguments},
    {"RMSprop", "rmsprop", "steps scaled by the mean of squared gradients",
     "optimizer: {RMSprop: {learning_rate: 0.001}}", rmspropArguments},
    {"Adam", "adam", "RMSprop with an estimate of the gradient's mean",
     "optimizer: adam", adamArguments},
};

constexpr Family optimizerFamily{
    .noun = "optimizer",
    .nouns = "optimizers",
    .summary = "how the parameters follow their gradients",
    .rows = optimizerRows,
    .byIdentifier = true};

//===- Losses -------------------------------------------------------------===//

constexpr Argument crossEntropyArguments[] = {
    {.name = "from_logits",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc =
         "the last layer gives logits: a softmax is appended, so that predict "
         "gives probabilities"},
};

constexpr Row lossRows[] = {
    {"CategoricalCrossentropy", "categorical_crossentropy",
     "mean of -log(probability of the right class)",
     "loss: {categorical_crossentropy: {from_logits: true}}",
     crossEntropyArguments},
    {"SparseCategoricalCrossentropy", "sparse_categorical_crossentropy",
     "the same; both take class numbers as labels",
     "loss: sparse_categorical_crossentropy", crossEntropyArguments},
};

constexpr Family lossFamily{.noun = "loss",
                            .nouns = "losses",
                            .summary = "what training makes small",
                            .rows = lossRows,
                            .byIdentifier = true};

//===- Callbacks ----------------------------------------------------------===//

constexpr Choice monitors[] = {
    {"loss", "on the training data"},
    {"accuracy", "on the training data"},
    {"val_loss", "on the validation data"},
    {"val_accuracy", "on the validation data"},
};
constexpr Argument monitor{.name = "monitor",
                           .kind = Kind::Choice,
                           .fallback = "val_loss",
                           .doc = "the figure to watch after each epoch",
                           .choices = monitors};

constexpr Argument earlyStoppingArguments[] = {
    monitor,
    {.name = "patience",
     .kind = Kind::Integer,
     .fallback = "0",
     .doc = "epochs without improvement before training stops",
     .range = {0, 1e9}},
    {.name = "min_delta",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "the least change that is an improvement",
     .range = notNegative},
    {.name = "restore_best_weights",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "go back to the best epoch's weights"},
};

constexpr Argument modelCheckpointArguments[] = {
    monitor,
    {.name = "save_best_only",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "keep the best epoch's weights rather than the last one's"},
};

constexpr Row callbackRows[] = {
    {"EarlyStopping", "early_stopping",
     "ends training when a figure no longer improves",
     "EarlyStopping: {monitor: val_loss, patience: 10}",
     earlyStoppingArguments},
    {"ModelCheckpoint", "checkpoint", "saves the weights after epochs",
     "ModelCheckpoint: {monitor: val_loss, save_best_only: true}",
     modelCheckpointArguments},
};

constexpr Family callbackFamily{.noun = "callback",
                                .nouns = "callbacks",
                                .summary = "what happens between epochs",
                                .rows = callbackRows,
                                .once = true};

//===- Sections -----------------------------------------------------------===//

constexpr Argument inputMembers[] = {
    {.name = "shape",
     .kind = Kind::Extents,
     .fallback = required,
     .doc =
         "1 to 3 extents without the batch; of images height, width, channels",
     .range = {1, 1 << 20}},
};

constexpr Choice metrics[] = {{"accuracy", "share of images classified right"}};

constexpr Argument compileMembers[] = {
    {.name = "optimizer",
     .kind = Kind::Entry,
     .fallback = "rmsprop",
     .doc = "a name, or {name: {arguments}}",
     .family = &optimizerFamily},
    {.name = "loss",
     .kind = Kind::Entry,
     .fallback = "categorical_crossentropy",
     .doc = "a name, or {name: {arguments}}",
     .family = &lossFamily},
    {.name = "metrics",
     .kind = Kind::Choices,
     .fallback = none,
     .doc = "figures to report besides the loss",
     .choices = metrics},
};

constexpr Argument fitMembers[] = {
    {.name = "batch_size",
     .kind = Kind::Integer,
     .fallback = "32",
     .doc = "images per step",
     .range = {1, 1 << 20}},
    {.name = "epochs",
     .kind = Kind::Integer,
     .fallback = "1",
     .doc = "passes over the training data",
     .range = count},
    {.name = "shuffle",
     .kind = Kind::Flag,
     .fallback = "true",
     .doc = "a new order of the training data in each epoch"},
    {.name = "validation_split",
     .kind = Kind::Split,
     .fallback = none,
     .doc =
         "training data kept for validation: a fraction (taken from the end, "
         "as in Keras), {first: N} or {last: N}",
     .range = {1, 1e9}},
    {.name = "callbacks",
     .kind = Kind::Entries,
     .fallback = none,
     .doc = "what happens between epochs",
     .family = &callbackFamily},
};

constexpr Choice formats[] = {
    {"idx", "MNIST's files, plain or .gz"},
    {"cifar10", "CIFAR-10's binary files"},
    {"npy", "pairs of NumPy arrays"},
    {"folders", "a folder of JPEG or PNG files per class"},
};

constexpr Argument dataMembers[] = {
    {.name = "format",
     .kind = Kind::Choice,
     .fallback = none,
     .doc = "of the data set; by default found by looking",
     .choices = formats},
    {.name = "classes",
     .kind = Kind::Texts,
     .fallback = none,
     .doc = "the classes' names, in the order of the labels"},
};

} // namespace

const Family &lathe::frontend::optimizers() { return optimizerFamily; }
const Family &lathe::frontend::losses() { return lossFamily; }
const Family &lathe::frontend::callbacks() { return callbackFamily; }

llvm::ArrayRef<Argument> lathe::frontend::modelSections() {
  static const Argument sections[] = {
      {.name = "name",
       .kind = Kind::Name,
       .fallback = required,
       .doc =
           "the model's name, which every symbol of its artifact begins with"},
      {.name = "input",
       .kind = Kind::Section,
       .fallback = required,
       .doc = "what the network reads",
       .members = inputMembers},
      {.name = "layers",
       .kind = Kind::Entries,
       .fallback = required,
       .doc = "the layers, each reading the one before it unless it names its "
              "inputs",
       .family = &layers()},
      {.name = "compile",
       .kind = Kind::Section,
       .fallback = none,
       .doc = "how the network learns",
       .members = compileMembers},
      {.name = "fit",
       .kind = Kind::Section,
       .fallback = none,
       .doc = "how training runs",
       .members = fitMembers},
      {.name = "data",
       .kind = Kind::Section,
       .fallback = none,
       .doc = "what the images are",
       .members = dataMembers},
  };
  return sections;
}
