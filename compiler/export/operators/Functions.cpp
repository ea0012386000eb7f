//===- Functions.cpp - Functions of elements of any type ------------------===//
#include "compiler/export/Operators.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

namespace {
/// What ONNX calls a function.
struct Kind {
  StringLiteral function, kind;
};
constexpr Kind mathKinds[] = {
    {"abs", "Abs"},     {"ceil", "Ceil"},   {"cos", "Cos"},
    {"erf", "Erf"},     {"floor", "Floor"}, {"log", "Log"},
    {"negate", "Neg"},  {"not", "Not"},     {"reciprocal", "Reciprocal"},
    {"round", "Round"}, {"sign", "Sign"},   {"sin", "Sin"},
    {"sqrt", "Sqrt"},
};
constexpr Kind combineKinds[] = {
    {"and", "And"},   {"divide", "Div"},    {"or", "Or"},
    {"power", "Pow"}, {"remainder", "Mod"}, {"xor", "Xor"},
};
constexpr Kind compareKinds[] = {
    {"eq", "Equal"},       {"ge", "GreaterOrEqual"}, {"gt", "Greater"},
    {"le", "LessOrEqual"}, {"lt", "Less"},
};
} // namespace

static StringRef kindOf(ArrayRef<Kind> kinds, StringRef function) {
  for (const Kind &kind : kinds)
    if (kind.function == function)
      return kind.kind;
  return "";
}

static void writeMath(nn::MathOp op, Graph &graph) {
  StringRef kind = kindOf(mathKinds, op.getFunction());
  if (kind.empty())
    graph.refuse(op, "the function " + op.getFunction());
  else
    writeUnary(op.getInput(), op.getOutput(), graph, kind);
}

/// ONNX's remainder of floats has the sign of the first operand.
static void writeCombine(nn::CombineOp op, Graph &graph) {
  StringRef kind = kindOf(combineKinds, op.getFunction());
  bool isFloat = nn::rankedType(op.getLhs()).getElementType().isF32();
  if (kind.empty() || (kind == "Mod" && isFloat))
    graph.refuse(op, "the function " + op.getFunction());
  else
    writeBroadcast({op.getLhs(), op.getRhs()}, op.getOutput(), graph, kind);
}

static void writeCompare(nn::CompareOp op, Graph &graph) {
  bool differs = op.getPredicate() == "ne";
  StringRef kind = kindOf(compareKinds, differs ? "eq" : op.getPredicate());
  writeBroadcast({op.getLhs(), op.getRhs()}, op.getOutput(), graph, kind);
  if (!differs)
    return;
  Order order = graph.orderOf(op.getOutput());
  graph.define(op.getOutput(),
               graph.add("Not", {graph.in(op.getOutput(), order)}), order);
}

static void writeSelect(nn::SelectOp op, Graph &graph) {
  writeBroadcast({op.getCondition(), op.getLhs(), op.getRhs()}, op.getOutput(),
                 graph, "Where");
}

static void writeCast(nn::CastOp op, Graph &graph) {
  writeUnary(op.getInput(), op.getOutput(), graph, "Cast",
             Attr("to", int64_t(elementType(op.getElementType()))));
}

static constexpr Writer rows[] = {
    row<writeMath>,   row<writeCombine>, row<writeCompare>,
    row<writeSelect>, row<writeCast>,
};

ArrayRef<Writer> lathe::exporter::functionWriters() { return rows; }
