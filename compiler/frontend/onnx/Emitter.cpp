//===- Emitter.cpp - Constants, elements and products ---------------------===//
#include "compiler/frontend/onnx/Emitter.h"
#include "dialects/nn/Shapes.h"
#include "dialects/nn/VariableLayout.h"
#include <limits>

using namespace mlir;
using namespace lathe;
using namespace lathe::onnx;

//===- Constants ----------------------------------------------------------===//

Tensor Emitter::filled(double value, ArrayRef<int64_t> shape, Type element) {
  elementCount(shape);
  DenseElementsAttr one =
      constantOf(RankedTensorType::get({1}, element), ArrayRef<double>(value));
  return {one.resizeSplat(RankedTensorType::get(shape, element)), {}, ""};
}

Tensor Emitter::scalar(double value, Type element) {
  return filled(value, {}, element);
}

Tensor Emitter::vector(ArrayRef<int64_t> elements) {
  return {constantOf(RankedTensorType::get({int64_t(elements.size())}, i64()),
                     elements),
          {},
          ""};
}

Tensor Emitter::floats(ArrayRef<int64_t> shape, ArrayRef<double> elements) {
  return {constantOf(RankedTensorType::get(shape, f32()), elements), {}, ""};
}

Tensor Emitter::nothing(ArrayRef<int64_t> shape, Type element) {
  if (!llvm::is_contained(shape, 0))
    return {};
  if (llvm::any_of(shape, ShapedType::isDynamic))
    throw MixesBatch("nothing of a batch remains");
  return filled(0, shape, element);
}

Tensor Emitter::resultOf(Operation *op) {
  Tensor result{{}, op->getResult(0), ""};
  Tensor none = nothing(result.shape(), result.element());
  if (!none)
    return result;
  op->erase();
  return none;
}

/// A parameter that begins with the constant. One value everywhere is no data.
static nn::VariableOp declareParameter(OpBuilder &builder, Location loc,
                                       StringRef name, const Tensor &x,
                                       bool trainable) {
  ElementsAttr constant = x.constant;
  bool isFloat = constant.getElementType().isF32();
  bool same = isFloat && constant.isSplat();
  auto variable = nn::VariableOp::create(
      builder, loc, nn::VariableKind::Parameter, name,
      cast<RankedTensorType>(constant.getType()), same ? "constant" : "data",
      same ? builder.getF64FloatAttr(
                 constant.getSplatValue<APFloat>().convertToDouble())
           : FloatAttr());
  variable.setTrainable(isFloat && trainable);
  if (!same)
    variable.setDataAttr(constant);
  if (x.origin)
    nn::setLayouts(variable, x.origin->own, x.origin->graph);
  return variable;
}

Value Emitter::operand(const Tensor &x) {
  if (!x.constant)
    return x.value;
  if (x.isEmpty())
    throw Refusal("an operand of shape " + describe(x.shape()) +
                  " has no elements, which this operator does not support");
  // Initializers that begin alike are several, and so are two orders of one
  // whose elements are all alike: other weights tell them apart.
  std::string identity =
      x.origin ? x.name + " " + x.origin->own.text() : x.name;
  Value &value = operands[{x.constant, builder.getStringAttr(identity)}];
  if (value)
    return value;
  if (x.rank() == 0)
    return value = nn::ConstantOp::create(builder, loc, x.constant);
  // What is computed of an initializer is not that, and a file that has the
  // initializer does not have it.
  std::string base = x.name.empty() ? scope
                     : x.origin     ? x.name
                                    : scope + "/" + x.name;
  if (learns(x) && (names.contains(base) || !learned.insert(x.name).second))
    throw Refusal("parameter '" + x.name +
                  "' is used in two layouts, or has a name that is taken; "
                  "it can be frozen, but not trained");
  std::string free = base;
  for (unsigned i = 1; !names.insert(free).second; ++i)
    free = base + "/" + std::to_string(i);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(function);
  nn::VariableOp variable =
      declareParameter(builder, loc, free, x, !training || learns(x));
  declared.push_back(variable);
  builder.setInsertionPointToEnd(&function->getRegion(0).front());
  return value = nn::readVariable(builder, loc, variable);
}

Tensor Emitter::dropout(const Tensor &x, double rate) {
  if (x.isEmpty())
    return x;
  auto state = [&](StringRef name) {
    auto variable = SymbolTable::lookupNearestSymbolFrom<nn::VariableOp>(
        function, builder.getStringAttr(name));
    return nn::readVariable(builder, loc, variable);
  };
  Value iteration = state(nn::iterationName), seed = state(nn::seedName);
  return create<nn::DropoutOp>(
      operand(x), iteration, seed, builder.getF64FloatAttr(rate),
      builder.getI64IntegerAttr(training->nextRandomKey()),
      DenseI64ArrayAttr());
}

