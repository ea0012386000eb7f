//===- Import.cpp - A model description to an nn module -------------------===//
#include "compiler/frontend/Frontend.h"
#include "compiler/frontend/ImportRecipe.h"
#include "compiler/frontend/Network.h"
#include "compiler/frontend/ValueRange.h"
#include "compiler/frontend/WithoutEffect.h"
#include "compiler/frontend/Yaml.h"
#include "compiler/frontend/augment/Augment.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::frontend;

namespace {

class Importer {
public:
  Importer(const Source &source, const Setting &model, MLIRContext &context,
           std::vector<ImportedLayer> *list)
      : source(source), model(model), builder(&context), list(list) {}

  /// Null after an error.
  OwningOpRef<ModuleOp> run();

private:
  func::FuncOp buildForward();

  const Source &source;
  const Setting &model;
  OpBuilder builder;
  std::vector<ImportedLayer> *list;
};

OwningOpRef<ModuleOp> Importer::run() {
  (void)checkName(source, model);
  (void)checkRecipe(source, model);
  if (const Setting *shape = known(model, {"input", "shape"}))
    (void)checkBatch(source, model, shape->extents);
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(builder, source.locate(model.place));
  builder.setInsertionPointToStart(module->getBody());
  buildRecipe(source, model, builder);
  func::FuncOp network = buildForward();
  builder.setInsertionPointToEnd(module->getBody());
  if (const Setting *shape = known(model, {"input", "shape"}))
    buildAugmentation(source, model, shape->extents, builder);
  if (source.mistakeCount()) {
    reportMistakes(source, network ? &network.front() : nullptr);
    return {};
  }
  warnIfFrozen(source, model, *module);
  warnWithoutEffect(source, model, *module);
  warnOfValueRanges(source, model);
  assert(succeeded(verify(*module)) && "the importer built an invalid module");
  return module;
}

//===- The network --------------------------------------------------------===//

/// Null where there is no layer. After a mistake, the network may have no end.
func::FuncOp Importer::buildForward() {
  const Setting &layers = model["layers"];
  std::vector<Layer> graph;
  const Setting *freeze = known(model, {"freeze"});
  const Setting *name = known(model, {"input", "name"});
  if (succeeded(resolveGraph(source, layers, graph, name ? name->text : "")) &&
      freeze && !layers.bad)
    (void)freezeLayers(source, *freeze, graph);
  if (graph.empty())
    return {};

  const Setting *shape = known(model, {"input", "shape"});
  SmallVector<int64_t> extents{ShapedType::kDynamic};
  if (shape)
    llvm::append_range(extents, shape->extents);
  Type inputType = RankedTensorType::get(extents, builder.getF32Type());
  Type resultType = UnrankedTensorType::get(builder.getF32Type());
  auto function = func::FuncOp::create(
      builder, source.locate(layers.place), nn::forwardName,
      builder.getFunctionType(inputType, resultType));
  Block *body =
      builder.createBlock(&function.getBody(), {}, inputType,
                          source.locate(shape ? shape->place : model.place));

  LayerBuilder layerBuilder(source, builder, function);
  Value input = shape ? Value(body->getArgument(0))
                      : createUnknown(builder, layerBuilder.getLoc());
  Value result = buildLayers(layerBuilder, graph, input, list);
  if (isUnknown(result))
    return function;
  Value output =
      fitLoss(source, model, graph.back().setting->place, result, builder);
  if (!output || failed(checkClasses(source, model, output)))
    return function;
  func::ReturnOp::create(builder, source.locate(graph.back().setting->place),
                         output);
  function.setFunctionType(
      builder.getFunctionType(inputType, output.getType()));
  return function;
}

} // namespace

OwningOpRef<ModuleOp>
lathe::frontend::importYaml(const llvm::SourceMgr &manager,
                            MLIRContext &context,
                            std::vector<ImportedLayer> *layers) {
  context.loadDialect<nn::NNDialect, func::FuncDialect>();
  Source source(manager, context);
  Node tree;
  Setting model;
  if (failed(readYaml(source, tree)))
    return {};
  // Mistakes are counted; what they do not touch is checked nevertheless.
  (void)checkModel(source, tree, model);
  if (model.members.empty())
    return {};
  return Importer(source, model, context, layers).run();
}
