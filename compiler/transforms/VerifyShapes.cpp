//===- VerifyShapes.cpp - Shape rules as verifiers ------------------------===//
#include "compiler/transforms/Contracts.h"
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"

using namespace mlir;
using namespace lathe;

namespace {
/// shape_c1: the results have the types that the rule infers from the operands.
LogicalResult verifyRule(nn::ShapeInferenceOpInterface op, StringRef pass) {
  if (isa<nn::ReduceOp>(op))
    return success(); // a layer never reduces the channels, but gradients do
  Operation *copy = op->clone();
  auto again = cast<nn::ShapeInferenceOpInterface>(copy);
  LogicalResult inferred = again.inferShapes();
  SmallVector<Type> types(copy->getResultTypes());
  copy->destroy();
  if (failed(inferred))
    return blame(op, "shape_c1: its operands do not fit its shape rule", pass);
  for (auto [type, wanted] : llvm::zip_equal(op->getResultTypes(), types))
    if (type != wanted) {
      std::string text;
      llvm::raw_string_ostream(text) << "shape_c1: has the type " << type
                                     << ", but its shape rule says " << wanted;
      return blame(op, text, pass);
    }
  return success();
}

/// Whether the operand's extents are the result's, or 1; aligned at the last.
bool broadcastsTo(ArrayRef<int64_t> operand, ArrayRef<int64_t> result) {
  return operand.size() <= result.size() &&
         llvm::all_of(
             llvm::zip_equal(operand, result.take_back(operand.size())),
             [](auto pair) {
               auto [own, wanted] = pair;
               return own == wanted || own == 1;
             });
}

/// shape_c2: operands of elementwise operations broadcast to the result.
LogicalResult verifyElementwise(Operation *op, StringRef pass) {
  ArrayRef<int64_t> result = nn::rankedType(op->getResult(0)).getShape();
  for (OpOperand &operand : op->getOpOperands()) {
    RankedTensorType type = nn::rankedType(operand.get());
    if (broadcastsTo(type.getShape(), result))
      continue;
    std::string text;
    llvm::raw_string_ostream(text)
        << "shape_c2: operand " << operand.getOperandNumber() << " of type "
        << type << " does not broadcast to the result";
    return blame(op, text, pass);
  }
  return success();
}
} // namespace

LogicalResult lathe::verifyShapes(ModuleOp module, StringRef pass) {
  WalkResult result = module.walk([&](Operation *op) -> WalkResult {
    if (auto layer = dyn_cast<nn::ShapeInferenceOpInterface>(op))
      if (failed(verifyRule(layer, pass)))
        return WalkResult::interrupt();
    if (op->hasTrait<nn::Elementwise>() && op->getNumResults() > 0)
      return verifyElementwise(op, pass);
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
