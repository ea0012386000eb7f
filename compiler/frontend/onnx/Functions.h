//===- Functions.h - Functions of a model, inlined --------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_FUNCTIONS_H
#define LATHE_COMPILER_FRONTEND_ONNX_FUNCTIONS_H

#include "compiler/frontend/onnx/Node.h"
#include "llvm/ADT/DenseMap.h"

namespace lathe::onnx {

/// The opsets of nodes that come from functions, which import their own.
using NodeOpsets = llvm::DenseMap<const proto::NodeProto *, int64_t>;

/// Replaces calls of the functions that the model itself defines by their
/// nodes; no call and no function is left. Names of nodes and values inside
/// begin with the call's. Throws Refusal.
NodeOpsets inlineFunctions(proto::ModelProto &model);

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_FUNCTIONS_H
