//===- InferShapes.cpp - Types every value from the input's shape ---------===//
#include "compiler/transforms/Passes.h"
#include "dialects/nn/Limits.h"
#include "dialects/nn/Shapes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace lathe {
#define GEN_PASS_DEF_INFERSHAPES
#include "compiler/transforms/Passes.h.inc"

namespace {
struct InferShapes : impl::InferShapesBase<InferShapes> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (failed(inferFunction(function)))
        return signalPassFailure();
  }

  LogicalResult inferFunction(func::FuncOp function) {
    if (failed(nn::inferTypes(function.front(), {},
                              [&](Operation *op) { return checkSize(op); })))
      return failure();
    Operation *end = function.front().getTerminator();
    function.setFunctionType(FunctionType::get(
        &getContext(), function.getArgumentTypes(), end->getOperandTypes()));
    return success();
  }

  LogicalResult checkSize(Operation *op) {
    const int64_t batch = nn::batchSize(getOperation());
    SmallVector<Value> values(op->getOperands());
    llvm::append_range(values, op->getResults());
    for (Value value : values) {
      RankedTensorType type = nn::rankedType(value);
      if (llvm::is_contained(type.getShape(), 0))
        continue; // no element, however long the other dimensions are
      int64_t elements = 1;
      for (int64_t extent : type.getShape()) {
        if (ShapedType::isDynamic(extent))
          continue;
        if (extent > nn::maxElements / elements)
          return tooLarge(op, type) << ", which has " << nn::tooManyElements;
        elements *= extent;
      }
      if (!type.hasStaticShape() && elements >= nn::maxBatchElements / batch)
        return tooLarge(op, type) << ", which is too large for a batch of "
                                  << batch << ": choose a smaller batch_size";
    }
    return success();
  }

  static InFlightDiagnostic tooLarge(Operation *op, RankedTensorType type) {
    return mlir::emitError(nn::argumentLoc(op, ""))
           << "the layer needs a tensor of shape " << nn::describeShape(type);
  }
};
} // namespace
} // namespace lathe
