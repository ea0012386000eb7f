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
  LogicalResult inferred = nn::inferTypes(copy);
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
} // namespace

LogicalResult lathe::verifyShapes(ModuleOp module, StringRef pass) {
  WalkResult result = module.walk([&](Operation *op) -> WalkResult {
    if (auto layer = dyn_cast<nn::ShapeInferenceOpInterface>(op))
      if (failed(verifyRule(layer, pass)))
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
