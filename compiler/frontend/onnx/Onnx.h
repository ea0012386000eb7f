//===- Onnx.h - The door of the ONNX importer -------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_ONNX_H
#define LATHE_COMPILER_FRONTEND_ONNX_ONNX_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mlir {
class MLIRContext;
class ModuleOp;
template <typename OpTy>
class OwningOpRef;
} // namespace mlir
namespace llvm {
class raw_ostream;
}

namespace lathe::onnx {

/// A layer of a model file, or a node of a graph, while the module is in the
/// imported stage or its shapes are inferred.
struct ImportedLayer {
  std::string name;
  std::string kind; ///< Conv2D
  mlir::Value result;
  llvm::SmallVector<mlir::Operation *> parameters; ///< its variables
};

struct ImportOptions {
  std::string name;  ///< the model's; empty: the file's
  int64_t batch = 0; ///< the largest batch; 0: that of the graph
  /// Files with the values of inputs that must be known when compiling, such as
  /// the shape that a Reshape takes: serialized TensorProtos by the input's
  /// name. What is used so is no input of the artifact.
  std::map<std::string, std::string> constants;
  /// The file of a training recipe; empty where the graph is only run.
  std::string recipe;
  /// Where nodes with a result are listed, if anywhere.
  std::vector<ImportedLayer> *layers = nullptr;
};

/// Reads an ONNX graph with its weights into an `nn` module (the imported
/// stage) that is only run. Its mistakes, and all that is not supported, are
/// diagnostics of the context; then the result is null.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(const std::string &path,
                                             mlir::MLIRContext &context,
                                             const ImportOptions &options);

/// The file's name as an identifier of C.
std::string modelName(const std::string &path);

/// Prints the operators of a file with their numbers, and which of them are not
/// supported. False where there are any, or where the file cannot be read.
bool printOperators(const std::string &path, mlir::MLIRContext &context,
                    llvm::raw_ostream &os);

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_ONNX_H
