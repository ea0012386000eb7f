//===- Constants.cpp - What is known when compiling -----------------------===//
#include "compiler/frontend/onnx/Operators.h"
#include <cmath>

using namespace mlir;
using namespace lathe::onnx;

static void buildConstant(Node &node) {
  Emitter &emit = node.emit;
  if (const proto::TensorProto *value = node.tensor("value")) {
    node.out({readTensor(*value, "", *emit.getBuilder().getContext()), {}, ""});
  } else if (node.hasAttribute("value_float")) {
    node.out(emit.scalar(node.number("value_float", 0)));
  } else if (node.hasAttribute("value_floats")) {
    SmallVector<double> list = node.floats("value_floats");
    node.out(emit.floats({int64_t(list.size())}, list));
  } else if (node.hasAttribute("value_int")) {
    node.out(emit.reshape(emit.vector({node.integer("value_int", 0)}), {}));
  } else if (node.hasAttribute("value_ints")) {
    node.out(emit.vector(node.integers("value_ints")));
  } else {
    throw Refusal("the constant has no value");
  }
}

static void buildConstantOfShape(Node &node) {
  Emitter &emit = node.emit;
  SmallVector<int64_t> shape = node.knownIntegers(0);
  if (llvm::is_contained(shape, batchMarker))
    throw MixesBatch("a constant has the number of samples in its shape");
  elementCount(shape);
  const proto::TensorProto *value = node.tensor("value");
  if (!value) {
    node.out(emit.filled(0, shape, emit.f32()));
    return;
  }
  DenseElementsAttr one =
      readTensor(*value, "", *emit.getBuilder().getContext());
  if (one.getNumElements() != 1)
    throw Refusal("the value has more than one element");
  auto single = one.reshape(RankedTensorType::get({1}, one.getElementType()));
  node.out(
      {single.resizeSplat(RankedTensorType::get(shape, one.getElementType())),
       {},
       ""});
}

static void buildShape(Node &node) {
  ArrayRef<int64_t> shape = node.in(0).shape();
  auto place = [&](StringRef name, int64_t otherwise) {
    int64_t at = node.integer(name, otherwise), rank = int64_t(shape.size());
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  int64_t start = place("start", 0), end = place("end", int64_t(shape.size()));
  SmallVector<int64_t> extents;
  for (int64_t i = start; i < end; ++i)
    extents.push_back(ShapedType::isDynamic(shape[i]) ? batchMarker : shape[i]);
  node.out(node.emit.vector(extents));
}

static void buildSize(Node &node) {
  if (node.in(0).isBatched())
    throw MixesBatch("the number of elements of a batch is asked for");
  node.out(node.emit.reshape(
      node.emit.vector({node.in(0).type().getNumElements()}), {}));
}

static void buildRange(Node &node) {
  Tensor first = node.known(0), limit = node.known(1), step = node.known(2);
  for (const Tensor &bound : {first, limit, step})
    if (!bound.isScalar() || bound.element() != first.element())
      throw Refusal("Range takes three scalars of one type");
  double start = numbers(first.constant)[0], delta = numbers(step.constant)[0];
  double count = std::ceil((numbers(limit.constant)[0] - start) / delta);
  if (!(std::abs(count) < 1 << 24))
    throw Refusal("the range has too many elements");
  SmallVector<double> elements;
  for (int64_t i = 0; i < int64_t(count); ++i)
    elements.push_back(start + double(i) * delta);
  node.out({constantOf(RankedTensorType::get({int64_t(elements.size())},
                                             first.element()),
                       elements),
            {},
            ""});
}

static constexpr Operator rows[] = {
    {"Constant", "value value_float value_floats value_int value_ints",
     buildConstant},
    {"ConstantOfShape", "value", buildConstantOfShape},
    {"Shape", "end start", buildShape},
    {"Size", "", buildSize},
    {"Range", "", buildRange},
};

llvm::ArrayRef<Operator> lathe::onnx::constantOperators() { return rows; }
