//===- Network.h - What importers of models share ---------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_NETWORK_H
#define LATHE_COMPILER_FRONTEND_NETWORK_H

#include "compiler/frontend/Frontend.h"
#include "compiler/frontend/LayerBuilder.h"

namespace lathe::frontend {

/// The model's name collides with no symbol: of every module, of Lathe, of C.
llvm::LogicalResult checkName(const Source &source, const Setting &model);
/// Why no model can be called so, whose name begins those of its functions;
/// empty where it can.
std::string nameCollision(llvm::StringRef name);

/// A batch of samples of this shape is not too large.
llvm::LogicalResult checkBatch(const Source &source, const Setting &model,
                               llvm::ArrayRef<int64_t> shape);

/// As many names as classes, where the number of classes is known before shapes
/// are inferred: behind the last Dense layer.
llvm::LogicalResult checkClasses(const Source &source, const Setting &model,
                                 mlir::Value output);

/// Warns where `freeze` left nothing to train: evaluating is all that is left.
void warnIfFrozen(const Source &source, const Setting &model,
                  mlir::ModuleOp module);

/// The result of the last layer; null after an error.
mlir::Value buildLayers(LayerBuilder &builder, llvm::ArrayRef<Layer> graph,
                        mlir::Value input, std::vector<ImportedLayer> *list);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_NETWORK_H
