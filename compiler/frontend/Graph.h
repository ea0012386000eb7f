//===- Graph.h - Names of layers and what they read -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_GRAPH_H
#define LATHE_COMPILER_FRONTEND_GRAPH_H

#include "compiler/frontend/Check.h"

namespace lathe::frontend {

/// What layers call the model's input.
inline constexpr llvm::StringLiteral inputName = "input";

/// A layer with its name and the layers it reads, by their number; the model's
/// input is number 0, the first layer number 1.
struct Layer {
  const Setting *setting = nullptr;
  std::string name;
  llvm::SmallVector<unsigned, 2> inputs;
};

/// Names the layers as Keras does ("conv2d", "conv2d_1") and finds their
/// inputs. Layers stand after what they read; all but the last are read.
llvm::LogicalResult resolveGraph(const Source &source, const Setting &layers,
                                 std::vector<Layer> &graph);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_GRAPH_H
