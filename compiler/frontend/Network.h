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

/// The result of the last layer. What a mistake leaves unknown is the result of
/// a cast, and so is all that follows from it once shapes are inferred.
mlir::Value buildLayers(LayerBuilder &builder, llvm::ArrayRef<Layer> graph,
                        mlir::Value input, std::vector<ImportedLayer> *list);

/// The result of what could not be built, and whether a value is one.
mlir::Value createUnknown(mlir::OpBuilder &builder, mlir::Location loc);
bool isUnknown(mlir::Value value);

/// Of a model with mistakes: reports them, and those in shapes that do not
/// depend on them.
void reportMistakes(const Source &source, mlir::Block *network = nullptr);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_NETWORK_H
