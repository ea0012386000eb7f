//===- Elementwise.cpp - Arithmetic, comparisons, logic -------------------===//
#include "compiler/frontend/onnx/Operators.h"

using namespace mlir;
using namespace lathe::onnx;

//===- Shapes that are computed -------------------------------------------===//

/// Element by element, of constants of integers; null for others.
template <typename Function>
static Tensor fold(const Tensor &a, const Tensor &b, Function function) {
  if (!a.isFoldable() || !b.isFoldable() || a.isFloat() ||
      a.element() != b.element())
    return {};
  Shape shape = Emitter::broadcastShape(a.shape(), b.shape());
  if (elementCount(shape) > 1 << 20)
    return {};
  auto elements = [&](const Tensor &x) {
    SmallVector<int64_t> own = integers(x.constant), all;
    int64_t count = elementCount(shape);
    for (int64_t i = 0; i < count; ++i) {
      int64_t rest = i, at = 0, stride = 1;
      for (size_t d = shape.size(), k = x.rank(); k > 0; --k) {
        int64_t place = rest % shape[--d];
        rest /= shape[d];
        at += x.shape()[k - 1] == 1 ? 0 : place * stride;
        stride *= x.shape()[k - 1];
      }
      all.push_back(own[at]);
    }
    return all;
  };
  SmallVector<int64_t> x = elements(a), y = elements(b);
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == batchMarker || y[i] == batchMarker)
      throw MixesBatch("the number of samples is computed with");
    x[i] = function(x[i], y[i]);
  }
  return {constantOf(RankedTensorType::get(shape, a.element()), x), {}, ""};
}

/// Before opset 7, the second operand of a binary operator is aligned at
/// `axis`.
static Tensor aligned(Node &node, const Tensor &a, Tensor b) {
  if (node.opset >= 7 || !node.hasAttribute("axis") ||
      !node.integer("broadcast", 0))
    return b;
  int64_t axis = Emitter::normalizeAxis(node.integer("axis", 0), a.rank());
  Shape shape(b.shape());
  while (int64_t(shape.size()) + axis < a.rank())
    shape.push_back(1);
  return node.emit.reshape(b, shape);
}

//===- Two operands -------------------------------------------------------===//

template <typename Function>
static void arithmetic(Node &node,
                       Tensor (Emitter::*emit)(const Tensor &, const Tensor &),
                       Function function) {
  Tensor a = node.in(0), b = aligned(node, a, node.in(1));
  if (a.isTruth())
    throw Refusal(node.kind().str() + " does not take bool");
  Tensor folded = fold(a, b, function);
  node.out(folded ? folded : (node.emit.*emit)(a, b));
}

static int64_t wrap(uint64_t value) { return static_cast<int64_t>(value); }

static void buildAdd(Node &node) {
  arithmetic(node, &Emitter::add, [](int64_t a, int64_t b) {
    return wrap(uint64_t(a) + uint64_t(b));
  });
}
static void buildSub(Node &node) {
  arithmetic(node, &Emitter::subtract, [](int64_t a, int64_t b) {
    return wrap(uint64_t(a) - uint64_t(b));
  });
}
static void buildMul(Node &node) {
  arithmetic(node, &Emitter::multiply, [](int64_t a, int64_t b) {
    return wrap(uint64_t(a) * uint64_t(b));
  });
}
static void buildDiv(Node &node) {
  if (node.in(0).element() != node.in(1).element())
    throw Refusal("the operands have different types");
  arithmetic(node, &Emitter::divide, [](int64_t a, int64_t b) {
    if (b == 0 || (b == -1 && a == INT64_MIN))
      throw Refusal("a shape is divided by zero");
    return a / b;
  });
}

static void buildMod(Node &node) {
  if (node.integer("fmod", 0))
    throw Refusal("fmod is not supported");
  if (node.in(0).element() != node.in(1).element() || node.in(0).isTruth())
    throw Refusal("the operands must have one type of numbers");
  node.out(node.emit.combine("remainder", node.in(0), node.in(1)));
}

static void buildPow(Node &node) {
  Tensor a = node.in(0), b = aligned(node, a, node.in(1));
  if (a.isTruth() || b.isTruth())
    throw Refusal("Pow does not take bool");
  node.out(node.emit.combine("power", a, b));
}

static void logic(Node &node, llvm::StringRef function) {
  Tensor a = node.in(0), b = aligned(node, a, node.in(1));
  if (!a.isTruth() || !b.isTruth())
    throw Refusal(node.kind().str() + " takes bool alone");
  node.out(node.emit.combine(function, a, b));
}
static void buildAnd(Node &node) { logic(node, "and"); }
static void buildOr(Node &node) { logic(node, "or"); }
static void buildXor(Node &node) { logic(node, "xor"); }