//===- Elements -----------------------------------------------------------===//

Shape Emitter::broadcastShape(ArrayRef<int64_t> a, ArrayRef<int64_t> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Shape result(a);
  for (size_t i = 0; i < b.size(); ++i) {
    int64_t &extent = result[a.size() - b.size() + i];
    if (extent == b[i] || b[i] == 1)
      continue;
    if (extent != 1) {
      std::string text = "shapes " + describe(a) + " and " + describe(b) +
                         " do not broadcast to one";
      if (ShapedType::isDynamic(extent) || ShapedType::isDynamic(b[i]))
        throw MixesBatch(text);
      throw Refusal(text);
    }
    extent = b[i];
  }
  for (int64_t extent : ArrayRef(result).drop_front(!result.empty()))
    if (ShapedType::isDynamic(extent))
      throw MixesBatch("the batch is not the first dimension of the result");
  return result;
}

int64_t Emitter::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    throw Refusal("there is no axis " + std::to_string(axis) + " of " +
                  std::to_string(rank));
  return axis < 0 ? axis + rank : axis;
}

std::pair<Value, Value> Emitter::pair(const Tensor &a, const Tensor &b) {
  Tensor first = broadcast(a, broadcastShape(a.shape(), b.shape()));
  return {operand(first), operand(b)};
}

template <typename OpTy>
Tensor Emitter::arithmetic(const Tensor &a, const Tensor &b) {
  if (a.element() != b.element())
    throw Refusal("the operands have different types");
  if (Tensor none = nothing(broadcastShape(a.shape(), b.shape()), a.element()))
    return none;
  auto [x, y] = pair(a, b);
  return createTyped<OpTy>(x.getType(), x, y);
}

Tensor Emitter::add(const Tensor &a, const Tensor &b) {
  return arithmetic<nn::AddOp>(a, b);
}
Tensor Emitter::subtract(const Tensor &a, const Tensor &b) {
  return arithmetic<nn::SubtractOp>(a, b);
}
Tensor Emitter::multiply(const Tensor &a, const Tensor &b) {
  return arithmetic<nn::MultiplyOp>(a, b);
}
Tensor Emitter::maximum(const Tensor &a, const Tensor &b) {
  return arithmetic<nn::MaximumOp>(a, b);
}
Tensor Emitter::minimum(const Tensor &a, const Tensor &b) {
  return arithmetic<nn::MinimumOp>(a, b);
}

/// Functions of two elements have no gradient; a product has.
Tensor Emitter::divide(const Tensor &a, const Tensor &b) {
  if (!training || !b.isFoldable() || !b.isFloat() || learns(b))
    return combine("divide", a, b);
  SmallVector<double> inverse = numbers(b.constant);
  for (double &number : inverse)
    number = 1 / number;
  return multiply(a, {constantOf(b.type(), inverse), {}, b.name});
}

Tensor Emitter::combine(StringRef function, const Tensor &a, const Tensor &b) {
  if (Tensor none = nothing(broadcastShape(a.shape(), b.shape()), a.element()))
    return none;
  auto [x, y] = pair(a, b);
  return create<nn::CombineOp>(x, y, function);
}

Tensor Emitter::compare(StringRef predicate, const Tensor &a, const Tensor &b) {
  if (Tensor none = nothing(broadcastShape(a.shape(), b.shape()), truth()))
    return none;
  auto [x, y] = pair(a, b);
  return create<nn::CompareOp>(x, y, predicate);
}

Tensor Emitter::select(const Tensor &condition, const Tensor &a,
                       const Tensor &b) {
  Shape shape =
      broadcastShape(broadcastShape(condition.shape(), a.shape()), b.shape());
  if (Tensor none = nothing(shape, a.element()))
    return none;
  return create<nn::SelectOp>(operand(broadcast(condition, shape)), operand(a),
                              operand(b));
}

Tensor Emitter::math(StringRef function, const Tensor &x) {
  if (x.isEmpty())
    return x;
  return create<nn::MathOp>(operand(x), function);
}

Tensor Emitter::activation(StringRef function, const Tensor &x) {
  if (x.isEmpty())
    return x;
  return create<nn::ActivationOp>(operand(x), function, FloatAttr());
}

Tensor Emitter::activation(StringRef function, const Tensor &x, double alpha) {
  if (x.isEmpty())
    return x;
  return create<nn::ActivationOp>(operand(x), function,
                                  builder.getF64FloatAttr(alpha));
}

