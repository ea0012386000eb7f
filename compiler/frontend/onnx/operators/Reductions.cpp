//===- Reductions.cpp - Reduce*, ArgMax, ArgMin, TopK ---------------------===//
#include "compiler/frontend/onnx/Operators.h"
#include <limits>

using namespace mlir;
using namespace lathe::onnx;

namespace {
/// What is reduced, and along which axes.
struct Reduced {
  Emitter &emit;
  Tensor x;
  SmallVector<int64_t> axes;
  bool keep, nothing = false;

  explicit Reduced(Node &node)
      : emit(node.emit), x(node.in(0)), keep(node.integer("keepdims", 1)) {
    if (x.isTruth())
      throw Refusal(node.kind().str() + " does not take bool");
    if (auto given = node.list("axes", 1))
      axes = *given;
    if (axes.empty()) {
      nothing = node.integer("noop_with_empty_axes", 0);
      for (int64_t axis = 0; axis < x.rank() && !nothing; ++axis)
        axes.push_back(axis);
    }
    for (int64_t &axis : axes) {
      axis = Emitter::normalizeAxis(axis, x.rank());
      if (ShapedType::isDynamic(x.shape()[axis]))
        throw MixesBatch("the batch is reduced");
    }
  }

  Tensor operator()(StringRef function, const Tensor &of) {
    return nothing ? of : emit.reduce(function, of, axes, keep);
  }
  Tensor operator()(StringRef function) { return (*this)(function, x); }

  void onlyFloats(const Node &node) const {
    if (!x.isFloat())
      throw Refusal(node.kind().str() + " takes float32 alone");
  }

  Shape shape() const {
    Shape result;
    for (int64_t axis = 0; axis < x.rank(); ++axis)
      if (!llvm::is_contained(axes, axis))
        result.push_back(x.shape()[axis]);
      else if (keep)
        result.push_back(1);
    return result;
  }
  /// The result where there is nothing to reduce.
  Tensor filled(double value) const {
    return emit.filled(value, shape(), x.element());
  }
};
} // namespace

static void buildReduceSum(Node &node) { node.out(Reduced(node)("sum")); }
static void buildReduceMax(Node &node) { node.out(Reduced(node)("maximum")); }
static void buildReduceMin(Node &node) { node.out(Reduced(node)("minimum")); }
static void buildReduceProd(Node &node) { node.out(Reduced(node)("product")); }

static void buildReduceMean(Node &node) {
  Reduced reduced(node);
  reduced.onlyFloats(node);
  if (reduced.x.isEmpty())
    return node.out(reduced.filled(std::numeric_limits<double>::quiet_NaN()));
  if (reduced.nothing) {
    node.out(reduced.x);
    return;
  }
  // Of images, pixel by pixel of all channels at once.
  if (reduced.x.rank() == 4 && reduced.axes == SmallVector<int64_t>{2, 3}) {
    OpBuilder &builder = node.emit.getBuilder();
    Tensor y = node.emit.create<lathe::nn::ReduceOp>(
        node.emit.operand(node.emit.toImage(reduced.x)),
        builder.getStringAttr("mean"), builder.getDenseI64ArrayAttr({1, 2}),
        builder.getBoolAttr(true));
    y = node.emit.fromImage(y, 4);
    node.out(reduced.keep ? y : node.emit.reshape(y, y.shape().take_front(2)));
    return;
  }
  node.out(node.emit.mean(reduced.x, reduced.axes, reduced.keep));
}

static void buildReduceL1(Node &node) {
  Reduced reduced(node);
  node.out(reduced("sum", node.emit.math("abs", reduced.x)));
}

static Tensor sumOfSquares(Node &node, Reduced &reduced) {
  return reduced("sum", node.emit.multiply(reduced.x, reduced.x));
}

static void buildReduceSumSquare(Node &node) {
  Reduced reduced(node);
  node.out(sumOfSquares(node, reduced));
}

static void buildReduceL2(Node &node) {
  Reduced reduced(node);
  reduced.onlyFloats(node);
  node.out(node.emit.math("sqrt", sumOfSquares(node, reduced)));
}

static void buildReduceLogSum(Node &node) {
  Reduced reduced(node);
  reduced.onlyFloats(node);
  node.out(node.emit.math("log", reduced("sum")));
}

/// Relative to the largest, so that nothing overflows.
static void buildReduceLogSumExp(Node &node) {
  Emitter &emit = node.emit;
  Reduced reduced(node);
  reduced.onlyFloats(node);
  if (reduced.x.isEmpty()) // log(0)
    return node.out(reduced.filled(-std::numeric_limits<double>::infinity()));
  if (reduced.nothing) // log(exp(x))
    return node.out(reduced.x);
  Tensor largest = emit.reduce("maximum", reduced.x, reduced.axes, true);
  Tensor powers =
      emit.activation("exponential", emit.subtract(reduced.x, largest));
  Tensor sum = emit.math("log", emit.reduce("sum", powers, reduced.axes, true));
  node.out(emit.reshape(emit.add(sum, largest), reduced.shape()));
}

