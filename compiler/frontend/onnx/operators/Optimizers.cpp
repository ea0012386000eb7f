//===- Optimizers.cpp - ai.onnx.preview.training --------------------------===//
//
// One step of several tensors: the learning rate, the number of steps done,
// then all tensors, all gradients, and each kind of slots.
//
//===----------------------------------------------------------------------===//
#include "compiler/frontend/onnx/Operators.h"

using namespace lathe::onnx;

namespace {
struct Step {
  Node &node;
  Emitter &emit;
  unsigned count; ///< of tensors
  Tensor rate, steps;

  /// `kinds` of inputs behind the rate and the steps.
  Step(Node &node, unsigned kinds)
      : node(node), emit(node.emit), count((node.inputCount() - 2) / kinds) {
    if (node.inputCount() < 2 + kinds || (node.inputCount() - 2) % kinds)
      throw Refusal("the number of inputs is " +
                    std::to_string(node.inputCount()));
    rate = emit.reshape(node.in(0), {});
    steps = emit.reshape(node.in(1), {});
    if (rate.isBatched() || !rate.isFloat())
      throw Refusal("the learning rate is no number");
  }
  const Tensor &input(unsigned kind, unsigned i) const {
    return node.in(2 + kind * count + i);
  }
  void output(unsigned kind, unsigned i, const Tensor &result) {
    node.out(result, kind * count + i);
  }
  /// The gradient with what the norm's penalty adds.
  Tensor gradient(unsigned i) {
    double penalty = node.number("norm_coefficient", 0);
    const Tensor &g = input(1, i);
    return penalty == 0 ? g : emit.add(g, emit.scale(input(0, i), penalty));
  }
  Tensor stepsAsFloat() { return emit.cast(steps, emit.f32()); }
};
} // namespace

static void buildAdagrad(Node &node) {
  Step step(node, 3);
  Emitter &emit = node.emit;
  // The rate decays with the steps.
  Tensor decayed =
      emit.divide(step.rate, emit.scale(step.stepsAsFloat(),
                                        node.number("decay_factor", 0), 1));
  for (unsigned i = 0; i < step.count; ++i) {
    Tensor g = step.gradient(i);
    Tensor squares = emit.add(step.input(2, i), emit.multiply(g, g));
    Tensor divisor =
        emit.scale(emit.math("sqrt", squares), 1, node.number("epsilon", 0));
    step.output(0, i,
                emit.subtract(step.input(0, i),
                              emit.multiply(emit.divide(g, divisor), decayed)));
    step.output(1, i, squares);
  }
}

static void buildMomentum(Node &node) {
  Step step(node, 3);
  Emitter &emit = node.emit;
  double alpha = node.number("alpha", 0), beta = node.number("beta", 0);
  std::string mode = node.text("mode", "");
  if (mode != "standard" && mode != "nesterov")
    throw Refusal("mode is '" + mode + "'");
  // In the first step the gradient counts whole.
  Tensor isFirst = emit.compare("eq", step.stepsAsFloat(), emit.scalar(0));
  Tensor share = emit.select(isFirst, emit.scalar(1), emit.scalar(beta));
  for (unsigned i = 0; i < step.count; ++i) {
    Tensor g = step.gradient(i);
    Tensor velocity =
        emit.add(emit.scale(step.input(2, i), alpha), emit.multiply(g, share));
    Tensor direction = mode == "standard"
                           ? velocity
                           : emit.add(g, emit.scale(velocity, alpha));
    step.output(
        0, i,
        emit.subtract(step.input(0, i), emit.multiply(direction, step.rate)));
    step.output(1, i, velocity);
  }
}

static void buildAdam(Node &node) {
  Step step(node, 4);
  Emitter &emit = node.emit;
  double alpha = node.number("alpha", 0.9), beta = node.number("beta", 0.999);
  double after = 1 - node.number("norm_coefficient_post", 0);
  // Moments that began as 0 are too small in the first steps.
  Tensor t = step.stepsAsFloat();
  auto missing = [&](double share) {
    return emit.scale(emit.combine("power", emit.scalar(share), t), -1, 1);
  };
  Tensor corrected =
      emit.divide(emit.multiply(step.rate, emit.math("sqrt", missing(beta))),
                  missing(alpha));
  Tensor isFirst = emit.compare("eq", t, emit.scalar(0));
  Tensor rate = emit.select(isFirst, step.rate, corrected);
  for (unsigned i = 0; i < step.count; ++i) {
    Tensor g = step.gradient(i);
    Tensor first =
        emit.add(emit.scale(step.input(2, i), alpha), emit.scale(g, 1 - alpha));
    Tensor second = emit.add(emit.scale(step.input(3, i), beta),
                             emit.scale(emit.multiply(g, g), 1 - beta));
    Tensor divisor =
        emit.scale(emit.math("sqrt", second), 1, node.number("epsilon", 0));
    Tensor x = emit.subtract(step.input(0, i),
                             emit.multiply(emit.divide(first, divisor), rate));
    step.output(0, i, after == 1 ? x : emit.scale(x, after));
    step.output(1, i, first);
    step.output(2, i, second);
  }
}

static constexpr llvm::StringLiteral training = "ai.onnx.preview.training";
static constexpr Operator rows[] = {
    {"Adagrad", "decay_factor epsilon norm_coefficient", buildAdagrad,
     training},
    {"Adam", "alpha beta epsilon norm_coefficient norm_coefficient_post",
     buildAdam, training},
    {"Momentum", "alpha beta mode norm_coefficient", buildMomentum, training},
};

llvm::ArrayRef<Operator> lathe::onnx::optimizerOperators() { return rows; }
