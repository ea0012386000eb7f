//===- Pooling.cpp - Pooling ----------------------------------------------===//
#include "compiler/export/Operators.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

template <typename OpTy>
static void writePool(OpTy op, Graph &graph, StringRef kind,
                      ArrayRef<Attr> more = {}) {
  ArrayRef<int64_t> padding = *op.getPadding();
  SmallVector<int64_t> pads{padding[0], padding[2], padding[1], padding[3]};
  SmallVector<Attr> attributes{{"kernel_shape", op.getPoolSize()},
                               {"pads", pads},
                               {"strides", op.getStrides()}};
  llvm::append_range(attributes, more);
  graph.define(op.getOutput(),
               graph.add(kind, {graph.first(op.getInput())}, attributes),
               Order::ChannelsFirst);
}

static void writeMaxPool(nn::MaxPool2DOp op, Graph &graph) {
  writePool(op, graph, "MaxPool");
}

static void writeAveragePool(nn::AvgPool2DOp op, Graph &graph) {
  bool counts = op.getCountIncludePad().value_or(false);
  writePool(op, graph, "AveragePool", Attr("count_include_pad", int(counts)));
}

static void writeGlobalMaxPool(nn::GlobalMaxPoolOp op, Graph &graph) {
  std::string largest =
      graph.add("GlobalMaxPool", {graph.first(op.getInput())});
  if (op.getKeepdims())
    graph.define(op.getOutput(), largest, Order::ChannelsFirst);
  else
    graph.define(op.getOutput(),
                 graph.add("Flatten", {largest}, Attr("axis", 1)));
}

static constexpr Writer rows[] = {
    row<writeMaxPool>,
    row<writeAveragePool>,
    row<writeGlobalMaxPool>,
};

ArrayRef<Writer> lathe::exporter::poolingWriters() { return rows; }
