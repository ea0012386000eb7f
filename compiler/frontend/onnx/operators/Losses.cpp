//===- Losses.cpp - Losses of labels that are class numbers ---------------===//
#include "compiler/frontend/onnx/Operators.h"

using namespace mlir;
using namespace lathe::onnx;

/// The loss of scores [n,c,...] and labels [n,...]: minus the label's logarithm
/// of a probability, times the weight of its class.
static Tensor loss(Node &node, const Tensor &logarithms) {
  Emitter &emit = node.emit;
  Tensor labels = emit.cast(node.in(1), emit.i64());
  std::string reduction = node.text("reduction", "mean");
  if (reduction != "none" && reduction != "sum" && reduction != "mean")
    throw Refusal("reduction is '" + reduction + "'");
  Shape wanted(logarithms.shape());
  if (wanted.size() < 2)
    throw Refusal("the scores have no classes");
  int64_t classes = wanted[1];
  wanted.erase(wanted.begin() + 1);
  if (labels.shape() != ArrayRef(wanted))
    throw Refusal("scores of shape " + describe(logarithms.shape()) +
                  " and labels of shape " + describe(labels.shape()) +
                  " do not fit");
  // 1 for the label's class, which has its weight then.
  Shape column(labels.shape()), row(logarithms.rank(), 1);
  column.insert(column.begin() + 1, 1);
  row[1] = classes;
  SmallVector<int64_t> numbers;
  for (int64_t i = 0; i < classes; ++i)
    numbers.push_back(i);
  Tensor hit = emit.compare("eq", emit.reshape(labels, column),
                            emit.reshape(emit.vector(numbers), row));
  Tensor weights = node.has(2) ? emit.reshape(node.in(2), row) : Tensor();
  Tensor weight =
      emit.select(hit, weights ? weights : emit.scalar(1), emit.scalar(0));
  if (node.hasAttribute("ignore_index")) {
    Tensor ignored = emit.compare(
        "eq", emit.reshape(labels, column),
        emit.scalar(double(node.integer("ignore_index", 0)), emit.i64()));
    weight = emit.select(ignored, emit.scalar(0), weight);
  }
  // What has no weight is nothing, also where the logarithm is infinite.
  Tensor counts = emit.compare("ne", weight, emit.scalar(0));
  Tensor product =
      emit.select(counts, emit.scale(emit.multiply(weight, logarithms), -1),
                  emit.scalar(0));
  Tensor losses = emit.reduce("sum", product, {1}, false);
  if (reduction == "none")
    return losses;
  if (losses.isBatched())
    throw MixesBatch("the losses of a batch are added");
  SmallVector<int64_t> all;
  for (int64_t axis = 0; axis < weight.rank(); ++axis)
    all.push_back(axis);
  Tensor sum = emit.reduce("sum", losses, ArrayRef(all).drop_back(), false);
  if (reduction == "sum")
    return sum;
  return emit.divide(sum, emit.reduce("sum", weight, all, false));
}

static void buildNegativeLogLikelihoodLoss(Node &node) {
  node.out(loss(node, node.in(0)));
}

static void buildSoftmaxCrossEntropyLoss(Node &node) {
  Tensor logarithms = node.emit.logSoftmax(node.in(0), 1);
  node.out(loss(node, logarithms));
  node.out(logarithms, 1);
}

static constexpr Operator rows[] = {
    {"NegativeLogLikelihoodLoss", "ignore_index reduction",
     buildNegativeLogLikelihoodLoss},
    {"SoftmaxCrossEntropyLoss", "ignore_index reduction",
     buildSoftmaxCrossEntropyLoss},
};

llvm::ArrayRef<Operator> lathe::onnx::lossOperators() { return rows; }