static void compare(Node &node, llvm::StringRef predicate) {
  Tensor a = node.in(0), b = aligned(node, a, node.in(1));
  if (a.element() != b.element())
    throw Refusal("the operands have different types");
  node.out(node.emit.compare(predicate, a, b));
}
static void buildEqual(Node &node) { compare(node, "eq"); }
static void buildGreater(Node &node) { compare(node, "gt"); }
static void buildGreaterOrEqual(Node &node) { compare(node, "ge"); }
static void buildLess(Node &node) { compare(node, "lt"); }
static void buildLessOrEqual(Node &node) { compare(node, "le"); }

//===- Any number of operands ---------------------------------------------===//

static Tensor combineAll(Node &node, Tensor (Emitter::*emit)(const Tensor &,
                                                             const Tensor &)) {
  Tensor result = node.in(0);
  for (unsigned i = 1; i < node.inputCount(); ++i)
    result = (node.emit.*emit)(result, node.in(i));
  return result;
}
static void buildMax(Node &node) {
  node.out(combineAll(node, &Emitter::maximum));
}
static void buildMin(Node &node) {
  node.out(combineAll(node, &Emitter::minimum));
}
static void buildSum(Node &node) { node.out(combineAll(node, &Emitter::add)); }
static void buildMean(Node &node) {
  Tensor sum = combineAll(node, &Emitter::add);
  if (!sum.isFloat())
    throw Refusal("Mean takes float32 alone");
  node.out(node.inputCount() == 1
               ? sum
               : node.emit.scale(sum, 1.0 / node.inputCount()));
}

//===- One operand, and three ---------------------------------------------===//

static void numeric(Node &node, llvm::StringRef function) {
  if (node.in(0).isTruth())
    throw Refusal(node.kind().str() + " does not take bool");
  node.out(node.emit.math(function, node.in(0)));
}
static void buildAbs(Node &node) { numeric(node, "abs"); }
static void buildNeg(Node &node) { numeric(node, "negate"); }
static void buildSign(Node &node) { numeric(node, "sign"); }

static void buildNot(Node &node) {
  if (!node.in(0).isTruth())
    throw Refusal("Not takes bool alone");
  node.out(node.emit.math("not", node.in(0)));
}

static void buildWhere(Node &node) {
  if (!node.in(0).isTruth() || node.in(1).element() != node.in(2).element())
    throw Refusal("Where takes a bool, and two tensors of one type");
  node.out(node.emit.select(node.in(0), node.in(1), node.in(2)));
}

static void buildCast(Node &node) {
  int64_t to = node.integer("to", 0);
  Type element = elementType(int32_t(to), *node.emit.getBuilder().getContext());
  if (!element)
    throw Refusal("a cast to " + typeName(int32_t(to)) +
                  " is not supported; float, int32, int64 and bool are");
  node.out(node.emit.cast(node.in(0), element));
}

static void buildCastLike(Node &node) {
  node.out(node.emit.cast(node.in(0), node.in(1).element()));
}

static constexpr Operator rows[] = {
    {"Abs", "", buildAbs},
    {"Add", "axis broadcast", buildAdd},
    {"And", "axis broadcast", buildAnd},
    {"Cast", "saturate to", buildCast},
    {"CastLike", "saturate", buildCastLike},
    {"Div", "axis broadcast", buildDiv},
    {"Equal", "axis broadcast", buildEqual},
    {"Greater", "axis broadcast", buildGreater},
    {"GreaterOrEqual", "", buildGreaterOrEqual},
    {"Less", "axis broadcast", buildLess},
    {"LessOrEqual", "", buildLessOrEqual},
    {"Max", "", buildMax},
    {"Mean", "", buildMean},
    {"Min", "", buildMin},
    {"Mod", "fmod", buildMod},
    {"Mul", "axis broadcast", buildMul},
    {"Neg", "", buildNeg},
    {"Not", "", buildNot, "", 1},
    {"Or", "axis broadcast", buildOr},
    {"Pow", "axis broadcast", buildPow},
    {"Sign", "", buildSign},
    {"Sub", "axis broadcast", buildSub},
    {"Sum", "", buildSum},
    {"Where", "", buildWhere},
    {"Xor", "axis broadcast", buildXor},
};

llvm::ArrayRef<Operator> lathe::onnx::elementwiseOperators() { return rows; }
