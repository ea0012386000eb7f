//===- Arithmetic.cpp - Sums, products, reductions, broadcasts ------------===//
#include "compiler/export/Operators.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

template <typename OpTy, const char *kind>
static void writeBinary(OpTy op, Graph &graph) {
  writeBroadcast({op.getLhs(), op.getRhs()}, op.getOutput(), graph, kind);
}
static constexpr char add[] = "Add", subtract[] = "Sub", multiply[] = "Mul",
                      maximum[] = "Max", minimum[] = "Min";

/// A batch that is not known is that of another value: the graph's input.
static void writeBroadcastTo(nn::BroadcastOp op, Graph &graph) {
  RankedTensorType type = nn::rankedType(op.getOutput());
  if (!type.hasStaticShape() &&
      nn::rankedType(op.getInput()).hasStaticShape()) {
    graph.refuse(op, "it repeats a tensor for each image of a batch");
    return;
  }
  // Extents of 1 leave the input's as they are.
  SmallVector<int64_t> shape(type.getShape());
  for (int64_t &extent : shape)
    if (ShapedType::isDynamic(extent))
      extent = 1;
  graph.define(op.getOutput(),
               graph.add("Expand", {graph.in(op.getInput()),
                                    graph.integers("shape", shape)}));
}

/// The mean over height and width.
static void writeGlobalAverage(nn::ReduceOp op, Graph &graph) {
  std::string mean =
      graph.add("GlobalAveragePool", {graph.first(op.getInput())});
  if (op.getKeepdims())
    graph.define(op.getOutput(), mean, Order::ChannelsFirst);
  else
    graph.define(op.getOutput(), graph.add("Flatten", {mean}, Attr("axis", 1)));
}

static void writeReduce(nn::ReduceOp op, Graph &graph) {
  int64_t rank = nn::rankedType(op.getInput()).getRank();
  bool isMean = op.getFunction() == "mean";
  if (isMean && rank == 4 && op.getAxes() == ArrayRef<int64_t>{1, 2}) {
    writeGlobalAverage(op, graph);
    return;
  }
  Order order =
      op.getKeepdims() ? graph.orderOf(op.getInput()) : Order::ChannelsLast;
  SmallVector<int64_t> axes;
  for (int64_t axis : op.getAxes())
    axes.push_back(axisIn(order, axis, rank));
  std::string x = graph.in(op.getInput(), order);
  Attr keeps("keepdims", int(op.getKeepdims()));
  graph.define(
      op.getOutput(),
      isMean ? graph.add("ReduceMean", {x}, {{"axes", axes}, keeps})
             : graph.add("ReduceSum", {x, graph.integers("axes", axes)}, keeps),
      order);
}

static constexpr Writer rows[] = {
    row<writeBinary<nn::AddOp, add>>,
    row<writeBinary<nn::SubtractOp, subtract>>,
    row<writeBinary<nn::MultiplyOp, multiply>>,
    row<writeBinary<nn::MaximumOp, maximum>>,
    row<writeBinary<nn::MinimumOp, minimum>>,
    row<writeBroadcastTo>,
    row<writeReduce>,
};

ArrayRef<Writer> lathe::exporter::arithmeticWriters() { return rows; }
