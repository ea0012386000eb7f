//===- Normalizations.cpp - Norms of batches, layers, groups, windows -----===//
#include "compiler/frontend/onnx/Operators.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::onnx;

static Tensor floatInput(const Node &node) {
  for (const Tensor &operand : node.all())
    if (operand && !operand.isFloat())
      throw Refusal(node.kind().str() + " takes float32 alone");
  return node.in(0);
}

/// A vector over the channels, which are dimension 1 of `rank`.
static Tensor perChannel(Emitter &emit, const Tensor &vector, int64_t rank) {
  Shape shape(rank - 1, 1);
  shape[0] = vector.shape()[0];
  return emit.reshape(vector, shape);
}

static void checkVectors(const Node &node, unsigned first, unsigned last,
                         int64_t channels) {
  for (unsigned i = first; i <= last; ++i)
    if (node.in(i).shape() != ArrayRef<int64_t>{channels})
      throw Refusal("input " + std::to_string(i) + " has shape " +
                    describe(node.in(i).shape()) + ", but there are " +
                    std::to_string(channels) + " channels");
}

static double momentumOf(const Node &node) {
  double momentum = node.number("momentum", 0.9);
  if (!(momentum >= 0 && momentum <= 1))
    throw Refusal("momentum is " + std::to_string(momentum));
  return momentum;
}

static double epsilonOf(const Node &node) {
  double epsilon = node.number("epsilon", 1e-5);
  if (!(epsilon >= 0))
    throw Refusal("epsilon is " + std::to_string(epsilon));
  return epsilon;
}

static SmallVector<int64_t> axesFrom(int64_t axis, int64_t rank) {
  SmallVector<int64_t> axes;
  for (; axis < rank; ++axis)
    axes.push_back(axis);
  return axes;
}

static Tensor inverseRoot(Emitter &emit, const Tensor &variance,
                          double epsilon) {
  return emit.math("reciprocal",
                   emit.math("sqrt", emit.scale(variance, 1, epsilon)));
}

//===- Batches ------------------------------------------------------------===//

/// With the statistics of the batch, which move on towards them.
static void trainingBatchNorm(Node &node, const Tensor &x) {
  Emitter &emit = node.emit;
  if (x.isBatched())
    throw MixesBatch("statistics are those of the batch");
  SmallVector<int64_t> axes = axesFrom(2, x.rank());
  axes.insert(axes.begin(), 0);
  double momentum = momentumOf(node);
  Tensor mean = emit.mean(x, axes, true);
  Tensor deviation = emit.subtract(x, mean);
  Tensor variance = emit.mean(emit.multiply(deviation, deviation), axes, true);
  Tensor scaled =
      emit.multiply(deviation, inverseRoot(emit, variance, epsilonOf(node)));
  node.out(
      emit.add(emit.multiply(scaled, perChannel(emit, node.in(1), x.rank())),
               perChannel(emit, node.in(2), x.rank())));
  Shape vector{x.shape()[1]};
  auto moved = [&](unsigned input, const Tensor &now) {
    return emit.add(emit.scale(node.in(input), momentum),
                    emit.scale(emit.reshape(now, vector), 1 - momentum));
  };
  if (node.wants(1))
    node.out(moved(3, mean), 1);
  if (node.wants(2))
    node.out(moved(4, variance), 2);
}

/// Moving statistics are no parameters that learn, even where a file has one
/// initializer for both.
static Tensor statistic(const Node &node, unsigned input) {
  Tensor x = node.in(input);
  if (node.emit.training && !x.constant)
    throw Refusal("input " + std::to_string(input) +
                  " is computed, which cannot be trained");
  if (node.emit.learns(x))
    x.name = node.get().output(0) + "/" + std::to_string(input);
  return x;
}

