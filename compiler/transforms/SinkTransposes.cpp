//===- SinkTransposes.cpp - Layers in one layout --------------------------===//
#include "compiler/transforms/Passes.h"
#include "dialects/nn/Permute.h"
#include "dialects/nn/Shapes.h"
#include "dialects/nn/VariableLayout.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace lathe::nn;

namespace lathe {
#define GEN_PASS_DEF_SINKTRANSPOSES
#include "compiler/transforms/Passes.h.inc"

namespace {
//===- Two of them --------------------------------------------------------===//

/// transpose(transpose(x)) ⇒ transpose(x), or x
struct MergeTransposes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<TransposeOp>();
    if (!inner)
      return failure();
    Permutation merged = permute(inner.getPermutation(), op.getPermutation());
    if (llvm::is_sorted(merged))
      rewriter.replaceOp(op, inner.getInput());
    else
      rewriter.replaceOpWithNewOp<TransposeOp>(
          op, op.getType(), inner.getInput(),
          rewriter.getDenseI64ArrayAttr(merged));
    return success();
  }
};

/// A transpose that only moves extents of 1 is a reshape.
struct TransposeToReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    if (!movesNothing(rankedType(op.getInput()), op.getPermutation()))
      return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getInput(),
                                           rankedType(op.getResult()));
    return success();
  }
};

//===- Behind other operations --------------------------------------------===//

/// Whether all uses of the value can be moved before it: else both layouts
/// would be computed.
bool isFree(Value value) {
  return llvm::all_of(value.getUsers(), [](Operation *user) {
    return user->hasTrait<Elementwise>() ||
           isa<TransposeOp, ConcatenateOp, PadOp>(user);
  });
}

/// f(transpose(x), y) ⇒ transpose(f(x, transpose⁻¹(y))) for elementwise f. What
/// is broadcast is seen with all its dimensions first; constants and parameters
/// are transposed when compiling.
struct SinkBelowElementwise : OpTraitRewritePattern<Elementwise> {
  using OpTraitRewritePattern::OpTraitRewritePattern;
  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (op->getNumResults() != 1 || op->hasAttr("shared_axes") ||
        isa<ConstantOp>(op))
      return failure();
    auto result = dyn_cast<RankedTensorType>(op->getResult(0).getType());
    // Some know the last dimension as the channels.
    if (!result || isa<BiasAddOp, NormalizeOp, NormalizeBackwardOp>(op))
      return failure();
    TransposeOp found;
    for (Value operand : op->getOperands()) {
      auto transpose = operand.getDefiningOp<TransposeOp>();
      if (transpose && rankedType(operand).getRank() == result.getRank() &&
          isFree(operand))
        found = transpose;
    }
    if (!found)
      return failure();
    Permutation back = inverse(found.getPermutation());
    // Another operand that is computed in the other layout is no reason to move
    // this one: one of the two remains.
    for (Value operand : op->getOperands())
      if (!canTurn(operand, found.getPermutation(), result.getRank()))
        return failure();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(turn(rewriter, operand, found.getPermutation(), back,
                              result.getRank()));
    OperationState state(op->getLoc(), op->getName(), operands,
                         permute(result, back), op->getAttrs());
    Operation *moved = rewriter.create(state);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, result, moved->getResult(0),
                                             found.getPermutationAttr());
    return success();
  }

  static bool canTurn(Value operand, ArrayRef<int64_t> permutation,
                      int64_t rank) {
    RankedTensorType type = rankedType(operand);
    if (auto transpose = operand.getDefiningOp<TransposeOp>())
      return type.getRank() == rank &&
             transpose.getPermutation() == permutation;
    if (operand.getDefiningOp<ReadOp>() || operand.getDefiningOp<ConstantOp>())
      return true;
    if (auto reshape = operand.getDefiningOp<ReshapeOp>())
      if (reshape.getInput().getDefiningOp<ReadOp>())
        return true;
    return movesNothing(withRank(type, rank), inverse(permutation));
  }

  /// With dimensions of extent 1 before its own.
  static RankedTensorType withRank(RankedTensorType type, int64_t rank) {
    SmallVector<int64_t> shape(rank - type.getRank(), 1);
    llvm::append_range(shape, type.getShape());
    return type.clone(shape);
  }

  static Value turn(PatternRewriter &rewriter, Value operand,
                    ArrayRef<int64_t> permutation, ArrayRef<int64_t> back,
                    int64_t rank) {
    if (auto transpose = operand.getDefiningOp<TransposeOp>())
      return transpose.getInput();
    RankedTensorType type = rankedType(operand);
    if (type.getRank() == 0)
      return operand;
    RankedTensorType full = withRank(type, rank);
    Location loc = operand.getLoc();
    if (auto constant = operand.getDefiningOp<ConstantOp>()) {
      auto data = cast<DenseElementsAttr>(constant.getValue());
      return ConstantOp::create(
          rewriter, loc,
          permute(data.isSplat() ? data.resizeSplat(full) : data.reshape(full),
                  back));
    }
    if (movesNothing(full, back)) {
      // As a vector over the channels, where it is one.
      ArrayRef<int64_t> shape = permute(full, back).getShape();
      while (shape.size() > 1 && shape.front() == 1)
        shape = shape.drop_front();
      return ReshapeOp::create(rewriter, loc, operand, type.clone(shape));
    }
    Value whole = operand;
    if (type != full)
      whole = ReshapeOp::create(rewriter, loc, operand, full);
    return TransposeOp::create(rewriter, loc, permute(full, back), whole,
                               rewriter.getDenseI64ArrayAttr(back));
  }
};

