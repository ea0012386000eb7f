//===- Norm.cpp - Normalisation: shapes, modes, gradients ---------------===//
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"

using namespace mlir;
using namespace lathe::nn;

//===- Batch normalisation ------------------------------------------------===//

LogicalResult BatchNormOp::inferShapes() {
  if (failed(checkRank(*this, getInput(), 2)))
    return failure();
  RankedTensorType input = rankedType(getInput());
  for (Value parameter : getOperands().drop_front())
    if (failed(refineParameter(*this, parameter, {input.getShape().back()})))
      return failure();
  return keepOperandType(*this);
}

SmallVector<Value> BatchNormOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("steps hold batch normalisation of one mode or the other");
}

/// `given`, or a vector of one value for each channel.
static Value vectorOr(OpBuilder &builder, Value given, Value like,
                      float value) {
  if (given)
    return given;
  auto constant = DenseElementsAttr::get(rankedType(like), value);
  return ConstantOp::create(builder, like.getLoc(), constant);
}

void BatchNormOp::toInference(RewriterBase &rewriter) {
  Value gamma = vectorOr(rewriter, getGamma(), getMovingMean(), 1.0f);
  Value beta = vectorOr(rewriter, getBeta(), getMovingMean(), 0.0f);
  Value scale =
      BatchNormScaleOp::create(rewriter, getLoc(), gamma.getType(), gamma,
                               getMovingVariance(), getEpsilonAttr());
  rewriter.replaceOpWithNewOp<NormalizeOp>(*this, getType(), getInput(),
                                           getMovingMean(), scale, beta);
}

void BatchNormOp::toTraining(RewriterBase &rewriter) {
  if (getFrozen())
    return toInference(rewriter);
  Value gamma = vectorOr(rewriter, getGamma(), getMovingMean(), 1.0f);
  Value beta = vectorOr(rewriter, getBeta(), getMovingMean(), 0.0f);
  Type vector = gamma.getType();
  auto training =
      BatchNormTrainingOp::create(rewriter, getLoc(), getType(), vector, vector,
                                  getInput(), gamma, beta, getEpsilonAttr());
  auto follow = [&](Value moving, Value batch) {
    Value updated = MovingAverageOp::create(
        rewriter, getLoc(), moving.getType(), moving, batch, getMomentumAttr());
    AssignOp::create(rewriter, getLoc(),
                     moving.getDefiningOp<ReadOp>().getVariableAttr(), updated);
  };
  follow(getMovingMean(), training.getMean());
  follow(getMovingVariance(), training.getVariance());
  rewriter.replaceOp(*this, training.getOutput());
}

//===- Layers that adapt --------------------------------------------------===//

/// Whether the value depends on a layer that adapts.
static bool dependsOnAdapted(Value value) {
  SmallVector<Value> open{value};
  DenseSet<Value> seen;
  while (!open.empty()) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (!op)
      continue;
    if (isa<AdaptOpInterface>(op))
      return true;
    for (Value operand : op->getOperands())
      if (seen.insert(operand).second)
        open.push_back(operand);
  }
  return false;
}

static LogicalResult checkAdapts(Operation *op) {
  if (failed(checkRank(op, op->getOperand(0), 2)))
    return failure();
  if (dependsOnAdapted(op->getOperand(0)))
    return mlir::emitError(argumentLoc(op, "adapt"))
           << "another layer before this one adapts already: the data are "
              "measured once";
  return success();
}

static void assignTo(RewriterBase &rewriter, Value parameter, Value result) {
  AssignOp::create(rewriter, result.getLoc(),
                   parameter.getDefiningOp<ReadOp>().getVariableAttr(), result);
}

LogicalResult AdaptedNormOp::inferShapes() {
  if (failed(checkAdapts(*this)))
    return failure();
  RankedTensorType input = rankedType(getInput());
  for (Value parameter : getOperands().drop_front())
    if (failed(refineParameter(*this, parameter, {input.getShape().back()})))
      return failure();
  return keepOperandType(*this);
}

SmallVector<Value> AdaptedNormOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("steps hold its formula");
}

