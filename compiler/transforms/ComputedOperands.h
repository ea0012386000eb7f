//===- ComputedOperands.h - What kernels compute on the way in --*- C++ -*-===//
#ifndef LATHE_COMPILER_TRANSFORMS_COMPUTEDOPERANDS_H
#define LATHE_COMPILER_TRANSFORMS_COMPUTEDOPERANDS_H

#include "mlir/IR/Operation.h"

namespace lathe {

/// Whether the kernel of the operand's reader goes over each of its elements
/// about once: a reduction, or a convolution whose few tasks copy the pixels to
/// their stack before they work on them.
bool readsElementsOnce(mlir::OpOperand &operand);

/// Whether an operation takes a few instructions for each element of its
/// result, and no more of its operands than one element of each.
bool isCheap(mlir::Operation *op);

} // namespace lathe

#endif // LATHE_COMPILER_TRANSFORMS_COMPUTEDOPERANDS_H
