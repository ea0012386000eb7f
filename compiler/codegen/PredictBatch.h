//===- PredictBatch.h - How many samples are predicted at once --*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_PREDICTBATCH_H
#define LATHE_COMPILER_CODEGEN_PREDICTBATCH_H

#include "mlir/IR/BuiltinOps.h"

namespace lathe {

/// Into how large parts a prediction of `batch` samples is best cut: samples
/// are independent of each other there. Few of them stay in the caches from one
/// kernel to the next; many share the reading of the weights. An estimate of
/// the memory traffic alone.
int64_t predictBatch(mlir::ModuleOp planned, int64_t batch);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_PREDICTBATCH_H
