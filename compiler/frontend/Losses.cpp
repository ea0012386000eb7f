//===- Losses.cpp - The table of losses -----------------------------------===//
#include "compiler/frontend/RecipeTables.h"

using namespace lathe::frontend;

namespace {

constexpr Argument fromLogits{
    .name = "from_logits",
    .kind = Kind::Flag,
    .fallback = "false",
    .doc = "the last layer gives logits: a softmax, or for binary losses a "
           "sigmoid, is appended, so that predict gives probabilities"};

constexpr Argument labelSmoothing{
    .name = "label_smoothing",
    .kind = Kind::Number,
    .fallback = "0",
    .doc = "share of the target that goes to all classes alike",
    .range = {0, 1}};

constexpr Argument gamma{.name = "gamma",
                         .kind = Kind::Number,
                         .fallback = "2",
                         .doc = "how much less what is already right counts",
                         .range = notNegative};

constexpr Argument alpha{.name = "alpha",
                         .kind = Kind::Number,
                         .fallback = "0.25",
                         .doc = "weight of the classes, or of label 1",
                         .range = {0, 1}};

constexpr Argument crossEntropyArguments[] = {fromLogits, labelSmoothing};
constexpr Argument sparseArguments[] = {fromLogits};
constexpr Argument focalArguments[] = {alpha, gamma, fromLogits,
                                       labelSmoothing};
constexpr Argument binaryFocalArguments[] = {
    {.name = "apply_class_balancing",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "weigh label 1 with alpha, label 0 with 1 - alpha"},
    alpha,
    gamma,
    fromLogits,
    labelSmoothing};

constexpr Row lossRows[] = {
    {"CategoricalCrossentropy", "categorical_crossentropy",
     "mean of -log(probability of the right class)",
     "loss: {categorical_crossentropy: {from_logits: true}}",
     crossEntropyArguments},
    {"SparseCategoricalCrossentropy", "sparse_categorical_crossentropy",
     "the same; both take class numbers as labels",
     "loss: sparse_categorical_crossentropy", sparseArguments},
    {"BinaryCrossentropy", "binary_crossentropy",
     "cross entropy of each output by itself: of two classes with one unit, or "
     "labels 0 and 1 for each unit",
     "loss: {binary_crossentropy: {label_smoothing: 0.1}}",
     crossEntropyArguments},
    {"CategoricalFocalCrossentropy", "categorical_focal_crossentropy",
     "cross entropy in which what is already right counts less",
     "loss: {CategoricalFocalCrossentropy: {gamma: 2}}", focalArguments},
    {"BinaryFocalCrossentropy", "binary_focal_crossentropy",
     "the same of each output by itself",
     "loss: {BinaryFocalCrossentropy: {apply_class_balancing: true}}",
     binaryFocalArguments},
    {"Hinge", "hinge", "mean of max(1 - y·score, 0), y 1 or -1", "loss: hinge"},
    {"SquaredHinge", "squared_hinge", "mean of max(1 - y·score, 0)²",
     "loss: squared_hinge"},
    {"CategoricalHinge", "categorical_hinge",
     "max(best wrong score - right score + 1, 0)", "loss: categorical_hinge"},
    {"MeanSquaredError", "mean_squared_error",
     "mean of squared distances to 0 and 1", "loss: mean_squared_error"},
    {"MeanAbsoluteError", "mean_absolute_error", "mean of distances to 0 and 1",
     "loss: mean_absolute_error"},
};

constexpr Alias lossAliases[] = {
    {"mse", "mean_squared_error"},
    {"mae", "mean_absolute_error"},
    {"bce", "binary_crossentropy"},
};

} // namespace

constexpr Family lathe::frontend::lossFamily{.noun = "loss",
                                             .nouns = "losses",
                                             .summary =
                                                 "what training makes small",
                                             .rows = lossRows,
                                             .byIdentifier = true,
                                             .aliases = lossAliases};

const Family &lathe::frontend::losses() { return lossFamily; }
