//===- Conv.cpp - Convolutions --------------------------------------------===//
#include "compiler/export/Operators.h"
#include "dialects/nn/Permute.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

/// [top, bottom, left, right] as ONNX has them, begins before ends.
static SmallVector<int64_t> padsOf(ArrayRef<int64_t> padding) {
  return {padding[0], padding[2], padding[1], padding[3]};
}

static ArrayRef<int64_t> dilationsOf(std::optional<ArrayRef<int64_t>> given) {
  static constexpr int64_t none[] = {1, 1};
  return given.value_or(none);
}

/// The node with the bias that follows it.
static void finish(Value result, Graph &graph, StringRef kind, Value input,
                   const std::string &filter, ArrayRef<Attr> attributes) {
  std::string bias;
  if (nn::BiasAddOp op = biasOf(result, graph)) {
    bias = graph.in(op.getBias());
    graph.markWritten(op);
    result = op.getOutput();
  }
  graph.define(result,
               graph.add(kind, {graph.first(input), filter, bias}, attributes),
               Order::ChannelsFirst);
}

/// The filter [height, width, in, out] in ONNX's order; it is a parameter or a
/// constant.
static std::string filterOf(Operation *op, Graph &graph, Value filter) {
  auto constant = graph.constantOf(filter);
  if (!constant) {
    graph.refuse(op, "the filter is computed");
    return "";
  }
  constant->transpose({3, 2, 0, 1});
  return graph.initializer(*constant);
}

static void writeConv2D(nn::Conv2DOp op, Graph &graph) {
  finish(op.getOutput(), graph, "Conv", op.getInput(),
         filterOf(op, graph, op.getFilter()),
         {{"dilations", dilationsOf(op.getDilations())},
          {"group", int64_t(op.getGroups().value_or(1))},
          {"pads", padsOf(*op.getPadding())},
          {"strides", op.getStrides()}});
}

/// Filters [height, width, channels, multiplier] are one per channel of the
/// result: [channels · multiplier, 1, height, width].
static void writeDepthwise(nn::DepthwiseConv2DOp op, Graph &graph) {
  auto constant = graph.constantOf(op.getFilter());
  if (!constant) {
    graph.refuse(op, "the filter is computed");
    return;
  }
  ArrayRef<int64_t> shape = nn::rankedType(op.getFilter()).getShape();
  constant->transpose({2, 3, 0, 1});
  constant->reshape({shape[2] * shape[3], 1, shape[0], shape[1]});
  finish(op.getOutput(), graph, "Conv", op.getInput(),
         graph.initializer(*constant),
         {{"dilations", dilationsOf(op.getDilations())},
          {"group", shape[2]},
          {"pads", padsOf(*op.getPadding())},
          {"strides", op.getStrides()}});
}

/// What the windows leave of the result at its end is ONNX's output padding.
template <typename OpTy>
static void writeTransposed(OpTy op, Graph &graph, int64_t groups) {
  Value input = op->getOperand(0), filter = op->getOperand(1);
  Value result = op->getResult(0);
  ArrayRef<int64_t> from = nn::rankedType(input).getShape();
  ArrayRef<int64_t> to = nn::rankedType(result).getShape();
  ArrayRef<int64_t> window = nn::rankedType(filter).getShape();
  ArrayRef<int64_t> dilations = dilationsOf(op.getDilations());
  SmallVector<int64_t> padding(ArrayRef<int64_t>(op.getPaddingAttr())), extra;
  for (unsigned axis = 0; axis < 2; ++axis) {
    int64_t covered = (from[axis + 1] - 1) * op.getStrides()[axis] +
                      (window[axis] - 1) * dilations[axis] + 1;
    int64_t cut = padding[2 * axis] + padding[2 * axis + 1];
    extra.push_back(to[axis + 1] - (covered - cut));
    if (extra.back() < 0) { // the end is cut further
      padding[2 * axis + 1] -= extra.back();
      extra.back() = 0;
    }
  }
  finish(result, graph, "ConvTranspose", input, filterOf(op, graph, filter),
         {{"dilations", dilations},
          {"group", groups},
          {"output_padding", extra},
          {"pads", padsOf(padding)},
          {"strides", op.getStrides()}});
}

static void writeConv2DTranspose(nn::Conv2DTransposeOp op, Graph &graph) {
  writeTransposed(op, graph, 1);
}

/// As imported graphs have it.
static void writeBackwardData(nn::Conv2DBackwardDataOp op, Graph &graph) {
  writeTransposed(op, graph, int64_t(op.getGroups().value_or(1)));
}

static constexpr Writer rows[] = {
    row<writeConv2D>,
    row<writeDepthwise>,
    row<writeConv2DTranspose>,
    row<writeBackwardData>,
};

ArrayRef<Writer> lathe::exporter::convolutionWriters() { return rows; }
