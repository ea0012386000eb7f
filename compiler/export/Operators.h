//===- Operators.h - How operations become ONNX's ---------------*- C++ -*-===//
#ifndef LATHE_COMPILER_EXPORT_OPERATORS_H
#define LATHE_COMPILER_EXPORT_OPERATORS_H

#include "compiler/export/Graph.h"
#include "dialects/nn/Shapes.h"

namespace lathe::exporter {

/// An operation of nn and the function that writes its nodes and defines its
/// result.
struct Writer {
  llvm::StringLiteral name;
  void (*write)(mlir::Operation *op, Graph &graph);
};

/// The row of `write`, a function of the operation's own class.
template <auto write>
struct Row;
template <typename OpTy, void (*write)(OpTy, Graph &)>
struct Row<write> {
  static constexpr Writer row{OpTy::getOperationName(),
                              [](mlir::Operation *op, Graph &graph) {
                                write(llvm::cast<OpTy>(op), graph);
                              }};
};
template <auto write>
inline constexpr Writer row = Row<write>::row;

// A family per file, with the names of nn's.
llvm::ArrayRef<Writer> activationWriters();
llvm::ArrayRef<Writer> arithmeticWriters();
llvm::ArrayRef<Writer> attentionWriters();
llvm::ArrayRef<Writer> convolutionWriters();
llvm::ArrayRef<Writer> denseWriters();
llvm::ArrayRef<Writer> elementwiseWriters();
llvm::ArrayRef<Writer> functionWriters();
llvm::ArrayRef<Writer> indexingWriters();
llvm::ArrayRef<Writer> normalizationWriters();
llvm::ArrayRef<Writer> poolingWriters();
llvm::ArrayRef<Writer> resampleWriters();
llvm::ArrayRef<Writer> shapingWriters();

/// Null where the operation has no form in ONNX.
const Writer *findWriter(llvm::StringRef operation);

//===- What families share ------------------------------------------------===//

/// The bias that is added to the result, which nothing else reads: it goes into
/// the result's node. Null where there is none.
nn::BiasAddOp biasOf(mlir::Value result, Graph &graph);

/// A node of one operand, in the order that this has already.
void writeUnary(mlir::Value input, mlir::Value result, Graph &graph,
                llvm::StringRef kind, llvm::ArrayRef<Attr> attributes = {});
/// A node of operands that broadcast.
void writeBroadcast(llvm::ArrayRef<mlir::Value> operands, mlir::Value result,
                    Graph &graph, llvm::StringRef kind,
                    llvm::ArrayRef<Attr> attributes = {});

} // namespace lathe::exporter

#endif // LATHE_COMPILER_EXPORT_OPERATORS_H