Tensor Emitter::cast(const Tensor &x, Type element) {
  if (x.element() == element)
    return x;
  if (!x.isFoldable())
    return create<nn::CastOp>(operand(x), element);
  RankedTensorType type = x.type().clone(element);
  if (element.isInteger(8)) {
    SmallVector<int64_t> truths;
    for (double number : numbers(x.constant))
      truths.push_back(number != 0);
    return {constantOf(type, truths), {}, x.name};
  }
  return {x.isFloat() ? constantOf(type, numbers(x.constant))
                      : constantOf(type, integers(x.constant)),
          {},
          x.name};
}

Tensor Emitter::scale(const Tensor &x, double factor, double offset) {
  if (x.isEmpty())
    return x;
  return create<nn::ScaleOp>(operand(x), builder.getF64FloatAttr(factor),
                             builder.getF64FloatAttr(offset));
}

//===- Reductions ---------------------------------------------------------===//

/// What the reduction of no elements gives.
static double neutralElement(StringRef function, Type element) {
  if (function == "sum" || function == "product")
    return function == "product";
  if (!element.isF32())
    throw Refusal("there is no " + function.str() + " of no integers");
  double infinity = std::numeric_limits<double>::infinity();
  return function == "minimum" ? infinity : -infinity;
}

Tensor Emitter::reduce(StringRef function, const Tensor &x,
                       ArrayRef<int64_t> axes, bool keepDimensions) {
  Shape kept(x.shape()), remaining;
  SmallVector<int64_t> sorted;
  for (int64_t axis : axes)
    sorted.push_back(normalizeAxis(axis, x.rank()));
  llvm::sort(sorted);
  sorted.erase(llvm::unique(sorted), sorted.end());
  for (int64_t axis = 0; axis < x.rank(); ++axis)
    if (!llvm::is_contained(sorted, axis))
      remaining.push_back(x.shape()[axis]);
  if (x.isEmpty()) {
    for (int64_t axis : sorted)
      kept[axis] = 1;
    ArrayRef<int64_t> shape = keepDimensions ? kept : remaining;
    Tensor none = nothing(shape, x.element());
    return none ? none
                : filled(neutralElement(function, x.element()), shape,
                         x.element());
  }
  Tensor result = x;
  // Runs of neighbouring axes, the last one first.
  for (size_t end = sorted.size(); end > 0;) {
    size_t begin = end - 1;
    while (begin > 0 && sorted[begin - 1] == sorted[begin] - 1)
      --begin;
    Shape merged(kept);
    int64_t first = sorted[begin], last = sorted[end - 1];
    if (ShapedType::isDynamic(kept[first]))
      throw MixesBatch("the batch is reduced");
    int64_t extent = 1;
    for (int64_t axis = first; axis <= last; ++axis) {
      extent *= kept[axis];
      merged[axis] = kept[axis] = 1;
    }
    merged[first] = extent;
    if (extent != 1) {
      Tensor around = aroundAxis(reshape(result, merged), first);
      if (around.rank() != 3) { // [batch, outer, axis, inner]
        Shape apart(around.shape());
        around = transpose(around, {0, 2, 1, 3});
        around = reshape(around, {apart[0], apart[2], apart[1] * apart[3]});
      }
      // Sums have a gradient where they are not along the last dimension.
      if (training && function == "sum" && result.isFloat())
        result = create<nn::ReduceOp>(operand(around), function,
                                      ArrayRef<int64_t>{1}, false);
      else
        result = create<nn::AxisReduceOp>(operand(around), function);
      result = reshape(result, kept);
    }
    end = begin;
  }
  return reshape(result, keepDimensions ? kept : remaining);
}

Tensor Emitter::mean(const Tensor &x, ArrayRef<int64_t> axes,
                     bool keepDimensions) {
  double count = 1;
  for (int64_t axis : axes) {
    int64_t extent = x.shape()[normalizeAxis(axis, x.rank())];
    if (ShapedType::isDynamic(extent))
      throw MixesBatch("the batch is reduced");
    count *= double(extent);
  }
  return scale(reduce("sum", x, axes, keepDimensions), 1 / count);
}

Tensor Emitter::arg(StringRef function, const Tensor &x, int64_t axis,
                    bool last) {
  axis = normalizeAxis(axis, x.rank());
  if (ShapedType::isDynamic(x.shape()[axis]))
    throw MixesBatch("the batch is reduced");
  Shape shape(x.shape());
  shape[axis] = 1;
  if (Tensor none = nothing(shape, i64()))
    return none;
  Tensor around = aroundAxis(x, axis);
  if (around.rank() != 3) {
    Shape apart(around.shape());
    around = transpose(around, {0, 2, 1, 3});
    around = reshape(around, {apart[0], apart[2], apart[1] * apart[3]});
  }
  return reshape(create<nn::AxisArgOp>(operand(around), function, last), shape);
}

