//===- InferShapes.cpp - Types every value from the input's shape ---------===//
#include "compiler/transforms/Passes.h"
#include "dialects/nn/Shapes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace lathe {
#define GEN_PASS_DEF_INFERSHAPES
#include "compiler/transforms/Passes.h.inc"

namespace {
/// Beyond this many elements a tensor's byte size would not fit the 32-bit
/// index arithmetic of kernels.
constexpr int64_t maxElements = int64_t(1) << 29;

struct InferShapes : impl::InferShapesBase<InferShapes> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (failed(inferFunction(function)))
        return signalPassFailure();
  }

  LogicalResult inferFunction(func::FuncOp function) {
    for (Operation &op : function.getOps()) {
      if (isa<nn::ShapeInferenceOpInterface>(op))
        if (failed(nn::inferTypes(&op)) || failed(checkSize(&op)))
          return failure();
    }
    Operation *end = function.front().getTerminator();
    function.setFunctionType(FunctionType::get(
        &getContext(), function.getArgumentTypes(), end->getOperandTypes()));
    return success();
  }

  LogicalResult checkSize(Operation *op) {
    SmallVector<Value> values(op->getOperands());
    llvm::append_range(values, op->getResults());
    for (Value value : values) {
      int64_t elements = 1;
      for (int64_t extent : nn::rankedType(value).getShape()) {
        if (ShapedType::isDynamic(extent))
          continue;
        if (extent == 0)
          break; // no element, however long the others are
        if (extent > maxElements / elements)
          return mlir::emitError(nn::argumentLoc(op, ""))
                 << "the layer needs a tensor of shape "
                 << nn::describeShape(nn::rankedType(value))
                 << ", which is larger than the " << maxElements
                 << " elements that are supported";
        elements *= extent;
      }
    }
    return success();
  }
};
} // namespace
} // namespace lathe
