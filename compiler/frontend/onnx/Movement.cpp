//===- Movement.cpp - Emitting what moves elements ------------------------===//
#include "compiler/frontend/onnx/Emitter.h"
#include "dialects/nn/Elements.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::onnx;

/// The origin of a constant whose elements change their places.
static std::optional<Origin> moved(const Tensor &x,
                                   function_ref<void(TensorLayout &)> move) {
  std::optional<Origin> origin = x.origin;
  if (origin) {
    move(origin->own);
    move(origin->graph);
  }
  return origin;
}

Tensor Emitter::reshape(const Tensor &x, ArrayRef<int64_t> shape) {
  if (x.shape() == shape)
    return x;
  auto isDynamic = [](int64_t extent) { return ShapedType::isDynamic(extent); };
  auto known = [&](ArrayRef<int64_t> extents) {
    Shape result(extents);
    std::replace_if(result.begin(), result.end(), isDynamic, 1);
    return elementCount(result);
  };
  if (known(x.shape()) != known(shape) ||
      x.isBatched() != llvm::any_of(shape, isDynamic))
    throw Refusal("a tensor of shape " + describe(x.shape()) +
                  " cannot have the shape " + describe(shape));
  if (x.constant)
    return {
        nn::reshaped(x.constant, shape),
        {},
        x.name,
        moved(x, [&](TensorLayout &layout) { layout.reshape(shape.vec()); })};
  return createTyped<nn::ReshapeOp>(
      RankedTensorType::get(shape, x.element()), x.value,
      builder.getDenseI64ArrayAttr(shape.drop_front(!shape.empty())));
}

Tensor Emitter::transpose(const Tensor &x, ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation))
    return x;
  if (x.constant) {
    auto move = [&](TensorLayout &layout) {
      layout.transpose(permutation.vec());
    };
    return {nn::moved(x.constant, move), {}, x.name, moved(x, move)};
  }
  Shape shape;
  for (int64_t axis : permutation)
    shape.push_back(x.shape()[axis]);
  if (x.isBatched() && permutation.front() != 0)
    throw MixesBatch("the batch changes its place");
  if (permutation.front() == 0 && x.rank() <= 4)
    return create<nn::TransposeOp>(x.value,
                                   builder.getDenseI64ArrayAttr(permutation));
  // Axes that stay neighbours are one, those of extent 1 none.
  SmallVector<SmallVector<int64_t>> runs; // in the order of the result
  for (int64_t axis : permutation) {
    if (x.shape()[axis] == 1)
      continue;
    bool joins = !runs.empty() && !ShapedType::isDynamic(x.shape()[axis]);
    for (int64_t between = joins ? runs.back().back() + 1 : 0;
         joins && between < axis; ++between)
      joins = x.shape()[between] == 1;
    joins = joins && axis > runs.back().back() &&
            !ShapedType::isDynamic(x.shape()[runs.back().back()]);
    if (joins)
      runs.back().push_back(axis);
    else
      runs.push_back({axis});
  }
  SmallVector<size_t> sourceOrder;
  for (size_t i = 0; i < runs.size(); ++i)
    sourceOrder.push_back(i);
  llvm::sort(sourceOrder,
             [&](size_t a, size_t b) { return runs[a][0] < runs[b][0]; });
  Shape merged;
  SmallVector<int64_t> order(runs.size());
  for (auto [place, run] : llvm::enumerate(sourceOrder)) {
    int64_t extent = 1;
    for (int64_t axis : runs[run])
      extent = ShapedType::isDynamic(x.shape()[axis])
                   ? x.shape()[axis]
                   : extent * x.shape()[axis];
    merged.push_back(extent);
    order[run] = int64_t(place);
  }
  if (!order.empty() && order.front() != 0) {
    for (int64_t &axis : order)
      ++axis;
    order.insert(order.begin(), 0);
    merged.insert(merged.begin(), 1);
  }
  if (order.size() > 6)
    throw Refusal("a transposition of so many dimensions is not supported");
  if (llvm::is_sorted(order))
    return reshape(x, shape);
  return reshape(create<nn::TransposeOp>(operand(reshape(x, merged)),
                                         builder.getDenseI64ArrayAttr(order)),
                 shape);
}