void AdaptedNormOp::toInference(RewriterBase &rewriter) {
  Type vector = getVariance().getType();
  Value deviation =
      MathOp::create(rewriter, getLoc(), vector, getVariance(), "sqrt");
  deviation = MaximumOp::create(rewriter, getLoc(), vector, deviation,
                                vectorOr(rewriter, {}, getVariance(), 1e-7f));
  Value scale =
      MathOp::create(rewriter, getLoc(), vector, deviation, "reciprocal");
  rewriter.replaceOpWithNewOp<NormalizeOp>(
      *this, getType(), getInput(), getMean(), scale,
      vectorOr(rewriter, {}, getMean(), 0.0f));
}

void AdaptedNormOp::toTraining(RewriterBase &rewriter) {
  toInference(rewriter);
}

void AdaptedNormOp::measure(RewriterBase &rewriter) {
  Type vector = getMean().getType();
  auto batch =
      BatchMomentsOp::create(rewriter, getLoc(), vector, vector, getInput());
  auto merged = MergeMomentsOp::create(
      rewriter, getLoc(), vector, vector, vector, getMean(), getVariance(),
      getCount(), batch.getMean(), batch.getVariance());
  for (auto [parameter, result] :
       llvm::zip_equal(getOperands().drop_front(), merged->getResults()))
    assignTo(rewriter, parameter, result);
}

//===- Whitening ----------------------------------------------------------===//

/// How many components can be whitened: the time that the matrix takes grows
/// with the third power.
static constexpr int64_t mostWhitened = 1024;

LogicalResult AdaptedWhiteningOp::inferShapes() {
  if (failed(checkAdapts(*this)))
    return failure();
  RankedTensorType input = rankedType(getInput());
  ArrayRef<int64_t> sample = input.getShape().drop_front();
  if (input.getRank() > 4)
    return mlir::emitError(argumentLoc(*this, ""))
           << "ZCAWhitening takes inputs of up to 3 dimensions, but its input "
              "has shape "
           << describeShape(input);
  int64_t components = getWhole() ? 1 : sample.back();
  for (int64_t extent : getWhole() ? sample : ArrayRef<int64_t>())
    components *= extent;
  if (components > mostWhitened)
    return mlir::emitError(argumentLoc(*this, "axis"))
           << "ZCAWhitening takes at most " << mostWhitened << " values, but "
           << (getWhole() ? "a sample has " : "there are ") << components
           << (getWhole() ? "; axis: -1 whitens the channels alone"
                          : " channels");
  SmallVector<int64_t> vector{components}, matrix{components, components};
  return success(succeeded(refineParameter(*this, getMean(), vector)) &&
                 succeeded(refineParameter(*this, getCovariance(), matrix)) &&
                 succeeded(refineParameter(*this, getMatrix(), matrix)) &&
                 succeeded(refineParameter(*this, getCount(), vector)) &&
                 succeeded(keepOperandType(*this)));
}

SmallVector<Value> AdaptedWhiteningOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("steps hold its formula");
}

/// The input with the components that are whitened as its last dimension.
static Value componentsOf(AdaptedWhiteningOp op, OpBuilder &builder) {
  RankedTensorType type = rankedType(op.getInput());
  if (!op.getWhole())
    return op.getInput();
  return ReshapeOp::create(
      builder, op.getLoc(), op.getInput(),
      type.clone({type.getDimSize(0), rankedType(op.getMean()).getDimSize(0)}));
}

void AdaptedWhiteningOp::toInference(RewriterBase &rewriter) {
  Value x = componentsOf(*this, rewriter);
  Value centred =
      SubtractOp::create(rewriter, getLoc(), x.getType(), x, getMean());
  auto product =
      DenseOp::create(rewriter, getLoc(), x.getType(), centred, getMatrix());
  if (getWhole())
    rewriter.replaceOpWithNewOp<ReshapeOp>(*this, product.getOutput(),
                                           rankedType(getOutput()));
  else
    rewriter.replaceOp(*this, product);
  rewriter.setInsertionPoint(product);
  product.decompose(rewriter);
}

void AdaptedWhiteningOp::toTraining(RewriterBase &rewriter) {
  toInference(rewriter);
}

