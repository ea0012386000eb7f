//===- Export.cpp - An nn module to an ONNX model -------------------------===//
#include "compiler/export/Export.h"
#include "compiler/export/Operators.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

/// What has no nodes of its own: it is read as an initializer, or is the end.
static bool isRead(Operation &op) {
  return isa<nn::ReadOp, nn::ConstantOp, func::ReturnOp>(op);
}

/// Refuses all layers that cannot be written.
static void checkSupport(func::FuncOp function, Graph &graph) {
  for (Operation &op : function.getOps())
    if (!isRead(op) && !findWriter(op.getName().getStringRef()))
      graph.refuse(&op, "the operation " + op.getName().getStringRef());
}

static void checkParameters(ModuleOp module, Graph &graph) {
  for (auto variable : module.getOps<nn::VariableOp>())
    if (variable.getKind() == nn::VariableKind::Parameter &&
        !valuesOf(variable))
      graph.refuse(variable, "its parameter " + variable.getSymName() +
                                 " begins with random numbers, and no weights "
                                 "are given");
}

/// As the artifact's header calls them where the module does not.
static std::string portName(DictionaryAttr attributes, const char *otherwise) {
  auto name = attributes ? attributes.getAs<StringAttr>(nn::portNameAttr)
                         : StringAttr();
  return name ? name.str() : otherwise;
}

static void writeNodes(func::FuncOp function, Graph &graph) {
  for (Operation &op : function.getOps()) {
    // A parameter in another shape is an initializer where it is read.
    bool isKnown = op.getNumResults() == 1 && graph.constantOf(op.getResult(0));
    if (isRead(op) || isKnown || graph.isWritten(&op))
      continue;
    graph.enter(&op);
    findWriter(op.getName().getStringRef())->write(&op, graph);
    if (graph.hasFailed())
      return;
  }
}

/// Operations that have no form are written as what they stand for.
static void decompose(func::FuncOp function) {
  IRRewriter rewriter(function.getContext());
  SmallVector<nn::DecomposableOpInterface> ops;
  function.walk([&](nn::DecomposableOpInterface op) {
    if (!findWriter(op->getName().getStringRef()))
      ops.push_back(op);
  });
  for (nn::DecomposableOpInterface op : ops) {
    rewriter.setInsertionPoint(op);
    op.decompose(rewriter);
  }
}

std::string lathe::exportOnnx(ModuleOp original) {
  OwningOpRef<ModuleOp> copy = original.clone();
  ModuleOp module = *copy;
  auto function = module.lookupSymbol<func::FuncOp>(nn::forwardName);
  decompose(function);
  Graph graph(module);
  checkSupport(function, graph);
  checkParameters(module, graph);
  if (graph.hasFailed())
    return "";
  Operation *end = function.front().getTerminator();
  auto inputName = [&](unsigned i) {
    return portName(function.getArgAttrDict(i), "images");
  };
  auto outputName = [&](unsigned i) {
    return portName(function.getResultAttrDict(i), "probabilities");
  };
  for (BlockArgument argument : function.getArguments())
    graph.reservePort(argument, inputName(argument.getArgNumber()));
  for (OpOperand &result : end->getOpOperands())
    graph.reservePort(result.get(), outputName(result.getOperandNumber()));
  for (BlockArgument argument : function.getArguments())
    graph.input(argument, inputName(argument.getArgNumber()));
  writeNodes(function, graph);
  if (graph.hasFailed())
    return "";
  for (OpOperand &result : end->getOpOperands())
    graph.output(result.get(), outputName(result.getOperandNumber()));
  if (graph.hasFailed())
    return "";
  if (graph.model().ByteSizeLong() > INT32_MAX) {
    mlir::emitError(module.getLoc())
        << "the model has 2 GB or more of weights, which an ONNX file cannot "
           "hold";
    return "";
  }
  return graph.model().SerializeAsString();
}