static void arg(Node &node, StringRef function) {
  Tensor x = node.in(0);
  if (x.isTruth())
    throw Refusal(node.kind().str() + " does not take bool");
  int64_t axis = Emitter::normalizeAxis(node.integer("axis", 0), x.rank());
  Tensor place =
      node.emit.arg(function, x, axis, node.integer("select_last_index", 0));
  Shape shape(place.shape());
  if (!node.integer("keepdims", 1))
    shape.erase(shape.begin() + axis);
  node.out(node.emit.reshape(place, shape));
}
static void buildArgMax(Node &node) { arg(node, "maximum"); }
static void buildArgMin(Node &node) { arg(node, "minimum"); }

/// The rank of an element is the number of those before it in the order: larger
/// ones, and equal ones with a lower number. Element k of the result is the one
/// of rank k. As in NumPy, NaN is larger than all numbers.
static void buildTopK(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = node.in(0);
  if (!x.isFloat())
    throw Refusal("TopK takes float32 alone");
  auto list = node.opset < 10
                  ? std::optional(SmallVector<int64_t>{node.integer("k", 1)})
                  : node.list("k", 1);
  if (!list || list->size() != 1)
    throw Refusal("TopK needs one number k");
  int64_t axis = Emitter::normalizeAxis(node.integer("axis", -1), x.rank());
  int64_t extent = x.shape()[axis], k = (*list)[0];
  if (ShapedType::isDynamic(extent))
    throw MixesBatch("samples of the batch are sorted");
  if (k < 0 || k > extent)
    throw Refusal("k is " + std::to_string(k) + ", of " +
                  std::to_string(extent) + " elements");
  if (extent > 1024)
    throw Refusal("TopK of more than 1024 elements is not supported");
  // [..., axis, others, ...]: two dimensions for the axis.
  Shape own(x.shape()), other(x.shape()), places(x.rank() + 1, 1);
  own.insert(own.begin() + axis + 1, 1);
  other.insert(other.begin() + axis, 1);
  places[axis + 1] = extent;
  Shape rows(places);
  std::swap(rows[axis], rows[axis + 1]);
  SmallVector<int64_t> all, wanted;
  for (int64_t i = 0; i < extent; ++i)
    all.push_back(i);
  wanted.assign(all.begin(), all.begin() + k);
  Tensor a = emit.reshape(x, own), b = emit.reshape(x, other);
  Tensor earlier = emit.compare("lt", emit.reshape(emit.vector(all), places),
                                emit.reshape(emit.vector(all), rows));
  bool largest = node.integer("largest", 1);
  Tensor nan = emit.compare("ne", x, x), nanA = emit.reshape(nan, own),
         nanB = emit.reshape(nan, other);
  Tensor better =
      emit.combine("or", emit.compare(largest ? "gt" : "lt", b, a),
                   largest ? emit.combine("and", nanB, emit.math("not", nanA))
                           : emit.combine("and", nanA, emit.math("not", nanB)));
  Tensor equal = emit.combine("or", emit.compare("eq", b, a),
                              emit.combine("and", nanA, nanB));
  equal = emit.combine("and", equal, earlier);
  Tensor before = emit.cast(emit.combine("or", better, equal), emit.i64());
  Tensor rank = emit.reduce("sum", before, {axis + 1}, false);
  // [..., k, axis, ...]
  Shape kPlaces(x.rank() + 1, 1);
  kPlaces[axis] = k;
  Tensor hit = emit.compare("eq", emit.reshape(rank, other),
                            emit.reshape(emit.vector(wanted), kPlaces));
  Tensor values = emit.select(hit, b, emit.scalar(0));
  node.out(emit.reduce("sum", values, {axis + 1}, false));
  Tensor numbers = emit.select(hit, emit.reshape(emit.vector(all), places),
                               emit.scalar(0, emit.i64()));
  node.out(emit.reduce("sum", numbers, {axis + 1}, false), 1);
}

static constexpr llvm::StringLiteral reduceAttributes =
    "axes keepdims noop_with_empty_axes";
static constexpr Operator rows[] = {
    {"ReduceL1", reduceAttributes, buildReduceL1},
    {"ReduceL2", reduceAttributes, buildReduceL2},
    {"ReduceLogSum", reduceAttributes, buildReduceLogSum},
    {"ReduceLogSumExp", reduceAttributes, buildReduceLogSumExp},
    {"ReduceMax", reduceAttributes, buildReduceMax},
    {"ReduceMean", reduceAttributes, buildReduceMean},
    {"ReduceMin", reduceAttributes, buildReduceMin},
    {"ReduceProd", reduceAttributes, buildReduceProd},
    {"ReduceSum", reduceAttributes, buildReduceSum},
    {"ReduceSumSquare", reduceAttributes, buildReduceSumSquare},
    {"ArgMax", "axis keepdims select_last_index", buildArgMax},
    {"ArgMin", "axis keepdims select_last_index", buildArgMin},
    {"TopK", "axis k largest sorted", buildTopK},
};

llvm::ArrayRef<Operator> lathe::onnx::reductionOperators() { return rows; }
