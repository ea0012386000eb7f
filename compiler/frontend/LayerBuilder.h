//===- LayerBuilder.h - From a layer to its operations ----------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_LAYERBUILDER_H
#define LATHE_COMPILER_FRONTEND_LAYERBUILDER_H

#include "compiler/frontend/Graph.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace lathe::frontend {

/// An extent that infer-shapes finds out.
inline constexpr int64_t unknown = mlir::ShapedType::kDynamic;

/// How a parameter begins: what nn.variable holds.
struct Initializer {
  std::string name;
  mlir::FloatAttr value;
};

/// Builds the operations of one layer after the other into @forward, and their
/// parameters before it.
class LayerBuilder {
public:
  /// `builder` stands at the end of @forward, which is `function`.
  LayerBuilder(const Source &source, mlir::OpBuilder &builder,
               mlir::Operation *function)
      : source(source), builder(builder), function(function) {}

  /// The layer's result; after a mistake one that is unknown.
  mlir::Value build(const Layer &layer, llvm::ArrayRef<mlir::Value> inputs);

  /// The parameters of the layer that was built last.
  llvm::ArrayRef<nn::VariableOp> getParameters() const { return parameters; }

  // For the builders of the kinds of layers:

  const Setting &argument(llvm::StringRef name) const {
    return (*layer->setting)[name];
  }
  llvm::ArrayRef<mlir::Value> getInputs() const { return inputs; }
  mlir::Value getInput() const { return inputs.front(); }
  bool isTrainable() const { return layer->trainable; }

  /// An operation with one result, whose shape is inferred later.
  template <typename OpTy, typename... Arguments>
  mlir::Value create(Arguments &&...arguments) {
    return OpTy::create(builder, loc, resultType(),
                        std::forward<Arguments>(arguments)...)
        ->getResult(0);
  }

  /// Declares the layer's parameter and reads it, as `kernel_initializer` and
  /// `kernel_regularizer` say for the role "kernel"; the role is the name where
  /// it is not given. Null after an error.
  mlir::Value parameter(llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
                        llvm::StringRef role = "");
  /// The same for a type that may have no rank yet, and that begins as told.
  nn::VariableOp declare(llvm::StringRef name, mlir::TensorType type,
                         const Initializer &initializer);
  mlir::Value read(nn::VariableOp variable);

  /// What an argument of the family of initializers says; no name after an
  /// error.
  Initializer initializer(const Setting &entry);

  /// Reads a variable of every model, such as its seed.
  mlir::Value state(llvm::StringRef name);

  /// Adds the bias and applies the activation, as the layer's arguments say.
  mlir::Value finish(mlir::Value value, int64_t channels);
  mlir::Value addBias(mlir::Value value, llvm::StringRef name,
                      int64_t channels);
  mlir::Value activate(mlir::Value value, llvm::StringRef activation);

  // Operations of several layers:
  mlir::Value scale(mlir::Value value, double factor, double offset = 0);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value expandDims(mlir::Value value, int64_t axis);
  mlir::Value squeeze(mlir::Value value, int64_t axis);
  /// One random decision for all elements along `sharedAxes`.
  mlir::Value dropout(mlir::Value value, double rate,
                      llvm::ArrayRef<int64_t> sharedAxes = {});

  /// 1, 2, ...: what tells the random numbers of one layer from another's.
  int64_t nextRandomKey() { return ++randomKey; }

  /// Reports a mistake at an argument; gives a null value.
  mlir::Value error(const Setting &argument, const llvm::Twine &message);

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLoc() const { return loc; }

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
  llvm::SmallVector<nn::VariableOp> parameters;
  mlir::Location loc = builder.getUnknownLoc();
};

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_LAYERBUILDER_H
