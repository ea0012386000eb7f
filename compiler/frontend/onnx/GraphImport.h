//===- GraphImport.h - A graph's nodes, one by one --------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_GRAPHIMPORT_H
#define LATHE_COMPILER_FRONTEND_ONNX_GRAPHIMPORT_H

#include "compiler/frontend/onnx/File.h"
#include "compiler/frontend/onnx/Onnx.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"

namespace lathe::onnx {

/// Why the node's operator is not supported; empty where it is.
std::string unsupported(const proto::NodeProto &node, const File &file);

mlir::Location nodeLocation(const proto::NodeProto &node, const File &file,
                            mlir::MLIRContext &context);

class GraphImport {
public:
  GraphImport(File &file, mlir::MLIRContext &context,
              const ImportOptions &options)
      : file(file), context(context), options(options), builder(&context) {}

  /// With the first dimension of inputs and outputs as a batch, or the whole
  /// graph as one sample. Null after an error. Throws MixesBatch where it
  /// cannot be a batch.
  mlir::OwningOpRef<mlir::ModuleOp> run(llvm::StringRef name, bool batched);

  /// Whether all inputs have a first dimension, and the same. Reads the inputs;
  /// what no node reads may be of any kind.
  bool mayBeBatched();
  /// Inputs that are none of the artifact, because nothing reads them and we
  /// have no such type; and why.
  llvm::ArrayRef<std::string> getLeftOut() const { return leftOut; }

  struct Input {
    std::string name;
    mlir::Type element;
    Shape shape; ///< -1 where the graph does not say
  };
  llvm::ArrayRef<Input> getInputs() const { return inputs; }

  // For graphs that are a part of a model:

  /// Takes the initializers. These nodes follow, and these values are read
  /// outside of them. Nodes that mix the samples of a batch throw.
  void begin(Emitter &emit, bool batched,
             llvm::ArrayRef<const proto::NodeProto *> nodes,
             llvm::ArrayRef<llvm::StringRef> outputs);
  void build(const proto::NodeProto &node, Emitter &emit);
  /// A value so far; an input's is set.
  Tensor &operator[](llvm::StringRef name) { return values[name]; }
  /// Null where there is none.
  Tensor operator[](llvm::StringRef name) const { return values.lookup(name); }
  bool hasErrors() const { return broken; }

private:
  void readInputs();
  Input readInput(const proto::ValueInfoProto &info) const;
  Tensor bound(const std::string &name);
  mlir::Value output(const std::string &name, Emitter &emit);

  File &file;
  mlir::MLIRContext &context;
  const ImportOptions &options;
  mlir::OpBuilder builder;
  std::vector<Input> inputs;
  std::vector<std::string> leftOut;
  int64_t batch = 1, writtenBatch = 0;
  bool batched = false, broken = false;
  llvm::StringMap<Tensor> values;
  llvm::StringMap<Tensor> boundInputs;
  llvm::StringSet<> read;
};

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_GRAPHIMPORT_H
