//===- NNDialect.h - The door of the nn dialect -----------------*- C++ -*-===//
#ifndef LATHE_DIALECTS_NN_NNDIALECT_H
#define LATHE_DIALECTS_NN_NNDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace lathe::nn {
/// Verifiers of traits, interfaces and attributes.
llvm::LogicalResult verifyElementwise(mlir::Operation *op);
llvm::LogicalResult verifyInPlace(mlir::Operation *op);
/// NaN is in no range.
inline bool isNotNegative(double value) { return value >= 0; }
inline bool isShare(double value) { return value >= 0 && value <= 1; }
inline bool isFraction(double value) { return value >= 0 && value < 1; }
bool isStaticButForBatch(mlir::ShapedType type);

/// Element i of the result depends on element i of each operand that has the
/// result's shape; other operands broadcast to it, as elementwise_c1 says.
template <typename ConcreteType>
class Elementwise : public mlir::OpTrait::TraitBase<ConcreteType, Elementwise> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    return verifyElementwise(op);
  }
};

/// Elementwise whatever the shape: commutes with nn.reshape.
template <typename ConcreteType>
class ShapeAgnostic
    : public mlir::OpTrait::TraitBase<ConcreteType, ShapeAgnostic> {};

/// Facts about optimizers (NNBase.td).
template <typename ConcreteType>
class AppliesGradient
    : public mlir::OpTrait::TraitBase<ConcreteType, AppliesGradient> {};
template <typename ConcreteType>
class KeepsBounds : public mlir::OpTrait::TraitBase<ConcreteType, KeepsBounds> {
};
} // namespace lathe::nn

#include "dialects/nn/NNDialect.h.inc"
#include "dialects/nn/NNEnums.h.inc"
#include "dialects/nn/NNInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/nn/NNOps.h.inc"

namespace lathe::nn {

/// Variables of every trainable module besides its parameters and slots.
inline constexpr llvm::StringLiteral iterationName = "optimizer/iteration";
inline constexpr llvm::StringLiteral learningRateName =
    "optimizer/learning_rate";
/// Optimizer steps done, where each of them takes several batches.
inline constexpr llvm::StringLiteral updatesName = "optimizer/updates";
inline constexpr llvm::StringLiteral seedName = "seed";
/// Of a schedule in epochs: how many steps one has.
inline constexpr llvm::StringLiteral epochStepsName =
    "optimizer/steps_per_epoch";

/// The functions of a module: the network as imported, and the steps that
/// `derive-steps` makes of it.
inline constexpr llvm::StringLiteral forwardName = "forward";
/// What predict and evaluate_batch need of the parameters alone, computed once.
inline constexpr llvm::StringLiteral prepareName = "prepare";
inline constexpr llvm::StringLiteral predictName = "predict";
inline constexpr llvm::StringLiteral evaluateName = "evaluate_batch";
inline constexpr llvm::StringLiteral trainStepName = "train_step";
/// What training changes at random in one image: (image, what was drawn for it
/// as the module's nn.draw say) to image.
inline constexpr llvm::StringLiteral augmentName = "augment";
/// And the mixing of a batch's images: (images, what was drawn) to images. The
/// training step then has a second label of each image and the first one's
/// share behind its other inputs.
inline constexpr llvm::StringLiteral mixName = "mix";
/// What layers that adapt measure before training: (images) to new values of
/// their variables, the last of which is how many samples there were.
inline constexpr llvm::StringLiteral adaptName = "adapt";
/// Attribute of a parameter: the matrix that the runtime makes of a covariance
/// after @adapt. {covariance = @the variable, epsilon = 1.0e-6}
inline constexpr llvm::StringLiteral whiteningAttr = "nn.whitening";
/// The optimizer's step where gradients are accumulated; train_step has the
/// gradients then.
inline constexpr llvm::StringLiteral updateStepName = "update_step";

/// The model's name: of its recipe, or of the nn.model where it is only run.
llvm::StringRef modelName(mlir::ModuleOp module);

/// Attributes of arguments and results of @forward and @predict: the names that
/// the model's file gives them.
inline constexpr llvm::StringLiteral portNameAttr = "nn.name";

/// Reads the named variable of the module around the builder's place.
mlir::Value readVariable(mlir::OpBuilder &builder, mlir::Location loc,
                         VariableOp variable);

/// The largest batch of the module's steps: the recipe's, the model's, or 1.
int64_t batchSize(mlir::ModuleOp module);

/// How many scalars feed one output of a parameter, and how many outputs one
/// scalar feeds, as Keras counts them: for a convolution's filter, times the
/// area of its window.
struct Fans {
  int64_t in, out;
};
Fans computeFans(llvm::ArrayRef<int64_t> shape);

} // namespace lathe::nn

#endif // LATHE_DIALECTS_NN_NNDIALECT_H
