//===- Attention.cpp - Relative positions ---------------------------------===//
#include "compiler/export/Operators.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

/// Rows of the table by their numbers, [positions, positions, heads], and the
/// heads first.
static void writeRelativeBias(nn::RelativeBiasOp op, Graph &graph) {
  int64_t height = op.getSize()[0], width = op.getSize()[1];
  int64_t positions = height * width;
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < positions; ++i)
    for (int64_t j = 0; j < positions; ++j)
      numbers.push_back((i / width - j / width + height - 1) * (2 * width - 1) +
                        i % width - j % width + width - 1);
  std::string flat = graph.integers("numbers", numbers);
  std::string rows =
      graph.add("Gather", {graph.in(op.getTable()), flat}, Attr("axis", 0));
  SmallVector<int64_t> shape{positions, positions,
                             nn::rankedType(op.getTable()).getDimSize(1)};
  std::string square =
      graph.add("Reshape", {rows, graph.integers("shape", shape)});
  graph.define(op.getOutput(),
               graph.add("Transpose", {square},
                         Attr("perm", ArrayRef<int64_t>{2, 0, 1})));
}

/// The token, once for each image.
static void writePrepend(nn::PrependOp op, Graph &graph) {
  std::string input = graph.in(op.getInput());
  int64_t channels = nn::rankedType(op.getInput()).getDimSize(2);
  std::string batch = graph.add("Slice", {graph.add("Shape", {input}),
                                          graph.integers("start", 0),
                                          graph.integers("end", 1)});
  std::string shape = graph.add(
      "Concat", {batch, graph.integers("row", {1, channels})}, Attr("axis", 0));
  std::string token = graph.add("Expand", {graph.in(op.getToken()), shape});
  graph.define(op.getOutput(),
               graph.add("Concat", {token, input}, Attr("axis", 1)));
}

static constexpr Writer rows[] = {
    row<writeRelativeBias>,
    row<writePrepend>,
};

ArrayRef<Writer> lathe::exporter::attentionWriters() { return rows; }
