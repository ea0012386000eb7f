//===- Import.cpp - A model description to an nn module -------------------===//
#include "compiler/frontend/Frontend.h"
#include "compiler/frontend/ImportRecipe.h"
#include "compiler/frontend/LayerBuilder.h"
#include "compiler/frontend/Yaml.h"
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
  LogicalResult checkName() const;
  func::FuncOp buildForward();
  LogicalResult checkClasses(Value output) const;
  LogicalResult checkBatch() const;

  const Source &source;
  const Setting &model;
  OpBuilder builder;
  std::vector<ImportedLayer> *list;
};

OwningOpRef<ModuleOp> Importer::run() {
  if (failed(checkName()) || failed(checkBatch()) ||
      failed(checkRecipe(source, model)))
    return {};
  OwningOpRef<ModuleOp> module =
      ModuleOp::create(builder, source.locate(model.place));
  builder.setInsertionPointToStart(module->getBody());
  buildRecipe(source, model, builder);
  if (!buildForward())
    return {};
  assert(succeeded(verify(*module)) && "the importer built an invalid module");
  return module;
}

/// The recipe is a symbol beside the functions and variables.
LogicalResult Importer::checkName() const {
  const Setting &name = model["name"];
  static constexpr StringRef taken[] = {nn::forwardName, nn::predictName,
                                        nn::evaluateName, nn::trainStepName,
                                        nn::seedName};
  if (!llvm::is_contained(taken, name.text))
    return success();
  return source.error(name.place, "'" + name.text +
                                      "' is a part of every model; choose "
                                      "another name");
}

LogicalResult Importer::checkBatch() const {
  const Setting &batch = model["fit"]["batch_size"];
  int64_t elements = batch.integer;
  for (int64_t extent : model["input"]["shape"].extents)
    elements *= extent;
  if (elements < maxElements)
    return success();
  return source.error(batch.place,
                      "a batch of " + Twine(batch.integer) +
                          " images has 2^31 elements or more, which "
                          "is too large");
}

//===- The network --------------------------------------------------------===//

/// Null after an error.
func::FuncOp Importer::buildForward() {
  const Setting &layers = model["layers"];
  std::vector<Layer> graph;
  if (failed(resolveGraph(source, layers, graph)) ||
      failed(freezeLayers(source, model["freeze"], graph)))
    return {};

  const Setting &shape = model["input"]["shape"];
  SmallVector<int64_t> extents{ShapedType::kDynamic};
  llvm::append_range(extents, shape.extents);
  Type inputType = RankedTensorType::get(extents, builder.getF32Type());
  Type resultType = UnrankedTensorType::get(builder.getF32Type());
  auto function = func::FuncOp::create(
      builder, source.locate(layers.place), nn::forwardName,
      builder.getFunctionType(inputType, resultType));
  Block *body = builder.createBlock(&function.getBody(), {}, inputType,
                                    source.locate(shape.place));

  SmallVector<Value> values{body->getArgument(0)};
  LayerBuilder layerBuilder(source, builder, function);
  for (const Layer &layer : graph) {
    SmallVector<Value> inputs;
    for (unsigned input : layer.inputs)
      inputs.push_back(values[input]);
    Value result = layerBuilder.build(layer, inputs);
    if (!result)
      return {};
    values.push_back(result);
    if (list)
      list->push_back(
          {layer.name, layer.setting->row->name, result,
           llvm::to_vector_of<Operation *>(layerBuilder.getParameters())});
  }
  Value output = fitLoss(source, model, graph.back().setting->place,
                         values.back(), builder);
  if (!output || failed(checkClasses(output)))
    return {};
  func::ReturnOp::create(builder, source.locate(graph.back().setting->place),
                         output);
  function.setFunctionType(
      builder.getFunctionType(inputType, output.getType()));
  return function;
}

/// As many names as classes, where the number of classes is known before shapes
/// are inferred: behind the last Dense layer.
LogicalResult Importer::checkClasses(Value output) const {
  const Setting &classes = model["data"]["classes"];
  while (output.getDefiningOp<nn::SoftmaxOp>() ||
         output.getDefiningOp<nn::BiasAddOp>() ||
         output.getDefiningOp<nn::ReluOp>() ||
         output.getDefiningOp<nn::ActivationOp>() ||
         output.getDefiningOp<nn::DropoutOp>())
    output = output.getDefiningOp()->getOperand(0);
  auto dense = output.getDefiningOp<nn::DenseOp>();
  if (!dense || !classes.written)
    return success();
  int64_t units =
      cast<RankedTensorType>(dense.getKernel().getType()).getDimSize(1);
  int64_t count = units == 1 ? 2 : units;
  if (count == static_cast<int64_t>(classes.members.size()))
    return success();
  return source.error(classes.place, Twine(classes.members.size()) +
                                         " classes have names, but the last "
                                         "layer has " +
                                         Twine(units) + " units");
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
  if (failed(readYaml(source, tree)) || failed(checkModel(source, tree, model)))
    return {};
  return Importer(source, model, context, layers).run();
}
