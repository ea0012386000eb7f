//===- Activations.cpp - Activation functions and their layers ------------===//
#include "compiler/frontend/layers/Layers.h"

using namespace lathe;
using namespace lathe::frontend;
using mlir::Value;

//===- Functions ----------------------------------------------------------===//

namespace {
/// What a name stands for where it is not the operation's own.
struct Function {
  llvm::StringLiteral name, function;
  double alpha = 0;
};
constexpr Function functions[] = {
    {"swish", "silu"},
    {"hard_swish", "hard_silu"},
    {"leaky_relu", "leaky_relu", 0.2},
    {"elu", "elu", 1.0},
};
} // namespace

static Value apply(LayerBuilder &layer, Value value, llvm::StringRef function,
                   double alpha = 0) {
  mlir::OpBuilder &builder = layer.getBuilder();
  return layer.create<nn::ActivationOp>(value, builder.getStringAttr(function),
                                        alpha ? builder.getF64FloatAttr(alpha)
                                              : mlir::FloatAttr());
}

Value LayerBuilder::activate(Value value, llvm::StringRef name) {
  if (name == "linear")
    return value;
  if (name == "relu")
    return create<nn::ReluOp>(value);
  if (name == "softmax")
    return create<nn::SoftmaxOp>(value);
  for (const Function &function : functions)
    if (function.name == name)
      return apply(*this, value, function.function, function.alpha);
  return apply(*this, value, name);
}

//===- Layers -------------------------------------------------------------===//

static Value buildActivation(LayerBuilder &layer) {
  return layer.activate(layer.getInput(), layer.argument("activation").text);
}

static Value buildSoftmax(LayerBuilder &layer) {
  return layer.activate(layer.getInput(), "softmax");
}

static Value leakyRelu(LayerBuilder &layer, double slope) {
  return slope ? apply(layer, layer.getInput(), "leaky_relu", slope)
               : layer.activate(layer.getInput(), "relu");
}

/// min(f(x), m) = f(x) - relu(x - m) where f is the identity above 0.
static Value buildReLU(LayerBuilder &layer) {
  double slope = layer.argument("negative_slope").number;
  const Setting &most = layer.argument("max_value");
  if (most.written && most.number == 6 && !slope)
    return layer.activate(layer.getInput(), "relu6");
  Value result = leakyRelu(layer, slope);
  if (!most.written)
    return result;
  Value excess =
      layer.activate(layer.scale(layer.getInput(), 1, -most.number), "relu");
  return layer.create<nn::SubtractOp>(result, excess);
}

static Value buildLeakyReLU(LayerBuilder &layer) {
  return leakyRelu(layer, layer.argument("negative_slope").number);
}

static Value buildELU(LayerBuilder &layer) {
  return apply(layer, layer.getInput(), "elu", layer.argument("alpha").number);
}

static Value buildPReLU(LayerBuilder &layer) {
  Initializer first = layer.initializer(layer.argument("alpha_initializer"));
  if (first.name.empty())
    return {};
  mlir::OpBuilder &builder = layer.getBuilder();
  Value alpha = layer.read(layer.declare(
      "alpha", mlir::UnrankedTensorType::get(builder.getF32Type()), first));
  return layer.create<nn::PReluOp>(
      layer.getInput(), alpha,
      builder.getDenseI64ArrayAttr(layer.argument("shared_axes").extents));
}

static constexpr Argument activationArguments[] = {
    {.name = "activation",
     .kind = Kind::Choice,
     .fallback = required,
     .doc = "the function",
     .choices = activationChoices},
};

static constexpr Argument softmaxArguments[] = {
    axisArgument("the dimension that sums up to 1, which is the last one"),
};

static constexpr Argument reluArguments[] = {
    {.name = "max_value",
     .kind = Kind::Number,
     .fallback = none,
     .doc = "largest result",
     .range = positive},
    {.name = "negative_slope",
     .kind = Kind::Number,
     .fallback = "0",
     .doc = "slope below 0",
     .range = notNegative},
};

static constexpr Argument leakyReLUArguments[] = {
    {.name = "negative_slope",
     .kind = Kind::Number,
     .fallback = "0.3",
     .doc = "slope below 0",
     .range = notNegative},
};

static constexpr Argument eluArguments[] = {
    {.name = "alpha",
     .kind = Kind::Number,
     .fallback = "1",
     .doc = "the limit below 0 is -alpha",
     .range = positive},
};

static constexpr Argument preluArguments[] = {
    initializerArgument("alpha_initializer", "zeros",
                        "first values of the slopes"),
    {.name = "shared_axes",
     .kind = Kind::Extents,
     .fallback = none,
     .doc = "dimensions that share a slope, counted from 1; [1, 2] gives one "
            "for each channel of an image",
     .range = {1, 3},
     .byName = true},
};

static constexpr Row rows[] = {
    {"Activation", "activation", "an activation as a layer of its own",
     "Activation: {activation: relu}", activationArguments, buildActivation},
    {"ReLU", "re_lu", "y = max(x, 0)", "ReLU", reluArguments, buildReLU},
    {"LeakyReLU", "leaky_re_lu", "y = x > 0 ? x : negative_slope * x",
     "LeakyReLU: {negative_slope: 0.1}", leakyReLUArguments, buildLeakyReLU},
    {"PReLU", "p_re_lu", "y = x > 0 ? x : alpha * x, alpha being learned",
     "PReLU: {shared_axes: [1, 2]}", preluArguments, buildPReLU},
    {"ELU", "elu", "y = x > 0 ? x : alpha * (exp(x) - 1)", "ELU", eluArguments,
     buildELU},
    {"Softmax", "softmax", "probabilities, along the last dimension", "Softmax",
     softmaxArguments, buildSoftmax},
};

llvm::ArrayRef<Row> lathe::frontend::activationLayers() { return rows; }
