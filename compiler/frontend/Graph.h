//===- Graph.h - Names of layers and what they read -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_GRAPH_H
#define LATHE_COMPILER_FRONTEND_GRAPH_H

#include "compiler/frontend/Check.h"

namespace lathe::frontend {

/// What layers call the model's input, and a block's layers the block's.
inline constexpr llvm::StringLiteral inputName = "input";

/// A layer with its name and the layers it reads, by their number; the model's
/// input is number 0, the first layer number 1.
struct Layer {
  const Setting *setting = nullptr;
  std::string name; ///< in blocks "stage1/0/conv1"
  llvm::SmallVector<unsigned, 2> inputs;
  bool trainable = true;
  bool bad = false; ///< it, or what it reads, is not known
};

/// Names the layers as Keras does ("conv2d", "conv2d_1"), lays the bodies of
/// blocks out one after the other, and finds the layers' inputs. Layers stand
/// after what they read; all but the last are read. After a mistake, the graph
/// has all layers, some of them bad.
/// The model's input may have a second name.
llvm::LogicalResult resolveGraph(const Source &source, const Setting &layers,
                                 std::vector<Layer> &graph,
                                 llvm::StringRef secondName = "");

/// Calls `freeze` for the names that fit a pattern of the list, or whose
/// beginning up to a / or . does. Each pattern fits one; they are names of
/// `what`.
llvm::LogicalResult freezeNames(const Source &source, const Setting &patterns,
                                llvm::StringRef what,
                                llvm::ArrayRef<llvm::StringRef> names,
                                llvm::function_ref<void(size_t number)> freeze);

/// Makes the layers untrainable whose name, or the name of a block around them,
/// fits a pattern of the list.
llvm::LogicalResult freezeLayers(const Source &source, const Setting &patterns,
                                 std::vector<Layer> &graph);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_GRAPH_H