/// Σ x·xᵀ over all places of a batch.
static Value sumOfProducts(OpBuilder &builder, Value x, Type matrix) {
  Location loc = x.getLoc();
  RankedTensorType type = rankedType(x);
  if (type.getRank() == 2)
    return DenseBackwardWeightsOp::create(builder, loc, matrix, x, x);
  int64_t channels = type.getShape().back();
  if (type.getRank() == 3)
    x = ReshapeOp::create(
        builder, loc, x,
        type.clone({type.getDimSize(0), 1, type.getDimSize(1), channels}));
  Value filter = Conv2DBackwardWeightsOp::create(
      builder, loc, type.clone({1, 1, channels, channels}), x, x,
      builder.getDenseI64ArrayAttr({1, 1}),
      builder.getDenseI64ArrayAttr({0, 0, 0, 0}), DenseI64ArrayAttr(),
      IntegerAttr(), IntegerAttr());
  return ReshapeOp::create(builder, loc, filter,
                           cast<RankedTensorType>(matrix));
}

/// n samples more: mean' of merge_moments, which overwrites what it has.
struct MergedMean {
  Value mean, count;
};
static MergedMean mergeMean(OpBuilder &builder, Value mean, Value count,
                            Value batchMean) {
  Type vector = mean.getType();
  Value zeros = vectorOr(builder, {}, mean, 0.0f);
  auto merged =
      MergeMomentsOp::create(builder, mean.getLoc(), vector, vector, vector,
                             mean, zeros, count, batchMean, zeros);
  return {merged.getNewMean(), merged.getNewCount()};
}

/// With n samples more, s = n/(count + n), d = batch_mean - mean:
/// covariance' = covariance + s·(batch_covariance + (1 - s)·d·dᵀ - covariance)
/// (Chan et al., 1979). What is overwritten comes last.
void AdaptedWhiteningOp::measure(RewriterBase &rewriter) {
  Location loc = getLoc();
  RankedTensorType vector = rankedType(getMean());
  RankedTensorType matrix = rankedType(getCovariance());
  int64_t components = vector.getDimSize(0);
  Value x = componentsOf(*this, rewriter);
  int64_t places = 1;
  for (int64_t extent : rankedType(x).getShape().drop_front().drop_back())
    places *= extent;
  auto times = [&](Value a, Value b) -> Value {
    return MultiplyOp::create(rewriter, loc, a.getType(), a, b);
  };
  auto scaled = [&](Value value, double factor, double offset) -> Value {
    return ScaleOp::create(rewriter, loc, value.getType(), value,
                           rewriter.getF64FloatAttr(factor),
                           rewriter.getF64FloatAttr(offset));
  };
  auto inverseOf = [&](Value value) -> Value {
    return MathOp::create(rewriter, loc, value.getType(), value, "reciprocal");
  };
  auto shaped = [&](Value value, ArrayRef<int64_t> shape) -> Value {
    return ReshapeOp::create(rewriter, loc, value, vector.clone(shape));
  };

  Value batchMean =
      BatchMomentsOp::create(rewriter, loc, vector, vector, x).getMean();
  Value elements = BiasBackwardOp::create(rewriter, loc, vector,
                                          scaled(x, 0, 1)); // n·places
  Value n = scaled(elements, 1.0 / places, 0);
  Value total = AddOp::create(rewriter, loc, vector, getCount(), n);
  Value kept = times(getCount(), inverseOf(total));
  Value difference =
      SubtractOp::create(rewriter, loc, vector, batchMean, getMean());
  Value column = shaped(difference, {components, 1});
  Value between = times(BroadcastOp::create(rewriter, loc, matrix, column),
                        times(difference, kept));
  Value centred = SubtractOp::create(rewriter, loc, x.getType(), x, batchMean);
  Value within =
      times(sumOfProducts(rewriter, centred, matrix), inverseOf(elements));
  Value batch = AddOp::create(rewriter, loc, matrix, within, between);
  Value count = BroadcastOp::create(rewriter, loc, matrix, getCount());

  int64_t pairs = components * components;
  Value covariance = mergeMean(rewriter, shaped(getCovariance(), pairs),
                               shaped(count, pairs), shaped(batch, pairs))
                         .mean;
  assignTo(rewriter, getCovariance(), shaped(covariance, matrix.getShape()));
  MergedMean merged = mergeMean(rewriter, getMean(), getCount(), batchMean);
  assignTo(rewriter, getMean(), merged.mean);
  assignTo(rewriter, getCount(), merged.count);
}

