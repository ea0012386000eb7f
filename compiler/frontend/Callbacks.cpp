//===- Callbacks.cpp - The table of callbacks -----------------------------===//
#include "compiler/frontend/RecipeTables.h"

using namespace lathe::frontend;

namespace {

constexpr llvm::StringLiteral accuracyAliases[] = {
    "acc", "categorical_accuracy", "sparse_categorical_accuracy",
    "binary_accuracy"};
constexpr llvm::StringLiteral valAccuracyAliases[] = {
    "val_acc", "val_categorical_accuracy", "val_sparse_categorical_accuracy",
    "val_binary_accuracy"};

constexpr Choice monitors[] = {
    {"loss", "on the training data"},
    {"accuracy", "on the training data", accuracyAliases},
    {"val_loss", "on the validation data"},
    {"val_accuracy", "on the validation data", valAccuracyAliases},
};
constexpr Argument monitor{.name = "monitor",
                           .kind = Kind::Choice,
                           .fallback = "val_loss",
                           .doc = "the figure to watch after each epoch",
                           .choices = monitors};

constexpr Choice modes[] = {
    {"auto", "as the figure wants it"},
    {"min", "less is better: of a loss"},
    {"max", "more is better: of accuracy"},
};
constexpr Argument mode{.name = "mode",
                        .kind = Kind::Choice,
                        .fallback = none,
                        .doc = "which way the figure improves, which follows "
                               "from the figure",
                        .choices = modes,
                        .byName = true};

constexpr Argument verbose{.name = "verbose",
                           .kind = Kind::Text,
                           .fallback = none,
                           .doc = "Keras's; train always says what callbacks "
                                  "do",
                           .byName = true,
                           .idle = "train always says what callbacks do"};

constexpr Argument earlyStoppingArguments[] = {
    monitor,
    {.name = "min_delta",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "the least change that is an improvement",
     .range = notNegative},
    {.name = "patience",
     .kind = Kind::Integer,
     .fallback = "0",
     .doc = "epochs without improvement before training stops",
     .range = {0, 1e9}},
    mode,
    verbose,
    {.name = "restore_best_weights",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "go back to the best epoch's weights"},
};

constexpr Argument modelCheckpointArguments[] = {
    {.name = "filepath",
     .kind = Kind::Text,
     .fallback = none,
     .doc = "a .safetensors file for each epoch's weights, or the best ones', "
            "with {epoch:02d}, {val_loss:.2f} and the like; it comes beside "
            "the checkpoint that train keeps for --resume"},
    monitor,
    {.name = "save_best_only",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "keep the best epoch's weights, by default in "
            "NAME.best.safetensors",
     .byName = true},
    {.name = "save_weights_only",
     .kind = Kind::Flag,
     .fallback = none,
     .doc = "Keras's; checkpoints also have what --resume needs",
     .idle = "checkpoints always have the weights and what --resume needs"},
    mode,
    verbose,
};

constexpr Argument reduceLROnPlateauArguments[] = {
    monitor,
    {.name = "factor",
     .kind = Kind::Number,
     .fallback = "0.1",
     .doc = "what the learning rate is multiplied by",
     .range = {0, 1, true, true}},
    {.name = "patience",
     .kind = Kind::Integer,
     .fallback = "10",
     .doc = "epochs without improvement before that happens",
     .range = {0, 1e9}},
    mode,
    verbose,
    {.name = "min_delta",
     .kind = Kind::Number,
     .fallback = "0.0001",
     .doc = "the least change that is an improvement",
     .range = notNegative},
    {.name = "cooldown",
     .kind = Kind::Integer,
     .fallback = "0",
     .doc = "epochs after that which do not count",
     .range = {0, 1e9}},
    {.name = "min_lr",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "the least learning rate",
     .range = notNegative},
};

constexpr Row callbackRows[] = {
    {"EarlyStopping", "early_stopping",
     "ends training when a figure no longer improves",
     "EarlyStopping: {monitor: val_loss, patience: 10}",
     earlyStoppingArguments},
    {"ModelCheckpoint", "checkpoint", "saves the weights after epochs",
     "ModelCheckpoint: {filepath: \"{epoch:02d}-{val_loss:.2f}.safetensors\"}",
     modelCheckpointArguments},
    {"ReduceLROnPlateau", "reduce_lr_on_plateau",
     "lowers the learning rate when a figure no longer improves",
     "ReduceLROnPlateau: {monitor: val_loss, factor: 0.2, patience: 5}",
     reduceLROnPlateauArguments},
};

} // namespace

constexpr Family lathe::frontend::callbackFamily{
    .noun = "callback",
    .nouns = "callbacks",
    .summary = "what happens between epochs",
    .rows = callbackRows,
    .once = true};

const Family &lathe::frontend::callbacks() { return callbackFamily; }
