//===- Initializers.cpp - First values of parameters ----------------------===//
#include "compiler/frontend/layers/Layers.h"

using namespace lathe::frontend;

namespace {

constexpr Argument constantArguments[] = {
    {.name = "value",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "the value of all"},
};
constexpr Argument normalArguments[] = {
    {.name = "stddev",
     .kind = Kind::Number,
     .fallback = "0.05",
     .doc = "standard deviation",
     .range = positive,
     .byName = true},
};
constexpr Argument uniformArguments[] = {
    {.name = "minval",
     .kind = Kind::Number,
     .fallback = "-0.05",
     .doc = "lower end, which is -maxval"},
    {.name = "maxval",
     .kind = Kind::Number,
     .fallback = "0.05",
     .doc = "upper end",
     .range = positive},
};
constexpr Argument orthogonalArguments[] = {
    {.name = "gain",
     .kind = Kind::Number,
     .fallback = "1",
     .doc = "factor of the orthogonal matrix"},
};

constexpr Row rows[] = {
    {"Zeros", "zeros", "all 0", "kernel_initializer: zeros"},
    {"Ones", "ones", "all 1", "kernel_initializer: ones"},
    {"Constant", "constant", "all the same",
     "bias_initializer: {constant: {value: 0.1}}", constantArguments},
    {"GlorotUniform", "glorot_uniform",
     "uniform in ±sqrt(6 / (fan_in + fan_out))",
     "kernel_initializer: glorot_uniform"},
    {"GlorotNormal", "glorot_normal",
     "truncated normal, deviation sqrt(2 / (fan_in + fan_out))",
     "kernel_initializer: glorot_normal"},
    {"HeUniform", "he_uniform", "uniform in ±sqrt(6 / fan_in)",
     "kernel_initializer: he_uniform"},
    {"HeNormal", "he_normal", "truncated normal, deviation sqrt(2 / fan_in)",
     "kernel_initializer: he_normal"},
    {"LecunUniform", "lecun_uniform", "uniform in ±sqrt(3 / fan_in)",
     "kernel_initializer: lecun_uniform"},
    {"LecunNormal", "lecun_normal",
     "truncated normal, deviation sqrt(1 / fan_in)",
     "kernel_initializer: lecun_normal"},
    {"TruncatedNormal", "truncated_normal",
     "normal around 0, without what is beyond two deviations",
     "kernel_initializer: {truncated_normal: {stddev: 0.02}}", normalArguments},
    {"RandomNormal", "random_normal", "normal around 0",
     "kernel_initializer: {random_normal: {stddev: 0.01}}", normalArguments},
    {"RandomUniform", "random_uniform", "uniform in ±maxval",
     "kernel_initializer: {random_uniform: {minval: -0.1, maxval: 0.1}}",
     uniformArguments},
    {"Orthogonal", "orthogonal", "a matrix with orthogonal rows or columns",
     "kernel_initializer: orthogonal", orthogonalArguments},
};

} // namespace

constexpr Family lathe::frontend::initializerFamily{
    .noun = "initializer",
    .nouns = "initializers",
    .summary = "first values of parameters",
    .rows = rows,
    .byIdentifier = true};

const Family &lathe::frontend::initializers() { return initializerFamily; }
