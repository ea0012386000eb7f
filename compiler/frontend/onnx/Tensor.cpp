//===- Tensor.cpp - A value of an ONNX graph ------------------------------===//
#include "compiler/frontend/onnx/Tensor.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/Limits.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

using namespace mlir;
using namespace lathe::onnx;

std::string lathe::onnx::describe(ArrayRef<int64_t> shape) {
  std::string text = "[";
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      shape, os,
      [&](int64_t extent) {
        ShapedType::isDynamic(extent) || extent == batchMarker ? os << "N"
                                                               : os << extent;
      },
      ",");
  return text + "]";
}

int64_t lathe::onnx::elementCount(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape) {
    if (extent < 0)
      throw Refusal("a shape " + describe(shape) + " has a negative extent");
    if (extent && count > lathe::nn::maxElements / extent)
      throw Refusal("a tensor of shape " + describe(shape) + " has " +
                    lathe::nn::tooManyElements);
    count *= extent;
  }
  return count;
}

/// Calls `visit` with each element in its C type.
template <typename Visit>
static void forElements(ElementsAttr elements, Visit visit) {
  DenseElementsAttr constant = lathe::nn::denseCopy(elements);
  Type element = constant.getElementType();
  auto all = [&](auto typed) {
    for (auto value : constant.getValues<decltype(typed)>())
      visit(value);
  };
  if (element.isF32())
    all(float());
  else if (element.isInteger(64))
    all(int64_t());
  else if (element.isInteger(32))
    all(int32_t());
  else
    all(uint8_t());
}

SmallVector<int64_t> lathe::onnx::integers(ElementsAttr constant) {
  SmallVector<int64_t> result;
  forElements(constant, [&](auto value) {
    result.push_back(static_cast<int64_t>(value));
  });
  return result;
}

SmallVector<double> lathe::onnx::numbers(ElementsAttr constant) {
  SmallVector<double> result;
  forElements(constant, [&](auto value) {
    result.push_back(static_cast<double>(value));
  });
  return result;
}

template <typename Target, typename Source>
static DenseElementsAttr converted(RankedTensorType type,
                                   ArrayRef<Source> elements) {
  SmallVector<Target> values;
  for (Source element : elements)
    values.push_back(static_cast<Target>(element));
  return DenseElementsAttr::getFromRawBuffer(
      type, ArrayRef(reinterpret_cast<const char *>(values.data()),
                     values.size() * sizeof(Target)));
}

template <typename Source>
static DenseElementsAttr constantFrom(RankedTensorType type,
                                      ArrayRef<Source> elements) {
  Type element = type.getElementType();
  if (element.isF32())
    return converted<float>(type, elements);
  if (element.isInteger(64))
    return converted<int64_t>(type, elements);
  if (element.isInteger(32))
    return converted<int32_t>(type, elements);
  return converted<uint8_t>(type, elements);
}

DenseElementsAttr lathe::onnx::constantOf(RankedTensorType type,
                                          ArrayRef<int64_t> elements) {
  return constantFrom(type, elements);
}

DenseElementsAttr lathe::onnx::constantOf(RankedTensorType type,
                                          ArrayRef<double> elements) {
  return constantFrom(type, elements);
}

DenseElementsAttr
lathe::onnx::pick(ElementsAttr elements, ArrayRef<int64_t> shape,
                  function_ref<void(MutableArrayRef<int64_t>)> from) {
  DenseElementsAttr constant = lathe::nn::denseCopy(elements);
  auto type = RankedTensorType::get(shape, constant.getElementType());
  if (constant.isSplat())
    return constant.resizeSplat(type);
  ArrayRef<int64_t> own = cast<RankedTensorType>(constant.getType()).getShape();
  int64_t width = constant.getElementType().getIntOrFloatBitWidth() / 8;
  ArrayRef<char> source = constant.getRawData();
  int64_t count = elementCount(shape);
  std::vector<char> target(count * width);
  SmallVector<int64_t> index(shape.size()), place;
  for (int64_t i = 0; i < count; ++i) {
    place = index;
    from(place);
    int64_t at = 0;
    for (auto [extent, position] : llvm::zip_equal(own, place))
      at = at * extent + position;
    std::memcpy(&target[i * width], &source[at * width], width);
    for (size_t d = shape.size(); d-- > 0 && ++index[d] == shape[d];)
      index[d] = 0;
  }
  return DenseElementsAttr::getFromRawBuffer(type, target);
}
