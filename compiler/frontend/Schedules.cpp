//===- Schedules.cpp - The table of learning-rate schedules ---------------===//
#include "compiler/frontend/RecipeTables.h"

using namespace lathe::frontend;

namespace {

constexpr Argument initialRate{.name = "initial_learning_rate",
                               .kind = Kind::Number,
                               .fallback = required,
                               .doc = "size of the first step",
                               .range = notNegative};
// One of the two must be there; see checkSchedule in ImportRecipe.cpp.
constexpr Argument decaySteps{.name = "decay_steps",
                              .kind = Kind::Integer,
                              .fallback = none,
                              .doc = "steps in which the rate decays",
                              .range = countRange};
constexpr Argument decayEpochs{.name = "decay_epochs",
                               .kind = Kind::Integer,
                               .fallback = none,
                               .doc = "decay_steps in epochs",
                               .range = countRange,
                               .byName = true};
constexpr Argument decayRate{.name = "decay_rate",
                             .kind = Kind::Number,
                             .fallback = required,
                             .doc = "how far the rate decays in them",
                             .range = positive};
constexpr Argument staircase{.name = "staircase",
                             .kind = Kind::Flag,
                             .fallback = "false",
                             .doc = "decay at the end of each decay_steps, not "
                                    "with every step"};
constexpr Argument alpha{.name = "alpha",
                         .kind = Kind::Number,
                         .fallback = "0",
                         .doc = "the least rate, as a share of the initial one",
                         .range = {0, 1}};

constexpr Argument constantArguments[] = {initialRate};

constexpr Argument piecewiseArguments[] = {
    {.name = "boundaries",
     .kind = Kind::Integers,
     .fallback = none,
     .doc = "increasing numbers of steps, at most 16: the last step with each "
            "rate",
     .range = {0, 1e9}},
    {.name = "values",
     .kind = Kind::Numbers,
     .fallback = required,
     .doc = "the rates, one more than the boundaries",
     .range = notNegative},
    {.name = "boundary_epochs",
     .kind = Kind::Integers,
     .fallback = none,
     .doc = "boundaries in epochs",
     .range = {0, 1e9},
     .byName = true},
};

constexpr Argument exponentialArguments[] = {initialRate, decaySteps, decayRate,
                                             staircase, decayEpochs};

constexpr Argument polynomialArguments[] = {
    initialRate,
    decaySteps,
    {.name = "end_learning_rate",
     .kind = Kind::Number,
     .fallback = "0.0001",
     .doc = "the last rate",
     .range = notNegative},
    {.name = "power",
     .kind = Kind::Number,
     .fallback = "1",
     .doc = "of the share that is left; 1 is a line",
     .range = positive},
    {.name = "cycle",
     .kind = Kind::Flag,
     .fallback = "false",
     .doc = "starts again from a lower rate after decay_steps"},
    decayEpochs,
};

constexpr Argument cosineArguments[] = {
    initialRate,
    decaySteps,
    alpha,
    decayEpochs,
    {.name = "warmup_target",
     .kind = Kind::Number,
     .fallback = none,
     .doc = "the rate after the warm-up, which then begins at "
            "initial_learning_rate",
     .range = notNegative},
};

constexpr Argument restartsArguments[] = {
    initialRate,
    {.name = "first_decay_steps",
     .kind = Kind::Integer,
     .fallback = none,
     .doc = "steps until the first restart",
     .range = countRange},
    {.name = "t_mul",
     .kind = Kind::Number,
     .fallback = "2",
     .doc = "each period is so many times as long as the one before",
     .range = {1, 1e6}},
    {.name = "m_mul",
     .kind = Kind::Number,
     .fallback = "1",
     .doc = "each period begins at so many times the rate of the one before",
     .range = notNegative},
    alpha,
    {.name = "first_decay_epochs",
     .kind = Kind::Integer,
     .fallback = none,
     .doc = "first_decay_steps in epochs",
     .range = countRange,
     .byName = true},
};

constexpr Argument commonArguments[] = {
    {.name = "warmup_steps",
     .kind = Kind::Integer,
     .fallback = "0",
     .doc =
         "steps in which the rate first grows linearly from 0 to its initial "
         "value",
     .range = {0, 1e9}},
    {.name = "warmup_epochs",
     .kind = Kind::Integer,
     .fallback = none,
     .doc = "the same in epochs; fit knows how many steps they have",
     .range = {0, 1e9}},
};

constexpr Row rows[] = {
    {"Constant", "constant", "the same rate, for use with warmup_steps",
     "learning_rate: {Constant: {initial_learning_rate: 0.1, warmup_steps: "
     "500}}",
     constantArguments},
    {"PiecewiseConstantDecay", "piecewise_constant_decay",
     "a rate for each stretch of steps",
     "learning_rate: {PiecewiseConstantDecay: {boundaries: [1000, 2000], "
     "values: [0.1, 0.01, 0.001]}}",
     piecewiseArguments},
    {"ExponentialDecay", "exponential_decay",
     "multiplied by decay_rate in every decay_steps",
     "learning_rate: {ExponentialDecay: {initial_learning_rate: 0.1, "
     "decay_steps: 1000, decay_rate: 0.5}}",
     exponentialArguments},
    {"InverseTimeDecay", "inverse_time_decay",
     "divided by 1 + decay_rate·step/decay_steps",
     "learning_rate: {InverseTimeDecay: {initial_learning_rate: 0.1, "
     "decay_steps: 1000, decay_rate: 0.5}}",
     exponentialArguments},
    {"PolynomialDecay", "polynomial_decay",
     "to end_learning_rate along a power of the share that is left",
     "learning_rate: {PolynomialDecay: {initial_learning_rate: 0.1, "
     "decay_steps: 1000}}",
     polynomialArguments},
    {"CosineDecay", "cosine_decay", "along half a cosine",
     "learning_rate: {CosineDecay: {initial_learning_rate: 0.1, decay_epochs: "
     "95, warmup_epochs: 5}}",
     cosineArguments},
    {"CosineDecayRestarts", "cosine_decay_restarts",
     "along half a cosine again and again",
     "learning_rate: {CosineDecayRestarts: {initial_learning_rate: 0.1, "
     "first_decay_steps: 1000}}",
     restartsArguments},
};

} // namespace

constexpr Family lathe::frontend::scheduleFamily{
    .noun = "schedule",
    .nouns = "schedules",
    .summary = "the learning rate as a function of the steps done",
    .rows = rows,
    .common = commonArguments};

const Family &lathe::frontend::schedules() { return scheduleFamily; }