Tensor Emitter::broadcast(const Tensor &x, ArrayRef<int64_t> shape) {
  if (x.shape() == shape)
    return x;
  if (broadcastShape(x.shape(), shape) != shape)
    throw Refusal("shape " + describe(x.shape()) + " does not broadcast to " +
                  describe(shape));
  if (Tensor none = nothing(shape, x.element()))
    return none;
  auto type = RankedTensorType::get(shape, x.element());
  if (x.constant && x.constant.isSplat() && type.hasStaticShape() && !learns(x))
    return {llvm::cast<DenseElementsAttr>(x.constant).resizeSplat(type),
            {},
            x.name};
  return createTyped<nn::BroadcastOp>(type, operand(x));
}

Tensor Emitter::aroundAxis(const Tensor &x, int64_t axis) {
  int64_t outer = 1, inner = 1;
  for (int64_t i = x.isBatched(); i < axis; ++i)
    outer *= x.shape()[i];
  for (int64_t i = axis + 1; i < x.rank(); ++i)
    inner *= x.shape()[i];
  int64_t extent = x.shape()[axis];
  if (!x.isBatched())
    return reshape(x, {outer, extent, inner});
  if (outer == 1)
    return reshape(x, {ShapedType::kDynamic, extent, inner});
  return reshape(x, {ShapedType::kDynamic, outer, extent, inner});
}

Tensor Emitter::concatenate(ArrayRef<Tensor> parts, int64_t axis) {
  Tensor first = parts.front();
  axis = normalizeAxis(axis, first.rank());
  Shape shape(first.shape());
  SmallVector<Tensor> filledParts;
  bool known = true;
  for (const Tensor &part : parts) {
    Shape wanted(first.shape());
    if (part.rank() == first.rank())
      wanted[axis] = part.shape()[axis];
    if (part.shape() != ArrayRef(wanted) || part.element() != first.element())
      throw Refusal("tensors of shapes " + describe(first.shape()) + " and " +
                    describe(part.shape()) + " cannot be joined");
    known &= part.isFoldable();
    if (!part.isEmpty())
      filledParts.push_back(part);
  }
  if (ShapedType::isDynamic(shape[axis]))
    throw MixesBatch("samples of batches are joined");
  shape[axis] = 0;
  for (const Tensor &part : parts)
    shape[axis] += part.shape()[axis];
  if (known && first.rank() == 1 && !first.isFloat() && parts.size() < 1024) {
    SmallVector<int64_t> elements;
    for (const Tensor &part : parts)
      llvm::append_range(elements, integers(part.constant));
    return {constantOf(RankedTensorType::get(shape, first.element()), elements),
            {},
            ""};
  }
  if (filledParts.size() <= 1)
    return filledParts.empty() ? nothing(shape, first.element())
                               : filledParts.front();
  SmallVector<Value> values;
  if (axis > 0 && first.rank() <= 4) {
    for (const Tensor &part : filledParts)
      values.push_back(operand(part));
    return create<nn::ConcatenateOp>(values, axis);
  }
  int64_t place = 1;
  for (const Tensor &part : filledParts) {
    Tensor around = aroundAxis(part, axis);
    place = around.rank() - 2;
    values.push_back(operand(around));
  }
  return reshape(create<nn::ConcatenateOp>(values, place), shape);
}

