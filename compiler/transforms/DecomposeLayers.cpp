//===- DecomposeLayers.cpp - Operations that stand for others -------------===//
#include "compiler/transforms/Passes.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_DECOMPOSELAYERS
#include "compiler/transforms/Passes.h.inc"

namespace {
struct DecomposeLayers : impl::DecomposeLayersBase<DecomposeLayers> {
  void runOnOperation() override {
    SmallVector<DecomposableOpInterface> ops;
    getOperation().walk([&](DecomposableOpInterface op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (DecomposableOpInterface op : ops) {
      rewriter.setInsertionPoint(op);
      op.decompose(rewriter);
    }
  }
};
} // namespace
} // namespace lathe