//===- Batch normalisation in training ------------------------------------===//

SmallVector<Value> BatchNormTrainingOp::buildGradients(OpBuilder &builder,
                                                       ValueRange gradients) {
  auto backward = BatchNormBackwardOp::create(
      builder, getLoc(), getInput().getType(), getGamma().getType(),
      getBeta().getType(), gradients[0], getInput(), getMean(), getVariance(),
      getGamma(), getEpsilonAttr());
  return {backward.getInputGradient(), backward.getGammaGradient(),
          backward.getBetaGradient()};
}

void BatchNormTrainingOp::decompose(RewriterBase &rewriter) {
  Type vector = getMean().getType();
  auto moments =
      BatchMomentsOp::create(rewriter, getLoc(), vector, vector, getInput());
  Value scale =
      BatchNormScaleOp::create(rewriter, getLoc(), vector, getGamma(),
                               moments.getVariance(), getEpsilonAttr());
  Value output =
      NormalizeOp::create(rewriter, getLoc(), getOutput().getType(), getInput(),
                          moments.getMean(), scale, getBeta());
  rewriter.replaceOp(*this, {output, moments.getMean(), moments.getVariance()});
}

void BatchNormBackwardOp::decompose(RewriterBase &rewriter) {
  Type vector = getMean().getType();
  auto sums = BatchNormSumsOp::create(rewriter, getLoc(), vector, vector,
                                      getGradient(), getInput(), getMean());
  Value scale = BatchNormScaleOp::create(rewriter, getLoc(), vector, getGamma(),
                                         getVariance(), getEpsilonAttr());
  int64_t positions = 1;
  for (int64_t extent :
       rankedType(getInput()).getShape().drop_front().drop_back())
    positions *= extent;
  auto factors = BatchNormFactorsOp::create(
      rewriter, getLoc(), vector, vector, vector, sums.getSum(),
      sums.getProductSum(), scale, getVariance(), getEpsilonAttr(),
      rewriter.getI64IntegerAttr(positions));
  Value input = NormalizeBackwardOp::create(
      rewriter, getLoc(), getInputGradient().getType(), getGradient(),
      getInput(), getMean(), scale, factors.getSlope(), factors.getOffset());
  rewriter.replaceOp(*this, {input, factors.getGammaGradient(), sums.getSum()});
}

SmallVector<Value> NormalizeOp::buildGradients(OpBuilder &builder,
                                               ValueRange gradients) {
  return {MultiplyOp::create(builder, getLoc(), getType(), gradients[0],
                             getScale()),
          Value(), Value(), Value()};
}

unsigned MovingAverageOp::getInPlaceOperand(unsigned) { return 0; }

//===- Layer and group normalisation --------------------------------------===//

LogicalResult StandardizeOp::inferShapes() {
  RankedTensorType input = rankedType(getInput());
  FailureOr<SmallVector<int64_t>> axes =
      normalizeAxes(getAxes(), input.getRank(), /*least=*/1);
  if (failed(axes))
    return mlir::emitError(argumentLoc(*this, "axes"))
           << "the axes must be different dimensions of the input behind the "
              "batch; its shape is "
           << describeShape(input);
  setAxes(*axes);
  return keepOperandType(*this);
}

SmallVector<Value> StandardizeOp::buildGradients(OpBuilder &builder,
                                                 ValueRange gradients) {
  return {StandardizeBackwardOp::create(builder, getLoc(), getType(),
                                        gradients[0], getInput(), getAxesAttr(),
                                        getEpsilonAttr())};
}

//===- Groups -------------------------------------------------------------===//

LogicalResult GroupStandardizeOp::inferShapes() {
  if (failed(checkRank(*this, getInput(), 2)))
    return failure();
  RankedTensorType input = rankedType(getInput());
  int64_t channels = input.getShape().back();
  int64_t groups = int64_t(getGroups()) == -1 ? channels : getGroups();
  if (channels % groups)
    return mlir::emitError(argumentLoc(*this, "groups"))
           << "groups must divide the " << channels
           << " channels of the input, but is " << groups;
  setGroups(groups);
  return keepOperandType(*this);
}

