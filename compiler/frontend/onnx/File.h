//===- File.h - An ONNX file, checked -------------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_FILE_H
#define LATHE_COMPILER_FRONTEND_ONNX_FILE_H

#include "compiler/frontend/onnx/Functions.h"
#include "compiler/frontend/onnx/LargeTensors.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringSet.h"

namespace lathe::onnx {

/// Reads and checks what does not depend on operators, and inlines functions.
/// Throws Refusal.
class File {
public:
  explicit File(const std::string &path);
  File(const File &) = delete;

  const proto::ModelProto &get() const { return model; }
  const proto::GraphProto &graph() const { return model.graph(); }
  /// 0 where the model does not import the domain.
  int64_t opset(llvm::StringRef domain) const;
  int64_t opset(const proto::NodeProto &node) const;
  /// The nodes that compute the values, in their order: all that the importer
  /// looks at, whatever else a graph holds.
  std::vector<const proto::NodeProto *>
  nodesFor(llvm::ArrayRef<llvm::StringRef> values) const;
  std::vector<llvm::StringRef> outputs() const;
  /// The model with what its outputs depend on, and nothing else.
  proto::ModelProto pruned() const;
  /// How the model that the graph was exported from has the initializer, whose
  /// own layout is `graph`: where that differs, the export says it.
  TensorLayout ownLayout(const std::string &name,
                         const TensorLayout &graph) const;
  /// The folder of external data.
  const std::string &folder() const { return directory; }
  /// Initializer `number` of the graph. Weights may be large: what the message
  /// has of it moves there, and later calls give the same attribute.
  mlir::ElementsAttr takeInitializer(int number, mlir::MLIRContext &context);

private:
  void checkNames() const;

  proto::ModelProto model; ///< without what is in `large`
  LargeTensors large;
  std::string directory;
  NodeOpsets opsets;
  std::vector<mlir::ElementsAttr> taken; ///< by number
};

/// ONNX's own domain has two names.
inline llvm::StringRef plainDomain(llvm::StringRef name) {
  return name == "ai.onnx" ? "" : name;
}

/// The values that the nodes read, and these.
llvm::StringSet<> valuesRead(llvm::ArrayRef<const proto::NodeProto *> nodes,
                             llvm::ArrayRef<llvm::StringRef> others);

/// The value in a file that holds one serialized TensorProto.
mlir::DenseElementsAttr readTensorFile(const std::string &path,
                                       mlir::MLIRContext &context);

/// "'conv1'", or what it computes where the node has no name.
std::string nodeLabel(const proto::NodeProto &node);
/// Its name, or that of what it computes where it has none.
const std::string &nodeName(const proto::NodeProto &node);

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_FILE_H
