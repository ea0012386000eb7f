//===- Indexing.cpp - Slice, Split, Gather, Pad, OneHot -------------------===//
#include "compiler/frontend/onnx/Operators.h"

using namespace mlir;
using namespace lathe::onnx;

//===- Slice and Split ----------------------------------------------------===//

static Tensor sliceAxis(Emitter &emit, const Tensor &x, int64_t axis,
                        int64_t start, int64_t end, int64_t step) {
  int64_t extent = x.shape()[axis];
  if (ShapedType::isDynamic(extent)) {
    if (start == 0 && step == 1 && end >= INT32_MAX)
      return x; // all samples
    throw MixesBatch("the batch is cut");
  }
  // Places beyond the ends are those of the ends.
  int64_t last = step > 0 ? extent : extent - 1, first = step > 0 ? 0 : -1;
  auto place = [&](int64_t at) {
    if (at < 0)
      at = at < -extent ? (step > 0 ? 0 : -1) : at + extent;
    return std::clamp(at, first, last);
  };
  start = place(start);
  end = place(end);
  int64_t count = step > 0 ? (end - start + step - 1) / step
                           : (start - end - step - 1) / -step;
  if (count <= 0) {
    Shape shape(x.shape());
    shape[axis] = 0;
    return emit.nothing(shape, x.element());
  }
  if (step == 1)
    return emit.slice(x, axis, start, count);
  SmallVector<int64_t> numbers;
  for (int64_t i = 0; i < count; ++i)
    numbers.push_back(start + i * step);
  return emit.gather(x, axis, numbers);
}

static void buildSlice(Node &node) {
  Tensor x = node.in(0);
  auto starts = node.list("starts", 1), ends = node.list("ends", 2),
       axes = node.list("axes", 3);
  if (!starts || !ends)
    throw Refusal("there are no starts and ends");
  SmallVector<int64_t> steps(starts->size(), 1);
  if (node.has(4))
    steps = node.knownIntegers(4);
  if (!axes) {
    axes.emplace();
    for (size_t i = 0; i < starts->size(); ++i)
      axes->push_back(int64_t(i));
  }
  if (ends->size() != starts->size() || axes->size() != starts->size() ||
      steps.size() != starts->size())
    throw Refusal("starts, ends, axes and steps differ in number");
  for (auto [start, end, axis, step] :
       llvm::zip_equal(*starts, *ends, *axes, steps)) {
    if (step == 0 || step > INT32_MAX || step < -INT32_MAX)
      throw Refusal("a step is " + std::to_string(step));
    x = sliceAxis(node.emit, x, Emitter::normalizeAxis(axis, x.rank()), start,
                  end, step);
  }
  node.out(x);
}

static void buildSplit(Node &node) {
  Tensor x = node.in(0);
  int64_t axis = Emitter::normalizeAxis(node.integer("axis", 0), x.rank());
  int64_t extent = x.shape()[axis], parts = node.outputCount();
  if (ShapedType::isDynamic(extent))
    throw MixesBatch("the batch is cut");
  auto sizes = node.list("split", 1);
  if (!sizes) {
    sizes.emplace();
    int64_t count = node.integer("num_outputs", parts);
    if (count != parts || parts < 1)
      throw Refusal("num_outputs is " + std::to_string(count) +
                    ", but there are " + std::to_string(parts) + " outputs");
    int64_t size = (extent + parts - 1) / parts;
    for (int64_t i = 0; i < parts; ++i)
      sizes->push_back(std::clamp<int64_t>(extent - i * size, 0, size));
  }
  int64_t at = 0;
  if (int64_t(sizes->size()) != parts)
    throw Refusal("there are " + std::to_string(sizes->size()) +
                  " sizes of parts, and " + std::to_string(parts) + " outputs");
  for (auto [i, size] : llvm::enumerate(*sizes)) {
    if (size < 0 || size > extent - at)
      throw Refusal("the parts have other sizes than the input of " +
                    std::to_string(extent) + " elements");
    node.out(node.emit.slice(x, axis, at, size), unsigned(i));
    at += size;
  }
  if (at != extent)
    throw Refusal("the parts have " + std::to_string(at) +
                  " elements, the input has " + std::to_string(extent));
}

//===- Gather -------------------------------------------------------------===//

static void buildGather(Node &node) {
  Tensor x = node.in(0), which = node.in(1);
  int64_t axis = Emitter::normalizeAxis(node.integer("axis", 0), x.rank());
  if (which.isFloat() || which.isTruth())
    throw Refusal("the indices must be integers");
  if (which.isBatched())
    throw MixesBatch("each sample has its own indices");
  Shape shape(x.shape().take_front(axis));
  llvm::append_range(shape, which.shape());
  llvm::append_range(shape, x.shape().drop_front(axis + 1));
  if (which.constant && which.isScalar() &&
      which.constant.getElementType().isInteger(64)) {
    int64_t number = integers(which.constant)[0], extent = x.shape()[axis];
    if (!ShapedType::isDynamic(extent) && number >= -extent &&
        number < extent) {
      number += number < 0 ? extent : 0;
      node.out(node.emit.reshape(node.emit.slice(x, axis, number, 1), shape));
      return;
    }
  }
  Tensor list = node.emit.reshape(which, {which.type().getNumElements()});
  node.out(node.emit.reshape(node.emit.gather(x, axis, list), shape));
}

//===- Pad ----------------------------------------------------------------===//

