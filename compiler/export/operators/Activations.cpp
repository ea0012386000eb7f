//===- Activations.cpp - Activation functions -----------------------------===//
#include "compiler/export/Operators.h"
#include <cmath>

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

static void writeRelu(nn::ReluOp op, Graph &graph) {
  writeUnary(op.getInput(), op.getOutput(), graph, "Relu");
}

namespace {
using Name = std::string;
/// A function of the node named `x`, with the function's alpha.
struct Function {
  StringLiteral name;
  Name (*write)(Graph &graph, const Name &x, double alpha);
};
} // namespace

/// x/2·(1 + erf(x/√2)), in the form that ONNX Runtime fuses.
static Name gelu(Graph &graph, const Name &x, double) {
  Name erf = graph.add(
      "Erf", {graph.add("Div", {x, graph.scalar("root", std::sqrt(2.0))})});
  Name twice =
      graph.add("Mul", {x, graph.add("Add", {erf, graph.scalar("one", 1)})});
  return graph.add("Mul", {twice, graph.scalar("half", 0.5)});
}

/// x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
static Name geluTanh(Graph &graph, const Name &x, double) {
  Name cube = graph.add("Mul", {x, graph.add("Mul", {x, x})});
  Name inner = graph.add(
      "Add", {x, graph.add("Mul", {cube, graph.scalar("cubic", 0.044715)})});
  Name tanh = graph.add(
      "Tanh",
      {graph.add("Mul", {inner, graph.scalar("factor", std::sqrt(M_2_PI))})});
  Name twice =
      graph.add("Mul", {x, graph.add("Add", {tanh, graph.scalar("one", 1)})});
  return graph.add("Mul", {twice, graph.scalar("half", 0.5)});
}

static Name relu6(Graph &graph, const Name &x, double) {
  return graph.add("Clip",
                   {x, graph.scalar("least", 0), graph.scalar("most", 6)});
}

static Name silu(Graph &graph, const Name &x, double) {
  return graph.add("Mul", {x, graph.add("Sigmoid", {x})});
}

static Name mish(Graph &graph, const Name &x, double) {
  return graph.add("Mul", {x, graph.add("Tanh", {graph.add("Softplus", {x})})});
}

static Name hardSigmoid(Graph &graph, const Name &x, double) {
  return graph.add("HardSigmoid", {x}, {{"alpha", 1.0 / 6}, {"beta", 0.5}});
}

static Name leakyRelu(Graph &graph, const Name &x, double alpha) {
  return graph.add("LeakyRelu", {x}, Attr("alpha", alpha));
}

static Name elu(Graph &graph, const Name &x, double alpha) {
  return graph.add("Elu", {x}, Attr("alpha", alpha));
}

/// A function that is one of ONNX's operators, with what it assumes.
template <const char *kind>
static Name same(Graph &graph, const Name &x, double) {
  return graph.add(kind, {x});
}
static constexpr char hardSwish[] = "HardSwish", selu[] = "Selu",
                      sigmoid[] = "Sigmoid", tanhName[] = "Tanh",
                      softplus[] = "Softplus", softsign[] = "Softsign",
                      exponential[] = "Exp";

static constexpr Function functions[] = {
    {"elu", elu},
    {"exponential", same<exponential>},
    {"gelu", gelu},
    {"gelu_tanh", geluTanh},
    {"hard_sigmoid", hardSigmoid},
    {"hard_silu", same<hardSwish>},
    {"leaky_relu", leakyRelu},
    {"mish", mish},
    {"relu6", relu6},
    {"selu", same<selu>},
    {"sigmoid", same<sigmoid>},
    {"silu", silu},
    {"softplus", same<softplus>},
    {"softsign", same<softsign>},
    {"tanh", same<tanhName>},
};

static void writeActivation(nn::ActivationOp op, Graph &graph) {
  for (const Function &function : functions) {
    if (function.name != op.getFunction())
      continue;
    Order order = graph.orderOf(op.getInput());
    double alpha = op.getAlpha() ? op.getAlpha()->convertToDouble() : 0;
    graph.define(op.getOutput(),
                 function.write(graph, graph.in(op.getInput(), order), alpha),
                 order);
    return;
  }
  graph.refuse(op, "the activation " + op.getFunction());
}

static void writePRelu(nn::PReluOp op, Graph &graph) {
  writeBroadcast({op.getInput(), op.getAlpha()}, op.getOutput(), graph,
                 "PRelu");
}

/// Along the channels.
static void writeSoftmax(nn::SoftmaxOp op, Graph &graph) {
  Order order = graph.orderOf(op.getInput());
  int64_t rank = nn::rankedType(op.getInput()).getRank();
  writeUnary(op.getInput(), op.getOutput(), graph, "Softmax",
             Attr("axis", axisIn(order, rank - 1, rank)));
}

static constexpr Writer rows[] = {
    row<writeRelu>,
    row<writeActivation>,
    row<writePRelu>,
    row<writeSoftmax>,
};

ArrayRef<Writer> lathe::exporter::activationWriters() { return rows; }