SmallVector<Value> GroupStandardizeOp::buildGradients(OpBuilder &, ValueRange) {
  llvm_unreachable("decomposed before gradients are taken");
}

void GroupStandardizeOp::decompose(RewriterBase &rewriter) {
  RankedTensorType input = rankedType(getInput());
  int64_t channels = input.getShape().back(), groups = getGroups();
  int64_t positions = 1;
  for (int64_t extent : input.getShape().drop_front().drop_back())
    positions *= extent;
  auto grouped =
      input.clone({input.getDimSize(0), positions, groups, channels / groups});
  Value groupsApart =
      ReshapeOp::create(rewriter, getLoc(), getInput(), grouped);
  Value standardized = StandardizeOp::create(
      rewriter, getLoc(), grouped, groupsApart,
      rewriter.getDenseI64ArrayAttr({1, 3}), getEpsilonAttr());
  rewriter.replaceOpWithNewOp<ReshapeOp>(*this, standardized, input);
}

//===- Constraints --------------------------------------------------------===//

/// The constraints of operations that have images, c1, and vectors with an
/// element for each channel, c2.
static LogicalResult verifyChannels(Operation *op, ValueRange images,
                                    ValueRange vectors) {
  ArrayRef<int64_t> shape = shapeOf(images.front());
  if (shape.empty())
    return violates(op, 1) << "a single number has no channels";
  return failure(failed(needShape(op, 1, images, shape)) ||
                 failed(needShape(op, 2, vectors, {shape.back()})));
}

/// c1: all operands and results have the shape of the first.
static LogicalResult verifyAlike(Operation *op) {
  ArrayRef<int64_t> shape = shapeOf(op->getOperand(0));
  return failure(failed(needShape(op, 1, op->getOperands(), shape)) ||
                 failed(needShape(op, 1, op->getResults(), shape)));
}

LogicalResult BatchNormTrainingOp::verify() {
  return verifyChannels(*this, {getInput(), getOutput()},
                        {getGamma(), getBeta(), getMean(), getVariance()});
}

LogicalResult BatchNormBackwardOp::verify() {
  return verifyChannels(*this, {getGradient(), getInput(), getInputGradient()},
                        {getMean(), getVariance(), getGamma(),
                         getGammaGradient(), getBetaGradient()});
}

LogicalResult BatchMomentsOp::verify() {
  ArrayRef<int64_t> shape = shapeOf(getInput());
  if (shape.empty())
    return violates(*this, 1) << "a single number has no channels";
  return needShape(*this, 1, getOperation()->getResults(), {shape.back()});
}

LogicalResult BatchNormScaleOp::verify() { return verifyAlike(*this); }

LogicalResult NormalizeOp::verify() {
  return verifyChannels(*this, {getInput(), getOutput()},
                        {getMean(), getScale(), getBeta()});
}

LogicalResult BatchNormSumsOp::verify() {
  return verifyChannels(*this, {getGradient(), getInput()},
                        {getMean(), getSum(), getProductSum()});
}

LogicalResult BatchNormFactorsOp::verify() { return verifyAlike(*this); }

LogicalResult NormalizeBackwardOp::verify() {
  return verifyChannels(*this, {getGradient(), getInput(), getInputGradient()},
                        {getMean(), getScale(), getSlope(), getOffset()});
}

LogicalResult MovingAverageOp::verify() { return verifyAlike(*this); }

LogicalResult MergeMomentsOp::verify() { return verifyAlike(*this); }

unsigned MergeMomentsOp::getInPlaceOperand(unsigned result) { return result; }

LogicalResult StandardizeBackwardOp::verify() {
  if (failed(verifyAlike(*this)))
    return failure();
  int64_t rank = rankedType(getInput()).getRank();
  if (failed(normalizeAxes(getAxes(), rank, /*least=*/1)))
    return violates(*this, 2) << "the axes " << getAxesAttr()
                              << " are not different dimensions of "
                              << getInput().getType() << " behind the batch";
  return success();
}
