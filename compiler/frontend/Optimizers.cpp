//===- Optimizers.cpp - The table of optimizers ---------------------------===//
#include "compiler/frontend/RecipeTables.h"

using namespace lathe::frontend;

namespace {

constexpr Argument rate(llvm::StringLiteral fallback) {
  return {.name = "learning_rate",
          .kind = Kind::Rate,
          .fallback = fallback,
          .doc = "size of a step",
          .range = notNegative,
          .family = &scheduleFamily};
}

constexpr Argument decay(llvm::StringLiteral name, llvm::StringLiteral fallback,
                         llvm::StringLiteral doc) {
  return {.name = name,
          .kind = Kind::Number,
          .fallback = fallback,
          .doc = doc,
          .range = fractionRange};
}

constexpr Argument epsilon{.name = "epsilon",
                           .kind = Kind::Number,
                           .fallback = "1e-7",
                           .doc = "keeps divisors away from 0",
                           .range = positive};

constexpr Argument momentum{.name = "momentum",
                            .kind = Kind::Number,
                            .fallback = "0",
                            .doc = "share of the last step that is kept",
                            .range = {0, 1}};

constexpr Argument weightDecay(llvm::StringLiteral fallback,
                               bool byName = false) {
  return {.name = "weight_decay",
          .kind = Kind::Number,
          .fallback = fallback,
          .doc = "before each step, weights shrink by this times the learning "
                 "rate",
          .range = notNegative,
          .byName = byName};
}

constexpr Argument sgdArguments[] = {
    rate("0.01"),
    momentum,
    {.name = "nesterov",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "Nesterov's momentum"},
    weightDecay(none),
};

constexpr Argument rmspropArguments[] = {
    rate("0.001"),
    decay("rho", "0.9", "decay of the mean of squared gradients"),
    momentum,
    epsilon,
    {.name = "centered",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "divide by the gradients' standard deviation instead of their "
            "quadratic mean"},
    weightDecay(none),
};

constexpr Argument beta1 =
    decay("beta_1", "0.9", "decay of the mean of gradients");
constexpr Argument beta2 =
    decay("beta_2", "0.999", "decay of the mean of squared gradients");

constexpr Argument adamArguments[] = {rate("0.001"), beta1, beta2, epsilon,
                                      weightDecay(none, /*byName=*/true)};

constexpr Argument adamwArguments[] = {rate("0.001"), weightDecay("0.004"),
                                       beta1, beta2, epsilon};

constexpr Argument adagradArguments[] = {
    rate("0.001"),
    {.name = "initial_accumulator_value",
     .kind = Kind::Number,
     .fallback = "0.1",
     .doc = "where the sums of squared gradients begin",
     .range = notNegative},
    epsilon,
    weightDecay(none)};

constexpr Argument lionArguments[] = {
    rate("0.001"),
    decay("beta_1", "0.9", "share of the mean of gradients in a step"),
    decay("beta_2", "0.99", "decay of the mean of gradients"),
    weightDecay(none)};

constexpr Argument commonArguments[] = {
    {.name = "exclude_from_weight_decay",
     .kind = Kind::Texts,
     .fallback = none,
     .doc = "variables whose name has one of these parts, like [bias, gamma, "
            "beta], do not decay"},
    {.name = "clipnorm",
     .kind = Kind::Number,
     .fallback = none,
     .doc = "the largest norm of a variable's gradient",
     .range = positive},
    {.name = "clipvalue",
     .kind = Kind::Number,
     .fallback = none,
     .doc = "the largest absolute value in a gradient",
     .range = positive},
    {.name = "global_clipnorm",
     .kind = Kind::Number,
     .fallback = none,
     .doc = "the largest norm of all gradients together",
     .range = positive},
    {.name = "use_ema",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "fit ends with the weights' moving averages over the steps"},
    {.name = "ema_momentum",
     .kind = Kind::Number,
     .fallback = "0.99",
     .doc = "decay of these averages",
     .range = {0, 1}},
    {.name = "gradient_accumulation_steps",
     .kind = Kind::Integer,
     .fallback = none,
     .doc = "batches whose mean gradient makes one step",
     .range = {1, 1e6}},
};

constexpr Row optimizerRows[] = {
    {"SGD", "sgd", "stochastic gradient descent",
     "optimizer: {SGD: {learning_rate: 0.1, momentum: 0.9}}", sgdArguments},
    {"RMSprop", "rmsprop", "steps scaled by the mean of squared gradients",
     "optimizer: {RMSprop: {learning_rate: 0.001}}", rmspropArguments},
    {"Adam", "adam", "RMSprop with an estimate of the gradient's mean",
     "optimizer: adam", adamArguments},
    {"AdamW", "adamw", "Adam with weight decay",
     "optimizer: {AdamW: {weight_decay: 0.01, exclude_from_weight_decay: "
     "[bias]}}",
     adamwArguments},
    {"Nadam", "nadam", "Adam with Nesterov's momentum", "optimizer: nadam",
     adamArguments},
    {"Adagrad", "adagrad", "steps scaled by the sum of squared gradients",
     "optimizer: {Adagrad: {learning_rate: 0.01}}", adagradArguments},
    {"Lion", "lion", "the sign of a mean of gradients",
     "optimizer: {Lion: {learning_rate: 0.0001, weight_decay: 0.01}}",
     lionArguments},
};

} // namespace

constexpr Family lathe::frontend::optimizerFamily{
    .noun = "optimizer",
    .nouns = "optimizers",
    .summary = "how the parameters follow their gradients",
    .rows = optimizerRows,
    .common = commonArguments,
    .byIdentifier = true};

const Family &lathe::frontend::optimizers() { return optimizerFamily; }
