//===- ComposeWarps.cpp - One resampling for neighbouring warps -----------===//
#include "compiler/transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_COMPOSEWARPS
#include "compiler/transforms/Passes.h.inc"

namespace {
struct ComposeWarps : impl::ComposeWarpsBase<ComposeWarps> {
  void runOnOperation() override {
    auto augment = getOperation().lookupSymbol<func::FuncOp>(augmentName);
    if (!augment)
      return;
    SmallVector<WarpOp> warps(augment.getOps<WarpOp>());
    for (WarpOp warp : warps)
      if (auto before = warp.getInput().getDefiningOp<WarpOp>())
        if (before->hasOneUse())
          compose(before, warp);
  }

  SmallVector<DrawOp> drawsAt(uint64_t at) {
    return llvm::to_vector(
        llvm::make_filter_range(getOperation().getOps<DrawOp>(),
                                [&](DrawOp d) { return d.getAt() == at; }));
  }

  /// A mirror image has every pixel of the image and nothing else: it needs
  /// neither a border nor what is between pixels. So does a crop, whose border
  /// nobody sees.
  bool keepsPixels(WarpOp warp) {
    return !warp.getField() &&
           llvm::all_of(drawsAt(warp.getAt()), [](DrawOp d) {
             return is_contained({"flip", "crop", "shift"}, d.getDraw());
           });
  }

  static bool resampleAlike(WarpOp a, WarpOp b) {
    return a.getInterpolation() == b.getInterpolation() &&
           a.getFillMode() == b.getFillMode() &&
           a.getFillValue() == b.getFillValue();
  }

  /// `warp` reads what `before` has made: its transforms come after those of
  /// `before`, in the same place. A field of `before` moves the pixels of its
  /// result, not those of the result of `warp`: that stays apart.
  void compose(WarpOp before, WarpOp warp) {
    if (before.getField())
      return;
    bool keepsBefore = keepsPixels(before);
    if (!keepsBefore && !keepsPixels(warp) && !resampleAlike(before, warp))
      return;
    for (DrawOp draw : drawsAt(warp.getAt()))
      draw.setAt(before.getAt());
    if (!keepsBefore) {
      warp.setInterpolation(before.getInterpolation());
      warp.setFillMode(before.getFillMode());
      warp.setFillValue(before.getFillValue());
    }
    warp.setAt(before.getAt());
    warp.setProjective(before.getProjective() || warp.getProjective());
    warp.getInputMutable().assign(before.getInput());
    before.erase();
  }
};
} // namespace
} // namespace lathe