/// concatenate(transpose(a), transpose(b)) ⇒ transpose(concatenate(a, b))
struct SinkBelowConcatenate : OpRewritePattern<ConcatenateOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatenateOp op,
                                PatternRewriter &rewriter) const override {
    auto first = op.getInputs().front().getDefiningOp<TransposeOp>();
    auto result = dyn_cast<RankedTensorType>(op.getType());
    if (!first || !result)
      return failure();
    SmallVector<Value> inputs;
    for (Value input : op.getInputs()) {
      auto transpose = input.getDefiningOp<TransposeOp>();
      if (!transpose || transpose.getPermutation() != first.getPermutation())
        return failure();
      inputs.push_back(transpose.getInput());
    }
    int64_t axis = op.getAxis();
    axis += axis < 0 ? result.getRank() : 0;
    auto joined = ConcatenateOp::create(
        rewriter, op.getLoc(), permute(result, inverse(first.getPermutation())),
        inputs, first.getPermutation()[axis]);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, result, joined,
                                             first.getPermutationAttr());
    return success();
  }
};

/// pad(transpose(x)) ⇒ transpose(pad(x))
struct SinkBelowPad : OpRewritePattern<PadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PadOp op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getInput().getDefiningOp<TransposeOp>();
    auto result = dyn_cast<RankedTensorType>(op.getType());
    if (!transpose || !result || !isFree(op.getInput()))
      return failure();
    Permutation back = inverse(transpose.getPermutation());
    auto padded = PadOp::create(
        rewriter, op.getLoc(), permute(result, back), transpose.getInput(),
        permute(op.getLow(), back), permute(op.getHigh(), back));
    rewriter.replaceOpWithNewOp<TransposeOp>(op, result, padded,
                                             transpose.getPermutationAttr());
    return success();
  }
};

//===- Into parameters ----------------------------------------------------===//

/// What the variable begins with, moved about; null where that is not data. A
/// variable that is read elsewhere stays as it is.
VariableOp dataOf(Value value) {
  auto read = value.getDefiningOp<ReadOp>();
  if (!read || !read->hasOneUse())
    return {};
  auto variable = SymbolTable::lookupNearestSymbolFrom<VariableOp>(
      read, read.getVariableAttr());
  bool isData =
      variable.getDataAttr() || variable.getInitializer() == "constant";
  auto users = SymbolTable::getSymbolUses(variable.getSymNameAttr(),
                                          variable->getParentOp());
  if (!isData || !users || std::distance(users->begin(), users->end()) != 1)
    return {};
  return variable;
}

/// transpose(parameter) ⇒ a parameter that begins transposed
struct FoldIntoParameter : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    VariableOp variable = dataOf(op.getInput());
    if (!variable)
      return failure();
    RankedTensorType type = rankedType(op.getResult());
    moveElements(variable, type, [&](TensorLayout &layout) {
      layout.transpose(op.getPermutation().vec());
    });
    auto read = op.getInput().getDefiningOp<ReadOp>();
    read.getResult().setType(type);
    rewriter.replaceOp(op, read.getResult());
    return success();
  }
};

/// dense(reshape(transpose(x)), w), the reshape making one dimension of all but
/// the batch ⇒ dense(reshape(x), w'), w' with its rows in the order of x
struct FoldIntoDense : OpRewritePattern<DenseOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DenseOp op,
                                PatternRewriter &rewriter) const override {
    auto reshape = op.getInput().getDefiningOp<ReshapeOp>();
    auto transpose = reshape ? reshape.getInput().getDefiningOp<TransposeOp>()
                             : TransposeOp();
    VariableOp variable = dataOf(op.getKernel());
    if (!transpose || !variable || rankedType(op.getInput()).getRank() != 2 ||
        transpose.getPermutation().front() != 0)
      return failure();
    RankedTensorType before = rankedType(transpose.getInput());
    RankedTensorType kernel = rankedType(op.getKernel());
    // The rows as the transposed image has them, and one more dimension.
    SmallVector<int64_t> shape(
        rankedType(transpose.getResult()).getShape().drop_front());
    shape.push_back(kernel.getDimSize(1));
    Permutation rows;
    for (int64_t axis :
         ArrayRef(inverse(transpose.getPermutation())).drop_front())
      rows.push_back(axis - 1);
    rows.push_back(before.getRank() - 1);
    moveElements(variable, kernel, [&](TensorLayout &layout) {
      layout.reshape({shape.begin(), shape.end()})
          .transpose({rows.begin(), rows.end()})
          .reshape(kernel.getShape().vec());
    });
    Value flat =
        ReshapeOp::create(rewriter, reshape.getLoc(), transpose.getInput(),
                          rankedType(reshape.getResult()));
    rewriter.modifyOpInPlace(op, [&] { op.getInputMutable().assign(flat); });
    return success();
  }
};

struct SinkTransposes : impl::SinkTransposesBase<SinkTransposes> {
  void runOnOperation() override {
    // The transposes of a model file are its layers; graphs name their inputs.
    auto forward = getOperation().lookupSymbol<func::FuncOp>(forwardName);
    bool isTrainedGraph = forward && forward.getNumArguments() &&
                          forward.getArgAttr(0, portNameAttr);
    if (!isTrainedGraph && getOperation().getOps<ModelOp>().empty())
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<MergeTransposes, TransposeToReshape, SinkBelowElementwise,
                 SinkBelowConcatenate, SinkBelowPad, FoldIntoParameter,
                 FoldIntoDense>(&getContext());
    FrozenRewritePatternSet frozen(std::move(patterns));
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (failed(applyPatternsGreedily(function, frozen)))
        signalPassFailure();
  }
};
} // namespace
} // namespace lathe
