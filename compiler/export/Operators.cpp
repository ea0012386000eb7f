//===- Operators.cpp - The table of writers, and what they share ----------===//
#include "compiler/export/Operators.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

const Writer *lathe::exporter::findWriter(StringRef operation) {
  static constexpr ArrayRef<Writer> (*families[])() = {
      activationWriters,  arithmeticWriters, attentionWriters,
      convolutionWriters, denseWriters,      elementwiseWriters,
      functionWriters,    indexingWriters,   normalizationWriters,
      poolingWriters,     resampleWriters,   shapingWriters};
  for (auto family : families)
    for (const Writer &row : family())
      if (row.name == operation)
        return &row;
  return nullptr;
}

nn::BiasAddOp lathe::exporter::biasOf(Value result, Graph &graph) {
  if (!result.hasOneUse())
    return {};
  auto bias = dyn_cast<nn::BiasAddOp>(*result.getUsers().begin());
  bool isOurs =
      bias && bias.getInput() == result && graph.constantOf(bias.getBias());
  return isOurs ? bias : nn::BiasAddOp();
}

void lathe::exporter::writeUnary(Value input, Value result, Graph &graph,
                                 StringRef kind, ArrayRef<Attr> attributes) {
  Order order = graph.orderOf(input);
  graph.define(result, graph.add(kind, {graph.in(input, order)}, attributes),
               order);
}

void lathe::exporter::writeBroadcast(ArrayRef<Value> operands, Value result,
                                     Graph &graph, StringRef kind,
                                     ArrayRef<Attr> attributes) {
  Order order = graph.orderOf(operands);
  int64_t rank = nn::rankedType(result).getRank();
  SmallVector<std::string> names;
  for (Value operand : operands)
    names.push_back(graph.broadcast(operand, rank, order));
  graph.define(result, graph.add(kind, names, attributes), order);
}
