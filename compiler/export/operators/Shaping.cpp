//===- Shaping.cpp - Reshaping, padding, joining, resizing ----------------===//
#include "compiler/export/Operators.h"
#include "dialects/nn/Permute.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

/// The name in the order in which a reshape sees the elements: where the
/// channels are alone, both are the same.
static std::string rowMajor(Value value, Graph &graph) {
  RankedTensorType type = nn::rankedType(value);
  bool same = type.getRank() >= 3 &&
              nn::movesNothing(type, channelsFirst(type.getRank()));
  return graph.in(value, same ? graph.orderOf(value) : Order::ChannelsLast);
}

static void writeReshape(nn::ReshapeOp op, Graph &graph) {
  std::string x = rowMajor(op.getInput(), graph);
  RankedTensorType from = nn::rankedType(op.getInput());
  RankedTensorType to = nn::rankedType(op.getOutput());
  bool keepsFirst =
      from.getRank() && to.getRank() && from.getDimSize(0) == to.getDimSize(0);
  if (to.getRank() == 2 && keepsFirst) {
    graph.define(op.getOutput(), graph.add("Flatten", {x}, Attr("axis", 1)));
    return;
  }
  SmallVector<int64_t> shape(to.getShape());
  if (keepsFirst)
    shape[0] = 0; // the input's own
  graph.define(op.getOutput(),
               graph.add("Reshape", {x, graph.integers("shape", shape)}));
}

/// A dimension between the batch and the channels is in both orders.
static void writeAxis(Value input, Value result, int64_t axis, int64_t rank,
                      StringRef kind, Graph &graph) {
  bool between = axis > 0 && axis < rank - 1;
  Order order = between ? graph.orderOf(input) : Order::ChannelsLast;
  std::string x = graph.in(input, order);
  std::string axes = graph.integers("axes", axisIn(order, axis, rank));
  graph.define(result, graph.add(kind, {x, axes}), order);
}

static void writeExpandDims(nn::ExpandDimsOp op, Graph &graph) {
  writeAxis(op.getInput(), op.getOutput(), int64_t(op.getAxis()),
            nn::rankedType(op.getOutput()).getRank(), "Unsqueeze", graph);
}

static void writeSqueeze(nn::SqueezeOp op, Graph &graph) {
  writeAxis(op.getInput(), op.getOutput(), int64_t(op.getAxis()),
            nn::rankedType(op.getInput()).getRank(), "Squeeze", graph);
}

/// Between the orders a transpose is only another name.
static void writeTranspose(nn::TransposeOp op, Graph &graph) {
  ArrayRef<int64_t> permutation = op.getPermutation();
  int64_t rank = permutation.size();
  Value x = op.getInput();
  if (rank >= 3 && permutation == ArrayRef(channelsLast(rank)))
    graph.define(op.getOutput(), graph.in(x), Order::ChannelsFirst);
  else if (rank >= 3 && permutation == ArrayRef(channelsFirst(rank)))
    graph.define(op.getOutput(), graph.first(x));
  else
    graph.define(op.getOutput(), graph.add("Transpose", {graph.in(x)},
                                           Attr("perm", permutation)));
}

static void writePad(nn::PadOp op, Graph &graph) {
  Order order = graph.orderOf(op.getInput());
  int64_t rank = nn::rankedType(op.getInput()).getRank();
  SmallVector<int64_t> low(op.getLow()), high(op.getHigh());
  if (order == Order::ChannelsFirst) {
    low = nn::permute(low, channelsFirst(rank));
    high = nn::permute(high, channelsFirst(rank));
  }
  llvm::append_range(low, high);
  std::string x = graph.in(op.getInput(), order);
  graph.define(op.getOutput(),
               graph.add("Pad", {x, graph.integers("pads", low)}), order);
}

static void writeConcatenate(nn::ConcatenateOp op, Graph &graph) {
  auto inputs = llvm::to_vector(op.getInputs());
  int64_t rank = nn::rankedType(op.getOutput()).getRank();
  int64_t axis = int64_t(op.getAxis());
  Order order = graph.orderOf(inputs);
  SmallVector<std::string> names;
  for (Value input : inputs)
    names.push_back(graph.in(input, order));
  graph.define(
      op.getOutput(),
      graph.add(
          "Concat", names,
          Attr("axis", axisIn(order, axis < 0 ? axis + rank : axis, rank))),
      order);
}

/// The size is that of all dimensions, of which the first two are the input's.
static void writeResize(nn::ResizeOp op, Graph &graph) {
  bool nearest = op.getInterpolation() == "nearest";
  std::string x = graph.first(op.getInput());
  std::string own =
      graph.add("Slice", {graph.add("Shape", {x}), graph.integers("start", {0}),
                          graph.integers("end", {2})});
  std::string size = graph.add(
      "Concat", {own, graph.integers("size", *op.getSize())}, Attr("axis", 0));
  SmallVector<Attr> attributes{
      {"coordinate_transformation_mode", "half_pixel"},
      {"mode", nearest ? "nearest" : "linear"}};
  if (nearest)
    attributes.push_back({"nearest_mode", "round_prefer_ceil"});
  graph.define(op.getOutput(),
               graph.add("Resize", {x, "", "", size}, attributes),
               Order::ChannelsFirst);
}

static constexpr Writer rows[] = {
    row<writeReshape>,   row<writeExpandDims>, row<writeSqueeze>,
    row<writeTranspose>, row<writePad>,        row<writeConcatenate>,
    row<writeResize>,
};

ArrayRef<Writer> lathe::exporter::shapingWriters() { return rows; }
