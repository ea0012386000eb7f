//===- KernelTable.h - What an artifact says of its kernels -----*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_KERNELTABLE_H
#define LATHE_COMPILER_CODEGEN_KERNELTABLE_H

#include "compiler/kernels/Kernel.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace lathe {

/// Of a call on n samples.
struct KernelCost {
  double fixed = 0, perSample = 0;
  double of(int64_t n) const { return fixed + double(n) * perSample; }
};

/// lathe_kernel of runtime/artifact.h.
struct KernelDescription {
  std::string name;       ///< without the model's prefix
  std::string operations; ///< "conv2d bias_add relu"
  kernels::Schedule schedule;
  KernelCost flop; ///< by the definitions, whatever the way
  KernelCost bytes;
  /// Above 1 where the algorithm computes less than the definitions.
  double arithmeticSpeedup = 1;
};

/// The kernels in the order of the module.
std::vector<KernelDescription> describeKernels(mlir::ModuleOp planned);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_KERNELTABLE_H