/// In a graph that is trained, a frozen scale freezes the statistics, too.
static void buildBatchNormalization(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = floatInput(node);
  if (x.rank() < 2)
    throw Refusal("the input has no channels");
  checkVectors(node, 1, 4, x.shape()[1]);
  if (!node.integer("spatial", 1))
    throw Refusal("spatial = 0 is not supported");
  if (!emit.training && node.opset >= 14 && node.integer("training_mode", 0)) {
    trainingBatchNorm(node, x);
    return;
  }
  if (node.wants(1) || node.wants(2))
    throw Refusal("outputs of training need training_mode");
  // Channels last; dimensions between are one row.
  Tensor image = x;
  Shape rows(x.shape());
  if (x.rank() > 4) {
    rows = {x.shape()[0], x.shape()[1], elementCount(x.shape().drop_front(2))};
    image = emit.reshape(x, rows);
  }
  if (x.rank() > 2)
    image = emit.toImage(image);
  OpBuilder &builder = emit.getBuilder();
  // The order of operands: mean, variance, gamma, beta.
  Value operands[] = {emit.operand(statistic(node, 3)),
                      emit.operand(statistic(node, 4)),
                      emit.operand(node.in(1)), emit.operand(node.in(2))};
  bool frozen = emit.training && !emit.learns(node.in(1));
  Tensor y = emit.create<nn::BatchNormOp>(
      emit.operand(image), operands[0], operands[1], operands[2], operands[3],
      builder.getF64FloatAttr(momentumOf(node)),
      builder.getF64FloatAttr(epsilonOf(node)), builder.getBoolAttr(frozen));
  if (x.rank() > 2)
    y = emit.fromImage(y, int64_t(rows.size()));
  node.out(emit.reshape(y, x.shape()));
}

//===- Samples, layers, groups --------------------------------------------===//

/// Mean 0 and variance 1 along the dimensions from `axis` on.
static Tensor standardize(Emitter &emit, const Tensor &x, int64_t axis,
                          double epsilon) {
  Shape flat;
  if (x.isBatched()) {
    if (axis == 0)
      throw MixesBatch("statistics are those of the batch");
    flat = {x.shape()[0]};
  }
  flat.push_back(
      elementCount(x.shape().take_front(axis).drop_front(x.isBatched())));
  flat.push_back(elementCount(x.shape().drop_front(axis)));
  return emit.reshape(
      emit.create<nn::StandardizeOp>(
          emit.operand(emit.reshape(x, flat)),
          emit.getBuilder().getDenseI64ArrayAttr({int64_t(flat.size()) - 1}),
          emit.getBuilder().getF64FloatAttr(epsilon)),
      x.shape());
}

static void buildInstanceNormalization(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = floatInput(node);
  if (x.rank() < 3)
    throw Refusal("the input has no spatial dimensions");
  checkVectors(node, 1, 2, x.shape()[1]);
  Tensor y = standardize(emit, x, 2, epsilonOf(node));
  y = emit.multiply(y, perChannel(emit, node.in(1), x.rank()));
  node.out(emit.add(y, perChannel(emit, node.in(2), x.rank())));
}

/// Before opset 21, scale and bias are those of groups, then of channels.
static void buildGroupNormalization(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = floatInput(node);
  int64_t groups = node.integer("num_groups", 0);
  if (x.rank() < 3 || groups < 1 || x.shape()[1] % groups)
    throw Refusal(std::to_string(groups) +
                  " groups do not divide an input of shape " +
                  describe(x.shape()));
  bool perGroup = node.opset < 21;
  checkVectors(node, 1, 2, perGroup ? groups : x.shape()[1]);
  Shape grouped(x.shape());
  grouped[1] = groups;
  grouped.insert(grouped.begin() + 2, x.shape()[1] / groups);
  Tensor y = standardize(emit, emit.reshape(x, grouped), 2, epsilonOf(node));
  if (!perGroup)
    y = emit.reshape(y, x.shape());
  y = emit.multiply(y, perChannel(emit, node.in(1), y.rank()));
  y = emit.add(y, perChannel(emit, node.in(2), y.rank()));
  node.out(emit.reshape(y, x.shape()));
}

static void buildLayerNormalization(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = floatInput(node);
  if (node.integer("stash_type", 1) != 1)
    throw Refusal("stash_type is not float");
  int64_t axis = Emitter::normalizeAxis(node.integer("axis", -1), x.rank());
  double epsilon = epsilonOf(node);
  Tensor y = standardize(emit, x, axis, epsilon);
  y = emit.multiply(y, node.in(1));
  if (node.has(2))
    y = emit.add(y, node.in(2));
  node.out(y);
  if (!node.wants(1) && !node.wants(2))
    return;
  SmallVector<int64_t> axes = axesFrom(axis, x.rank());
  Tensor mean = emit.mean(x, axes, true);
  Tensor deviation = emit.subtract(x, mean);
  Tensor variance = emit.mean(emit.multiply(deviation, deviation), axes, true);
  node.out(mean, 1);
  node.out(inverseRoot(emit, variance, epsilon), 2);
}

