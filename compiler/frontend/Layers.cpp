//===- Layers.cpp - The table of layers -----------------------------------===//
#include "compiler/frontend/Builders.h"
#include "compiler/frontend/Language.h"

using namespace lathe::frontend;

namespace {

// Upper bounds keep every extent far from overflowing 64 bits in products.
constexpr Range extentRange{1, 1 << 20};
constexpr Range windowRange{1, 1024};

constexpr Choice paddings[] = {
    {"valid", "windows lie inside the image"},
    {"same", "the image is padded with zeros: ceil(extent / stride) windows"},
};
constexpr Choice initializers[] = {
    {"glorot_uniform", "uniform in ±sqrt(6 / (fan_in + fan_out))"},
    {"zeros", "all 0"},
    {"ones", "all 1"},
};
constexpr Choice activationChoices[] = {
    {"linear", "y = x"},
    {"relu", "y = max(x, 0)"},
    {"softmax", "probabilities, along the last dimension"},
};

constexpr Argument activation{.name = "activation",
                              .kind = Kind::Choice,
                              .fallback = "linear",
                              .doc = "function applied to the result",
                              .choices = activationChoices};
constexpr Argument useBias{.name = "use_bias",
                           .kind = Kind::Flag,
                           .fallback = "true",
                           .doc = "add a bias per output channel"};
constexpr Argument kernelInitializer{.name = "kernel_initializer",
                                     .kind = Kind::Choice,
                                     .fallback = "glorot_uniform",
                                     .doc = "first values of the weights",
                                     .choices = initializers};
constexpr Argument biasInitializer{.name = "bias_initializer",
                                   .kind = Kind::Choice,
                                   .fallback = "zeros",
                                   .doc = "first values of the bias",
                                   .choices = initializers};
constexpr Argument padding{.name = "padding",
                           .kind = Kind::Choice,
                           .fallback = "valid",
                           .doc = "what happens at the image's border",
                           .choices = paddings};

constexpr Argument commonArguments[] = {
    {.name = "name",
     .kind = Kind::Name,
     .fallback = none,
     .doc = "the layer's name; by default its kind and a running number"},
    {.name = "inputs",
     .kind = Kind::Layers,
     .fallback = none,
     .doc = "the layers it reads, by default the one before it; 'input' is the "
            "model's own"},
};

constexpr Argument rescalingArguments[] = {
    {.name = "scale",
     .kind = Kind::Number,
     .fallback = required,
     .doc = "factor"},
    {.name = "offset",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "added after the scaling"},
};

constexpr Argument conv2DArguments[] = {
    {.name = "filters",
     .kind = Kind::Integer,
     .fallback = required,
     .doc = "number of output channels",
     .range = extentRange},
    {.name = "kernel_size",
     .kind = Kind::Pair,
     .fallback = required,
     .doc = "height and width of the window",
     .range = windowRange},
    {.name = "strides",
     .kind = Kind::Pair,
     .fallback = "1",
     .doc = "steps of the window",
     .range = windowRange},
    padding,
    activation,
    useBias,
    kernelInitializer,
    biasInitializer,
};

constexpr Argument maxPooling2DArguments[] = {
    {.name = "pool_size",
     .kind = Kind::Pair,
     .fallback = "2",
     .doc = "height and width of the window",
     .range = windowRange},
    {.name = "strides",
     .kind = Kind::Pair,
     .fallback = none,
     .doc = "steps of the window; by default pool_size",
     .range = windowRange},
    padding,
};

constexpr Argument denseArguments[] = {
    {.name = "units",
     .kind = Kind::Integer,
     .fallback = required,
     .doc = "number of outputs",
     .range = extentRange},
    activation,
    useBias,
    kernelInitializer,
    biasInitializer,
};

constexpr Argument dropoutArguments[] = {
    {.name = "rate",
     .kind = Kind::Number,
     .fallback = required,
     .doc = "share of the elements to drop",
     .range = {.least = 0, .most = 1, .openMost = true}},
};

constexpr Argument reshapeArguments[] = {
    {.name = "target_shape",
     .kind = Kind::Extents,
     .fallback = required,
     .doc = "1 to 3 extents without the batch; one may be -1, which follows "
            "from the others",
     .range = {-1, 1 << 20}},
};

constexpr Argument activationArguments[] = {
    {.name = "activation",
     .kind = Kind::Choice,
     .fallback = required,
     .doc = "the function",
     .choices = activationChoices},
};

constexpr Row rows[] = {
    {"Rescaling", "rescaling", "y = scale * x + offset",
     "Rescaling: {scale: 1/255}", rescalingArguments, buildRescaling},
    {"Conv2D", "conv2d", "2D convolution of images",
     "Conv2D: {filters: 32, kernel_size: 3, activation: relu}", conv2DArguments,
     buildConv2D},
    {"MaxPooling2D", "max_pooling2d", "largest element of each window",
     "MaxPooling2D: {pool_size: 2}", maxPooling2DArguments, buildMaxPooling2D},
    {"Dense", "dense", "product with a matrix of weights; takes flat inputs",
     "Dense: {units: 10, activation: softmax}", denseArguments, buildDense},
    {"Dropout", "dropout", "drops elements at random, in training only",
     "Dropout: {rate: 0.3}", dropoutArguments, buildDropout},
    {"Flatten",
     "flatten",
     "all elements of an image in one row",
     "Flatten",
     {},
     buildFlatten},
    {"Reshape", "reshape", "the same elements, row by row, in another shape",
     "Reshape: {target_shape: [7, 7, 16]}", reshapeArguments, buildReshape},
    {"Activation", "activation", "an activation as a layer of its own",
     "Activation: {activation: relu}", activationArguments, buildActivation},
    {"ReLU", "re_lu", "y = max(x, 0)", "ReLU", {}, buildReLU},
    {"Softmax",
     "softmax",
     "probabilities, along the last dimension",
     "Softmax",
     {},
     buildSoftmax},
    {"Add",
     "add",
     "sum of layers of one shape",
     "Add: {inputs: [conv2d, input]}",
     {},
     buildAdd,
     2,
     16},
};

constexpr Family family{"layer", "layers", "what the network consists of", rows,
                        commonArguments};

} // namespace

const Family &lathe::frontend::layers() { return family; }
