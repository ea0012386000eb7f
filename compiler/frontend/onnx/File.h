//===- File.h - An ONNX file, checked -------------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_FILE_H
#define LATHE_COMPILER_FRONTEND_ONNX_FILE_H

#include "compiler/frontend/onnx/Node.h"

namespace lathe::onnx {

/// Reads and checks what does not depend on operators. Throws Refusal.
class File {
public:
  explicit File(const std::string &path);

  const proto::ModelProto &get() const { return model; }
  const proto::GraphProto &graph() const { return model.graph(); }
  /// 0 where the model does not import the domain.
  int64_t opset(llvm::StringRef domain) const;
  /// The folder of external data.
  const std::string &folder() const { return directory; }

private:
  void checkNames() const;

  proto::ModelProto model;
  std::string directory;
};

/// The value in a file that holds one serialized TensorProto.
mlir::DenseElementsAttr readTensorFile(const std::string &path,
                                       mlir::MLIRContext &context);

/// "'conv1'", or what it computes where the node has no name.
std::string nodeLabel(const proto::NodeProto &node);

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_FILE_H