/// The axis last, as rows of a matrix; and back.
Tensor Emitter::softmax(const Tensor &x, int64_t axis) {
  axis = normalizeAxis(axis, x.rank());
  if (x.isEmpty())
    return x;
  if (ShapedType::isDynamic(x.shape()[axis]))
    throw MixesBatch("softmax is along the batch");
  SmallVector<int64_t> order, back(x.rank());
  for (int64_t i = 0; i < x.rank(); ++i)
    if (i != axis)
      order.push_back(i);
  order.push_back(axis);
  for (auto [i, from] : llvm::enumerate(order))
    back[from] = i;
  Tensor rows = transpose(x, order);
  Shape shape(rows.shape()), flat;
  if (rows.rank() == 1) {
    flat = {1, shape[0]};
  } else if (rows.rank() == 2) {
    flat = shape;
  } else {
    int64_t count = 1;
    for (int64_t extent : ArrayRef(shape).drop_front().drop_back())
      count *= extent;
    flat = {shape.front(), count, shape.back()};
  }
  return transpose(
      reshape(create<nn::SoftmaxOp>(operand(reshape(rows, flat))), shape),
      back);
}

Tensor Emitter::logSoftmax(const Tensor &x, int64_t axis) {
  if (x.isEmpty())
    return x;
  Tensor shifted = subtract(x, reduce("maximum", x, {axis}, true));
  Tensor sum = reduce("sum", activation("exponential", shifted), {axis}, true);
  return subtract(shifted, math("log", sum));
}

//===- Products -----------------------------------------------------------===//

Tensor Emitter::matmul(const Tensor &a, const Tensor &b) {
  if (!a.isFloat() || !b.isFloat())
    throw Refusal("products are of float32 alone");
  if (a.rank() == 0 || b.rank() == 0)
    throw Refusal("a scalar has no matrix product");
  if (a.rank() == 1) {
    Tensor row = matmul(reshape(a, {1, a.shape()[0]}), b);
    Shape shape(row.shape());
    shape.erase(shape.end() - (b.rank() == 1 ? 1 : 2));
    return reshape(row, shape);
  }
  if (b.rank() == 1) {
    Tensor column = matmul(a, reshape(b, {b.shape()[0], 1}));
    return reshape(column, column.shape().drop_back());
  }
  int64_t inner = a.shape().back(), columns = b.shape().back();
  if (inner != b.shape()[b.rank() - 2])
    throw Refusal("matrices of shapes " + describe(a.shape()) + " and " +
                  describe(b.shape()) + " do not fit");
  Shape shape;
  if (a.isEmpty() || b.isEmpty()) { // sums of nothing, or no sums
    shape = broadcastShape(a.shape().drop_back(2), b.shape().drop_back(2));
    shape.append({a.shape()[a.rank() - 2], columns});
    if (llvm::any_of(shape, ShapedType::isDynamic))
      throw MixesBatch("nothing of a batch is multiplied");
    return filled(0, shape, f32());
  }
  if (a.isBatched() && b.rank() == 2 && !b.isBatched()) {
    shape = Shape(a.shape());
    shape.back() = columns;
    // One product of all rows of a sample.
    int64_t rows = 1;
    for (int64_t extent : a.shape().drop_back().drop_front())
      rows *= extent;
    Tensor flat =
        a.rank() == 2 ? a : reshape(a, {ShapedType::kDynamic, rows, inner});
    return reshape(create<nn::DenseOp>(operand(flat), operand(b)), shape);
  }
  if (a.rank() == 2 && b.rank() == 2)
    return reshape(matmul(reshape(a, {1, a.shape()[0], inner}),
                          reshape(b, {1, inner, columns})),
                   {a.shape()[0], columns});
  // Batches of matrices: [n, rows, columns] or [n, m, rows, columns].
  Shape outer = broadcastShape(a.shape().drop_back(2), b.shape().drop_back(2));
  Shape matrices;
  for (auto [i, extent] : llvm::enumerate(outer))
    if (i < 2)
      matrices.push_back(extent);
    else
      matrices.back() *= extent;
  auto prepare = [&](const Tensor &x) {
    Shape full(outer), flat(matrices);
    full.append(x.shape().end() - 2, x.shape().end());
    flat.append(x.shape().end() - 2, x.shape().end());
    return operand(reshape(broadcast(x, full), flat));
  };
  Value lhs = prepare(a), rhs = prepare(b);
  Tensor product = create<nn::MatmulOp>(lhs, rhs, false, false);
  shape = outer;
  shape.append({a.shape()[a.rank() - 2], columns});
  return reshape(product, shape);
}
