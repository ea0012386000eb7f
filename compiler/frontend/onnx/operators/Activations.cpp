//===- Activations.cpp - Functions of floats ------------------------------===//
#include "compiler/frontend/onnx/Operators.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::onnx;

static const Tensor &floatInput(const Node &node) {
  if (!node.in(0).isFloat())
    throw Refusal(node.kind().str() + " takes float32 alone");
  return node.in(0);
}

/// Those that are one function of nn, by name.
namespace {
struct Name {
  llvm::StringLiteral onnx, function;
};
} // namespace
static constexpr Name activationNames[] = {
    {"Exp", "exponential"},   {"HardSwish", "hard_silu"},
    {"Mish", "mish"},         {"Sigmoid", "sigmoid"},
    {"Softplus", "softplus"}, {"Softsign", "softsign"},
    {"Tanh", "tanh"},         {"Swish", "silu"},
};
static constexpr Name mathNames[] = {
    {"Ceil", "ceil"},   {"Cos", "cos"}, {"Erf", "erf"},
    {"Floor", "floor"}, {"Log", "log"}, {"Reciprocal", "reciprocal"},
    {"Round", "round"}, {"Sin", "sin"}, {"Sqrt", "sqrt"},
};

static llvm::StringRef nameOf(llvm::ArrayRef<Name> names,
                              llvm::StringRef kind) {
  const Name *name =
      llvm::find_if(names, [&](const Name &n) { return n.onnx == kind; });
  assert(name != names.end() && "the table has the name");
  return name->function;
}

static void buildActivation(Node &node) {
  node.out(node.emit.activation(nameOf(activationNames, node.kind()),
                                floatInput(node)));
}

static void buildMath(Node &node) {
  node.out(node.emit.math(nameOf(mathNames, node.kind()), floatInput(node)));
}

static void buildRelu(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = node.in(0);
  if (x.isFloat() && !x.isEmpty())
    node.out(emit.create<nn::ReluOp>(emit.operand(x)));
  else
    node.out(emit.maximum(x, emit.scalar(0, x.element())));
}

static void buildLeakyRelu(Node &node) {
  node.out(node.emit.activation("leaky_relu", floatInput(node),
                                node.number("alpha", 0.01)));
}

static void buildElu(Node &node) {
  node.out(
      node.emit.activation("elu", floatInput(node), node.number("alpha", 1)));
}

/// alpha·(e^(x/alpha) - 1) below zero.
static void buildCelu(Node &node) {
  Emitter &emit = node.emit;
  double alpha = node.number("alpha", 1);
  if (alpha == 0)
    throw Refusal("alpha is 0");
  Tensor scaled = emit.scale(floatInput(node), 1 / alpha);
  node.out(emit.scale(emit.activation("elu", scaled, 1), alpha));
}

/// gamma·(x > 0 ? x : alpha·(e^x - 1)).
static void buildSelu(Node &node) {
  // Older opsets round the constants.
  double alpha = node.number("alpha", node.opset < 6 ? 1.6732 : 1.67326319);
  double gamma = node.number("gamma", node.opset < 6 ? 1.0507 : 1.05070102);
  node.out(node.emit.scale(node.emit.activation("elu", floatInput(node), alpha),
                           gamma));
}

static void buildGelu(Node &node) {
  std::string mode = node.text("approximate", "none");
  if (mode != "none" && mode != "tanh")
    throw Refusal("approximate is '" + mode + "'");
  node.out(node.emit.activation(mode == "tanh" ? "gelu_tanh" : "gelu",
                                floatInput(node)));
}

/// max(0, min(1, alpha·x + beta)).
static void buildHardSigmoid(Node &node) {
  Emitter &emit = node.emit;
  Tensor line = emit.scale(floatInput(node), node.number("alpha", 0.2),
                           node.number("beta", 0.5));
  node.out(emit.maximum(emit.minimum(line, emit.scalar(1)), emit.scalar(0)));
}

static void buildThresholdedRelu(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = floatInput(node);
  Tensor above = emit.compare("gt", x, emit.scalar(node.number("alpha", 1)));
  node.out(emit.select(above, x, emit.scalar(0)));
}

/// x + bias below -lambd, x - bias above lambd, 0 between.
static void buildShrink(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = floatInput(node);
  double lambda = node.number("lambd", 0.5), bias = node.number("bias", 0);
  Tensor above = emit.compare("gt", x, emit.scalar(lambda));
  Tensor below = emit.compare("lt", x, emit.scalar(-lambda));
  Tensor rest = emit.select(below, emit.scale(x, 1, bias), emit.scalar(0));
  node.out(emit.select(above, emit.scale(x, 1, -bias), rest));
}

/// Relu with a slope below zero. Before opset 7, a slope of one dimension is
/// one of the channels.
static void buildPRelu(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = floatInput(node), slope = node.in(1);
  if (node.opset < 7 && slope.rank() == 1 && x.rank() > 1) {
    Shape shape(x.rank() - 1, 1);
    shape[0] = slope.shape()[0];
    slope = emit.reshape(slope, shape);
  }
  // In this form it has a gradient.
  Tensor above = emit.maximum(x, emit.scalar(0));
  Tensor below = emit.minimum(x, emit.scalar(0));
  node.out(emit.add(above, emit.multiply(below, slope)));
}

/// Its bounds are attributes before opset 11.
static void buildClip(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = node.in(0);
  auto bound = [&](unsigned input, llvm::StringRef name) -> Tensor {
    if (node.has(input))
      return node.in(input);
    if (node.hasAttribute(name))
      return emit.scalar(node.number(name, 0));
    return {};
  };
  if (Tensor low = bound(1, "min"))
    x = emit.maximum(x, emit.reshape(low, {}));
  if (Tensor high = bound(2, "max"))
    x = emit.minimum(x, emit.reshape(high, {}));
  node.out(x);
}

static constexpr Operator rows[] = {
    {"Celu", "alpha", buildCelu},
    {"Ceil", "", buildMath},
    {"Clip", "max min", buildClip},
    {"Cos", "", buildMath},
    {"Elu", "alpha", buildElu},
    {"Erf", "", buildMath},
    {"Exp", "", buildActivation},
    {"Floor", "", buildMath},
    {"Gelu", "approximate", buildGelu},
    {"HardSigmoid", "alpha beta", buildHardSigmoid},
    {"HardSwish", "", buildActivation},
    {"LeakyRelu", "alpha", buildLeakyRelu},
    {"Log", "", buildMath},
    {"Mish", "", buildActivation},
    {"PRelu", "", buildPRelu},
    {"Reciprocal", "", buildMath},
    {"Relu", "", buildRelu},
    {"Round", "", buildMath},
    {"Selu", "alpha gamma", buildSelu},
    {"Shrink", "bias lambd", buildShrink},
    {"Sigmoid", "", buildActivation},
    {"Sin", "", buildMath},
    {"Softplus", "", buildActivation},
    {"Softsign", "", buildActivation},
    {"Sqrt", "", buildMath},
    {"Tanh", "", buildActivation},
    {"ThresholdedRelu", "alpha", buildThresholdedRelu},
};

llvm::ArrayRef<Operator> lathe::onnx::activationOperators() { return rows; }
