//===- LayerBuilder.h - From a layer to its operations ----------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_LAYERBUILDER_H
#define LATHE_COMPILER_FRONTEND_LAYERBUILDER_H

#include "compiler/frontend/Builders.h"
#include "compiler/frontend/Graph.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace lathe::frontend {

/// Builds the operations of one layer after the other into @forward, and their
/// parameters before it.
class LayerBuilder {
public:
  /// `builder` stands at the end of @forward, which is `function`.
  LayerBuilder(const Source &source, mlir::OpBuilder &builder,
               mlir::Operation *function)
      : source(source), builder(builder), function(function) {}

  /// The layer's result; null after an error.
  mlir::Value build(const Layer &layer, llvm::ArrayRef<mlir::Value> inputs);

  // For the builders of the kinds of layers:

  const Setting &argument(llvm::StringRef name) const {
    return (*layer->setting)[name];
  }
  llvm::ArrayRef<mlir::Value> getInputs() const { return inputs; }
  mlir::Value getInput() const { return inputs.front(); }

  /// An operation with one result, whose shape is inferred later.
  template <typename OpTy, typename... Arguments>
  mlir::Value create(Arguments &&...arguments) {
    return OpTy::create(builder, loc, resultType(),
                        std::forward<Arguments>(arguments)...)
        ->getResult(0);
  }

  /// Declares the layer's parameter and reads it. Unknown extents are dynamic.
  mlir::Value parameter(llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
                        llvm::StringRef initializer);

  /// Reads a variable of every model, such as its seed.
  mlir::Value state(llvm::StringRef name);

  /// Adds the bias and applies the activation, as the layer's arguments say.
  mlir::Value finish(mlir::Value value, int64_t channels);
  mlir::Value activate(mlir::Value value, llvm::StringRef activation);

  /// 1, 2, ...: what tells the random numbers of one layer from another's.
  int64_t nextRandomKey() { return ++randomKey; }

  /// Reports a mistake at an argument; gives a null value.
  mlir::Value error(const Setting &argument, const llvm::Twine &message);

  mlir::OpBuilder &getBuilder() { return builder; }

private:
  mlir::Type resultType() {
    return mlir::UnrankedTensorType::get(builder.getF32Type());
  }

  const Source &source;
  mlir::OpBuilder &builder;
  mlir::Operation *function;
  int64_t randomKey = 0;
  // The current layer:
  const Layer *layer = nullptr;
  llvm::ArrayRef<mlir::Value> inputs;
  mlir::Location loc = builder.getUnknownLoc();
};

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_LAYERBUILDER_H