/// For a padding that repeats elements: where each element of the result is.
static SmallVector<int64_t> paddedPlaces(llvm::StringRef mode, int64_t extent,
                                         int64_t low, int64_t high) {
  SmallVector<int64_t> places;
  for (int64_t i = -low; i < extent + high; ++i) {
    int64_t at = i;
    if (mode == "edge") {
      at = std::clamp<int64_t>(i, 0, extent - 1);
    } else if (mode == "wrap") {
      at = (i % extent + extent) % extent;
    } else if (extent == 1) {
      at = 0;
    } else { // reflect: a zigzag that does not repeat the ends
      int64_t period = 2 * (extent - 1);
      at = (i % period + period) % period;
      at = at < extent ? at : period - at;
    }
    places.push_back(at);
  }
  return places;
}

static void buildPad(Node &node) {
  Emitter &emit = node.emit;
  Tensor x = node.in(0);
  std::string mode = node.text("mode", "constant");
  auto pads = node.list("pads", 1);
  if (!pads)
    throw Refusal("there are no pads");
  SmallVector<int64_t> axes;
  if (node.has(3))
    axes = node.knownIntegers(3);
  else
    for (int64_t axis = 0; axis < x.rank(); ++axis)
      axes.push_back(axis);
  if (pads->size() != 2 * axes.size())
    throw Refusal("pads needs two numbers for each of " +
                  std::to_string(axes.size()) + " dimensions");
  Shape low(x.rank()), high(x.rank()), padded(x.shape());
  for (auto [i, axis] : llvm::enumerate(axes)) {
    axis = Emitter::normalizeAxis(axis, x.rank());
    low[axis] = (*pads)[i];
    high[axis] = (*pads)[i + axes.size()];
    for (int64_t side : {low[axis], high[axis]})
      if (side > INT32_MAX || side < -INT32_MAX)
        throw Refusal("a padding is too large");
    if (low[axis] == 0 && high[axis] == 0)
      continue;
    if (ShapedType::isDynamic(x.shape()[axis]))
      throw MixesBatch("the batch is padded");
    padded[axis] += low[axis] + high[axis];
    if (padded[axis] < 0)
      throw Refusal("more is cut off than there is");
  }
  elementCount(ArrayRef(padded).drop_front(x.isBatched()));
  if (mode != "constant") {
    if (mode != "edge" && mode != "reflect" && mode != "wrap")
      throw Refusal("mode is '" + mode + "'");
    if (x.isEmpty())
      throw Refusal("a padding that repeats elements needs some");
    for (int64_t axis = 0; axis < x.rank(); ++axis)
      if (low[axis] || high[axis])
        x = emit.gather(
            x, axis,
            paddedPlaces(mode, x.shape()[axis], low[axis], high[axis]));
    node.out(x);
    return;
  }
  Tensor value;
  if (node.has(2))
    value = emit.reshape(node.in(2), {});
  else if (node.number("value", 0) != 0)
    value = emit.scalar(node.number("value", 0));
  bool isZero = !value || (value.constant && numbers(value.constant)[0] == 0);
  if (isZero) {
    node.out(emit.pad(x, low, high));
    return;
  }
  if (value.element() != x.element())
    throw Refusal("the value has another type than the input");
  if (x.isEmpty() || llvm::is_contained(padded, 0)) {
    node.out(emit.broadcast(value, padded));
    return;
  }
  // What is padded with zeros is not inside.
  Shape one(x.shape());
  if (x.isBatched())
    one[0] = 1;
  Tensor ones = emit.filled(1, one, emit.truth());
  Tensor inside = emit.pad({nullptr, emit.operand(ones), ""}, low, high);
  node.out(emit.select(inside, emit.pad(x, low, high), value));
}

//===- OneHot -------------------------------------------------------------===//

static void buildOneHot(Node &node) {
  Emitter &emit = node.emit;
  Tensor which = node.in(0), values = node.in(2);
  if (values.rank() != 1 || values.shape()[0] != 2)
    throw Refusal("OneHot takes two values");
  double wanted = node.knownNumber(1);
  if (!(wanted >= 1 && wanted <= 1 << 24))
    throw Refusal("the depth is " + std::to_string(wanted));
  auto depth = static_cast<int64_t>(wanted);
  int64_t rank = which.rank() + 1;
  int64_t axis = Emitter::normalizeAxis(node.integer("axis", -1), rank);
  Tensor numbers = emit.cast(which, emit.i64());
  // Negative ones count from the end.
  Tensor negative = emit.compare("lt", numbers, emit.scalar(0, emit.i64()));
  numbers = emit.select(
      negative, emit.add(numbers, emit.scalar(double(depth), emit.i64())),
      numbers);
  Shape shape(numbers.shape()), places(rank, 1);
  shape.insert(shape.begin() + axis, 1);
  if (which.isBatched() && axis == 0)
    throw MixesBatch("the batch would not be the first dimension");
  places[axis] = depth;
  SmallVector<int64_t> all;
  for (int64_t i = 0; i < depth; ++i)
    all.push_back(i);
  Tensor hit = emit.compare("eq", emit.reshape(numbers, shape),
                            emit.reshape(emit.vector(all), places));
  Tensor off = emit.reshape(emit.slice(values, 0, 0, 1), {}),
         on = emit.reshape(emit.slice(values, 0, 1, 1), {});
  node.out(emit.select(hit, on, off));
}

static constexpr Operator rows[] = {
    {"Gather", "axis", buildGather},
    {"OneHot", "axis", buildOneHot},
    {"Pad", "mode pads value", buildPad},
    {"Slice", "axes ends starts", buildSlice},
    {"Split", "axis num_outputs split", buildSplit},
};

llvm::ArrayRef<Operator> lathe::onnx::indexingOperators() { return rows; }