Tensor Emitter::pad(const Tensor &x, ArrayRef<int64_t> low,
                    ArrayRef<int64_t> high) {
  Shape padded(x.shape());
  for (int64_t axis = 0; axis < x.rank(); ++axis) {
    if (ShapedType::isDynamic(padded[axis]))
      continue;
    padded[axis] += low[axis] + high[axis];
    if (padded[axis] < 0)
      throw Refusal("more is cut off than there is");
  }
  if (Tensor none = nothing(padded, x.element()))
    return none;
  if (x.isEmpty())
    return filled(0, padded, x.element());
  Tensor result = x;
  bool direct = x.rank() >= 2 && x.rank() <= 4 && low[0] == 0 && high[0] == 0;
  if (direct)
    return create<nn::PadOp>(operand(x), low, high);
  for (int64_t axis = 0; axis < x.rank(); ++axis) {
    if (low[axis] == 0 && high[axis] == 0)
      continue;
    Shape shape(result.shape());
    if (ShapedType::isDynamic(shape[axis]))
      throw MixesBatch("the batch is padded");
    Tensor around = aroundAxis(result, axis);
    Shape before(around.rank()), after(around.rank());
    before[around.rank() - 2] = low[axis];
    after[around.rank() - 2] = high[axis];
    shape[axis] += low[axis] + high[axis];
    result = reshape(create<nn::PadOp>(operand(around), before, after), shape);
  }
  return result;
}

Tensor Emitter::slice(const Tensor &x, int64_t axis, int64_t start,
                      int64_t count) {
  if (x.constant) {
    SmallVector<int64_t> places;
    for (int64_t i = 0; i < count; ++i)
      places.push_back(start + i);
    return gather(x, axis, places);
  }
  if (ShapedType::isDynamic(x.shape()[axis]))
    throw MixesBatch("the batch is cut");
  Shape low(x.rank()), high(x.rank());
  low[axis] = -start;
  high[axis] = start + count - x.shape()[axis];
  if (low[axis] == 0 && high[axis] == 0)
    return x;
  return pad(x, low, high);
}

Tensor Emitter::gather(const Tensor &x, int64_t axis, const Tensor &which) {
  Shape shape(x.shape());
  if (ShapedType::isDynamic(shape[axis]))
    throw MixesBatch("samples of the batch are picked");
  int64_t extent = shape[axis];
  shape[axis] = which.shape()[0];
  if (which.constant)
    for (int64_t number : integers(which.constant))
      if (number < -extent || number >= extent)
        throw Refusal("element " + std::to_string(number) + " of " +
                      std::to_string(extent) + " does not exist");
  if (Tensor none = nothing(shape, x.element()))
    return none;
  if (extent == 0)
    throw Refusal("there is nothing to gather");
  if (x.constant && which.constant && elementCount(shape) <= 1 << 24) {
    SmallVector<int64_t> numbers = integers(which.constant);
    auto from = [&](MutableArrayRef<int64_t> index) {
      int64_t number = numbers[index[axis]];
      index[axis] = number < 0 ? number + extent : number;
    };
    return {pick(x.constant, shape, from), {}, x.name};
  }
  Tensor around = aroundAxis(x, axis);
  if (around.rank() == 3)
    return reshape(create<nn::GatherOp>(operand(around), operand(which)),
                   shape);
  // [batch, outer, axis, inner]
  Shape apart(around.shape());
  around = reshape(transpose(around, {0, 2, 1, 3}),
                   {apart[0], apart[2], apart[1] * apart[3]});
  Tensor picked = create<nn::GatherOp>(operand(around), operand(which));
  picked = reshape(picked, {apart[0], shape[axis], apart[1], apart[3]});
  return reshape(transpose(picked, {0, 2, 1, 3}), shape);
}

//===- Images -------------------------------------------------------------===//

Tensor Emitter::toImage(const Tensor &x) {
  if (x.rank() != 3 && x.rank() != 4)
    throw Refusal("one or two spatial dimensions are supported, but the input "
                  "has shape " +
                  describe(x.shape()));
  Shape shape(x.shape());
  if (x.rank() == 3)
    shape.insert(shape.begin() + 2, 1);
  return transpose(reshape(x, shape), {0, 2, 3, 1});
}

Tensor Emitter::fromImage(const Tensor &x, int64_t rank) {
  Tensor result = transpose(x, {0, 3, 1, 2});
  Shape shape(result.shape());
  if (rank == 3)
    shape.erase(shape.begin() + 2);
  return reshape(result, shape);
}
