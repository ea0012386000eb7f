//===- Optimizers.cpp - The table of optimizers ---------------------------===//
#include "compiler/frontend/RecipeTables.h"

using namespace lathe::frontend;

namespace {

constexpr Argument epsilon{.name = "epsilon",
                           .kind = Kind::Number,
                           .fallback = "1e-7",
                           .doc = "keeps divisors away from 0",
                           .range = positive};

constexpr Argument sgdArguments[] = {
    {.name = "learning_rate",
     .kind = Kind::Rate,
     .fallback = "0.01",
     .doc = "size of a step",
     .range = notNegative,
     .family = &scheduleFamily},
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
     .kind = Kind::Rate,
     .fallback = "0.001",
     .doc = "size of a step",
     .range = notNegative,
     .family = &scheduleFamily},
    {.name = "rho",
     .kind = Kind::Number,
     .fallback = "0.9",
     .doc = "decay of the mean of squared gradients",
     .range = fractionRange},
    {.name = "momentum",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "share of the last step that is kept",
     .range = {0, 1}},
    epsilon,
};

constexpr Argument adamArguments[] = {
    {.name = "learning_rate",
     .kind = Kind::Rate,
     .fallback = "0.001",
     .doc = "size of a step",
     .range = notNegative,
     .family = &scheduleFamily},
    {.name = "beta_1",
     .kind = Kind::Number,
     .fallback = "0.9",
     .doc = "decay of the mean of gradients",
     .range = fractionRange},
    {.name = "beta_2",
     .kind = Kind::Number,
     .fallback = "0.999",
     .doc = "decay of the mean of squared gradients",
     .range = fractionRange},
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

} // namespace

constexpr Family lathe::frontend::optimizerFamily{
    .noun = "optimizer",
    .nouns = "optimizers",
    .summary = "how the parameters follow their gradients",
    .rows = optimizerRows,
    .byIdentifier = true};

const Family &lathe::frontend::optimizers() { return optimizerFamily; }
