//===- Layers.h - The families of layers and what they share ----*- C++ -*-===//
//
// A family's file holds the rows of its layers, their arguments and the
// functions that build them. Arguments of several families are here.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_FRONTEND_LAYERS_LAYERS_H
#define LATHE_COMPILER_FRONTEND_LAYERS_LAYERS_H

#include "compiler/frontend/LayerBuilder.h"

namespace lathe::frontend {

llvm::ArrayRef<Row> inputLayers();
llvm::ArrayRef<Row> pictureLayers();
llvm::ArrayRef<Row> convolutionLayers();
llvm::ArrayRef<Row> poolingLayers();
llvm::ArrayRef<Row> denseLayers();
llvm::ArrayRef<Row> normalizationLayers();
llvm::ArrayRef<Row> activationLayers();
llvm::ArrayRef<Row> dropoutLayers();
llvm::ArrayRef<Row> mergingLayers();
llvm::ArrayRef<Row> shapingLayers();
llvm::ArrayRef<Row> attentionLayers();

extern const Family initializerFamily, regularizerFamily;

// Upper bounds keep every extent far from overflowing 64 bits in products.
inline constexpr Range extentRange{1, 1 << 20};
inline constexpr Range windowRange{1, 1024};
inline constexpr Range borderRange{0, 1024};
inline constexpr Range lastAxis{-1, -1};
inline constexpr Range notNegative{.least = 0};
inline constexpr Range positive{.least = 0, .openLeast = true};

inline constexpr Choice paddings[] = {
    {"valid", "windows lie inside the image"},
    {"same", "the image is padded with zeros: ceil(extent / stride) windows"},
};

inline constexpr Choice activationChoices[] = {
    {"linear", "y = x"},
    {"relu", "y = max(x, 0)"},
    {"leaky_relu", "y = x > 0 ? x : x/5"},
    {"relu6", "y = min(max(x, 0), 6)"},
    {"elu", "y = x > 0 ? x : exp(x) - 1"},
    {"selu", "a scaled elu that keeps mean and variance"},
    {"gelu", "y = x/2 * (1 + erf(x / sqrt(2)))"},
    {"gelu_tanh", "gelu with Keras's approximate=True"},
    {"silu", "y = x * sigmoid(x)"},
    {"swish", "another name of silu"},
    {"mish", "y = x * tanh(softplus(x))"},
    {"hard_silu", "y = x * relu6(x + 3) / 6"},
    {"hard_swish", "another name of hard_silu"},
    {"hard_sigmoid", "y = relu6(x + 3) / 6"},
    {"sigmoid", "y = 1 / (1 + exp(-x))"},
    {"tanh", "y = tanh(x)"},
    {"softplus", "y = log(1 + exp(x))"},
    {"softsign", "y = x / (1 + |x|)"},
    {"exponential", "y = exp(x)"},
    {"softmax", "probabilities, along the last dimension"},
};

inline constexpr Argument activation{.name = "activation",
                                     .kind = Kind::Choice,
                                     .fallback = "linear",
                                     .doc = "function applied to the result",
                                     .choices = activationChoices};

/// `name` with the family of initializers.
consteval Argument initializerArgument(llvm::StringLiteral name,
                                       llvm::StringLiteral fallback,
                                       llvm::StringLiteral doc) {
  return {.name = name,
          .kind = Kind::Entry,
          .fallback = fallback,
          .doc = doc,
          .family = &initializerFamily};
}

consteval Argument regularizerArgument(llvm::StringLiteral name) {
  return {.name = name,
          .kind = Kind::Entry,
          .fallback = none,
          .doc = "what large weights add to the loss, like {l2: 1e-4}",
          .family = &regularizerFamily};
}

inline constexpr Argument useBias{.name = "use_bias",
                                  .kind = Kind::Flag,
                                  .fallback = "true",
                                  .doc = "add a bias per output channel"};
inline constexpr Argument kernelInitializer = initializerArgument(
    "kernel_initializer", "glorot_uniform", "first values of the weights");
inline constexpr Argument biasInitializer = initializerArgument(
    "bias_initializer", "zeros", "first values of the bias");
inline constexpr Argument kernelRegularizer =
    regularizerArgument("kernel_regularizer");
inline constexpr Argument biasRegularizer =
    regularizerArgument("bias_regularizer");

consteval Argument axisArgument(llvm::StringLiteral doc) {
  return {.name = "axis",
          .kind = Kind::Integer,
          .fallback = "-1",
          .doc = doc,
          .range = lastAxis};
}

consteval Argument keepdimsArgument() {
  return {.name = "keepdims",
          .kind = Kind::Flag,
          .fallback = "false",
          .doc = "keep the reduced dimensions with an extent of 1",
          .byName = true};
}

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_LAYERS_LAYERS_H
