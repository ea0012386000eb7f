//===- TensorContent.h - The elements of an ONNX tensor ---------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_TENSORCONTENT_H
#define LATHE_COMPILER_FRONTEND_ONNX_TENSORCONTENT_H

#include "compiler/frontend/onnx/Node.h"
#include <memory>

namespace lathe::onnx {

/// What a tensor holds. Without an owner, it is the message's: weights may be
/// larger than the memory has room for once more.
struct TensorContent {
  mlir::RankedTensorType type;
  llvm::ArrayRef<char> bytes;
  std::shared_ptr<const void> owner;

  void own(std::string text);
};

inline llvm::ArrayRef<char> rawData(const proto::TensorProto &tensor) {
  return {tensor.raw_data().data(), tensor.raw_data().size()};
}

/// `raw` is the tensor's raw data, if it has any; `folder` is where its
/// external data is. Throws Refusal.
TensorContent contentOf(const proto::TensorProto &tensor,
                        llvm::ArrayRef<char> raw, const std::string &folder,
                        mlir::MLIRContext &context);

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_TENSORCONTENT_H
