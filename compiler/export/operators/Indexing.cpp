//===- Indexing.cpp - Operations along one axis ---------------------------===//
#include "compiler/export/Operators.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

/// Of [outer, axis, inner].
static constexpr int64_t axis = 1;

static void writeAxisReduce(nn::AxisReduceOp op, Graph &graph) {
  Attr keeps("keepdims", 0);
  std::string x = graph.in(op.getInput());
  if (op.getFunction() == "sum") {
    graph.define(
        op.getOutput(),
        graph.add("ReduceSum", {x, graph.integers("axes", axis)}, keeps));
    return;
  }
  StringRef kind = llvm::StringSwitch<StringRef>(op.getFunction())
                       .Case("product", "ReduceProd")
                       .Case("maximum", "ReduceMax")
                       .Default("ReduceMin");
  graph.define(
      op.getOutput(),
      graph.add(kind, {x}, {{"axes", ArrayRef<int64_t>(axis)}, keeps}));
}

static void writeAxisArg(nn::AxisArgOp op, Graph &graph) {
  graph.define(op.getOutput(),
               graph.add(op.getFunction() == "minimum" ? "ArgMin" : "ArgMax",
                         {graph.in(op.getInput())},
                         {{"axis", axis},
                          {"keepdims", 0},
                          {"select_last_index", int(op.getLast())}}));
}

static void writeGather(nn::GatherOp op, Graph &graph) {
  graph.define(op.getOutput(),
               graph.add("Gather",
                         {graph.in(op.getInput()), graph.in(op.getNumbers())},
                         Attr("axis", axis)));
}

static constexpr Writer rows[] = {
    row<writeAxisReduce>,
    row<writeAxisArg>,
    row<writeGather>,
};

ArrayRef<Writer> lathe::exporter::indexingWriters() { return rows; }
