//===- Permute.h - Dimensions in another order ------------------*- C++ -*-===//
#ifndef LATHE_DIALECTS_NN_PERMUTE_H
#define LATHE_DIALECTS_NN_PERMUTE_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace lathe::nn {

/// Dimension i of the result is dimension permutation[i] of what is permuted.
using Permutation = llvm::SmallVector<int64_t>;

Permutation inverse(llvm::ArrayRef<int64_t> permutation);

llvm::SmallVector<int64_t> permute(llvm::ArrayRef<int64_t> list,
                                   llvm::ArrayRef<int64_t> permutation);
mlir::RankedTensorType permute(mlir::RankedTensorType type,
                               llvm::ArrayRef<int64_t> permutation);
/// The elements in the order of the new dimensions.
mlir::DenseElementsAttr permute(mlir::DenseElementsAttr data,
                                llvm::ArrayRef<int64_t> permutation);

/// Whether the extents that are not 1 keep their order: a reshape does the
/// same.
bool movesNothing(mlir::RankedTensorType from,
                  llvm::ArrayRef<int64_t> permutation);

} // namespace lathe::nn

#endif // LATHE_DIALECTS_NN_PERMUTE_H
