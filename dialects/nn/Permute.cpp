//===- Permute.cpp - Dimensions in another order --------------------------===//
#include "dialects/nn/Permute.h"
#include "llvm/ADT/STLExtras.h"
#include <cstring>

using namespace mlir;
using namespace lathe;

nn::Permutation nn::inverse(ArrayRef<int64_t> permutation) {
  Permutation result(permutation.size());
  for (auto [to, from] : llvm::enumerate(permutation))
    result[from] = int64_t(to);
  return result;
}

SmallVector<int64_t> nn::permute(ArrayRef<int64_t> list,
                                 ArrayRef<int64_t> permutation) {
  return llvm::map_to_vector(permutation, [&](int64_t i) { return list[i]; });
}

RankedTensorType nn::permute(RankedTensorType type,
                             ArrayRef<int64_t> permutation) {
  return type.clone(permute(type.getShape(), permutation));
}

DenseElementsAttr nn::permute(DenseElementsAttr data,
                              ArrayRef<int64_t> permutation) {
  auto from = cast<RankedTensorType>(data.getType());
  RankedTensorType to = permute(from, permutation);
  if (data.isSplat())
    return data.resizeSplat(to);
  SmallVector<int64_t> strides(from.getRank(), 1), index(from.getRank());
  for (int64_t i = from.getRank() - 1; i > 0; --i)
    strides[i - 1] = strides[i] * from.getDimSize(i);
  size_t width = from.getElementTypeBitWidth() / 8;
  ArrayRef<char> source = data.getRawData();
  std::vector<char> target(source.size());
  for (int64_t i = 0; i < from.getNumElements(); ++i) {
    int64_t at = 0;
    for (auto [place, axis] : llvm::zip_equal(index, permutation))
      at += place * strides[axis];
    std::memcpy(&target[i * width], &source[at * width], width);
    for (int64_t d = from.getRank(); d-- > 0 && ++index[d] == to.getDimSize(d);)
      index[d] = 0;
  }
  return DenseElementsAttr::getFromRawBuffer(to, target);
}

bool nn::movesNothing(RankedTensorType from, ArrayRef<int64_t> permutation) {
  int64_t last = -1;
  for (int64_t axis : permutation) {
    if (from.getDimSize(axis) == 1)
      continue;
    if (axis < last)
      return false;
    last = axis;
  }
  return true;
}