static void buildRMSNormalization(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = floatInput(node);
  if (node.integer("stash_type", 1) != 1)
    throw Refusal("stash_type is not float");
  int64_t axis = Emitter::normalizeAxis(node.integer("axis", -1), x.rank());
  Tensor square =
      emit.mean(emit.multiply(x, x), axesFrom(axis, x.rank()), true);
  Tensor factor = inverseRoot(emit, square, epsilonOf(node));
  node.out(emit.multiply(emit.multiply(x, factor), node.in(1)));
}

//===- Vectors and windows ------------------------------------------------===//

static void buildLpNormalization(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = floatInput(node);
  int64_t axis = node.integer("axis", -1), p = node.integer("p", 2);
  if (p != 1 && p != 2)
    throw Refusal("p is " + std::to_string(p));
  Tensor powers = p == 1 ? emit.math("abs", x) : emit.multiply(x, x);
  Tensor norm = emit.reduce("sum", powers, {axis}, true);
  if (p == 2)
    norm = emit.math("sqrt", norm);
  // 0 where all elements are.
  Tensor isZero = emit.compare("eq", norm, emit.scalar(0));
  norm = emit.select(isZero, emit.scalar(1), norm);
  node.out(emit.divide(x, norm));
}

static void buildMeanVarianceNormalization(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = floatInput(node);
  SmallVector<int64_t> axes = node.integers("axes");
  if (axes.empty())
    axes = {0, 2, 3};
  Tensor deviation = emit.subtract(x, emit.mean(x, axes, true));
  Tensor variance = emit.mean(emit.multiply(deviation, deviation), axes, true);
  node.out(
      emit.divide(deviation, emit.scale(emit.math("sqrt", variance), 1, 1e-9)));
}

/// y = x·(bias + alpha/size·Σ x²)^-beta, the sum over `size` channels around
/// each: a window along the channels, of an image that has these as rows.
static void buildLRN(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = floatInput(node);
  int64_t size = node.integer("size", 0);
  if (x.rank() < 3 || size < 1)
    throw Refusal("a window of " + std::to_string(size) +
                  " channels does not fit an input of shape " +
                  describe(x.shape()));
  Shape rows{x.shape()[0], x.shape()[1], 1,
             elementCount(x.shape().drop_front(2))};
  int64_t before = (size - 1) / 2;
  OpBuilder &builder = emit.getBuilder();
  auto attr = [&](ArrayRef<int64_t> list) {
    return builder.getDenseI64ArrayAttr(list);
  };
  Tensor squares = emit.reshape(emit.multiply(x, x), rows);
  Tensor mean = emit.create<nn::AvgPool2DOp>(
      emit.operand(squares), attr({size, 1}), attr({1, 1}),
      attr({before, size - 1 - before, 0, 0}), StringAttr(),
      builder.getBoolAttr(true));
  Tensor sum = emit.scale(emit.reshape(mean, x.shape()),
                          node.number("alpha", 1e-4), node.number("bias", 1));
  Tensor factor =
      emit.combine("power", sum, emit.scalar(-node.number("beta", 0.75)));
  node.out(emit.multiply(x, factor));
}

static constexpr Operator rows[] = {
    {"BatchNormalization",
     "consumed_inputs epsilon is_test momentum spatial training_mode",
     buildBatchNormalization},
    {"GroupNormalization", "epsilon num_groups stash_type",
     buildGroupNormalization},
    {"InstanceNormalization", "consumed_inputs epsilon",
     buildInstanceNormalization},
    {"LayerNormalization", "axis epsilon stash_type", buildLayerNormalization},
    {"LpNormalization", "axis p", buildLpNormalization},
    {"LRN", "alpha beta bias size", buildLRN},
    {"MeanVarianceNormalization", "axes", buildMeanVarianceNormalization},
    {"RMSNormalization", "axis epsilon stash_type", buildRMSNormalization},
};

llvm::ArrayRef<Operator> lathe::onnx::normalizationOperators() { return rows; }
