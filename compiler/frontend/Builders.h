//===- Builders.h - From a layer to its operations, by kind -----*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_BUILDERS_H
#define LATHE_COMPILER_FRONTEND_BUILDERS_H

namespace mlir {
class Value;
}

namespace lathe::frontend {

class LayerBuilder;

// What the table of layers names, one family per file. Each builds a layer's
// operations and returns its result; null after an error.
mlir::Value buildConv2D(LayerBuilder &);
mlir::Value buildMaxPooling2D(LayerBuilder &);
mlir::Value buildDense(LayerBuilder &);
mlir::Value buildRescaling(LayerBuilder &);
mlir::Value buildDropout(LayerBuilder &);
mlir::Value buildFlatten(LayerBuilder &);
mlir::Value buildReshape(LayerBuilder &);
mlir::Value buildActivation(LayerBuilder &);
mlir::Value buildReLU(LayerBuilder &);
mlir::Value buildSoftmax(LayerBuilder &);
mlir::Value buildAdd(LayerBuilder &);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_BUILDERS_H
