//===- Elementwise.cpp - Scaling, dropout, noise --------------------------===//
#include "compiler/export/Operators.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

static void writeScale(nn::ScaleOp op, Graph &graph) {
  Order order = graph.orderOf(op.getInput());
  std::string y = graph.in(op.getInput(), order);
  double scale = op.getScale().convertToDouble();
  double offset = op.getOffset().convertToDouble();
  if (scale != 1)
    y = graph.add("Mul", {y, graph.scalar("scale", scale)});
  if (offset != 0)
    y = graph.add("Add", {y, graph.scalar("offset", offset)});
  graph.define(op.getOutput(), y, order);
}

/// Inference passes its input on, with a node that says so: who trains the
/// graph finds the rate. ONNX's draws each element by itself.
static void writeDropout(nn::DropoutOp op, Graph &graph) {
  Order order = graph.orderOf(op.getInput());
  std::string y = graph.in(op.getInput(), order);
  if (!op.getSharedAxes())
    y = graph.add("Dropout",
                  {y, graph.scalar("rate", op.getRate().convertToDouble())});
  graph.define(op.getOutput(), y, order);
}

static void writeNoise(nn::GaussianNoiseOp op, Graph &graph) {
  Order order = graph.orderOf(op.getInput());
  graph.define(op.getOutput(), graph.in(op.getInput(), order), order);
}

static constexpr Writer rows[] = {
    row<writeScale>,
    row<writeDropout>,
    row<writeNoise>,
};

ArrayRef<Writer> lathe::exporter::elementwiseWriters() { return rows; }
