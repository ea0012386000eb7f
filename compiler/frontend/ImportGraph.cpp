//===- ImportGraph.cpp - An ONNX graph and a recipe to an nn module -------===//
#include "compiler/frontend/ImportRecipe.h"
#include "compiler/frontend/Network.h"
#include "compiler/frontend/Suggest.h"
#include "compiler/frontend/WithoutEffect.h"
#include "compiler/frontend/Yaml.h"
#include "compiler/frontend/augment/Augment.h"
#include "compiler/frontend/onnx/Base.h"
#include "dialects/nn/Shapes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::frontend;

namespace {

class GraphImporter {
public:
  GraphImporter(const Source &source, const Setting &recipe, onnx::Base &base,
                MLIRContext &context, std::vector<ImportedLayer> *list)
      : source(source), recipe(recipe), base(base), builder(&context),
        list(list) {}

  /// Null after an error.
  OwningOpRef<ModuleOp> run();

private:
  LogicalResult cut();
  LogicalResult freeze();
  Value buildBase(LayerBuilder &layers, Value images);
  Value buildHead(LayerBuilder &layers, Value features);
  Value buildList(LayerBuilder &layers, StringRef section,
                  const std::string &prefix, Value input, Place &last);
  SmallVector<int64_t> sampleShape() const;
  bool isChannelsFirst() const;
  std::string freePrefix() const;

  const Source &source;
  const Setting &recipe;
  onnx::Base &base;
  OpBuilder builder;
  func::FuncOp function;
  std::vector<ImportedLayer> *list;
};

//===- Checks -------------------------------------------------------------===//

LogicalResult GraphImporter::cut() {
  const Setting &output = recipe["base"]["output"];
  std::vector<StringRef> outputs = base.outputs();
  if (!output.written) {
    if (outputs.size() > 1)
      return source.error(recipe["base"].place,
                          "the graph has " + Twine(outputs.size()) +
                              " outputs; name the one to learn from, or a "
                              "value before it (base: {output: ...})" +
                              suggest("", outputs));
    base.cut(outputs.front());
    return success();
  }
  std::vector<StringRef> values = base.values();
  if (!llvm::is_contained(values, output.text))
    return source.error(output.place, "no node of the graph computes '" +
                                          output.text + "'" +
                                          suggest(output.text, values));
  base.cut(output.text);
  return success();
}

LogicalResult GraphImporter::freeze() {
  std::vector<StringRef> names = base.names();
  return freezeNames(source, recipe["freeze"], "node or parameter of the graph",
                     names, [&](size_t number) { base.freeze(names[number]); });
}

bool GraphImporter::isChannelsFirst() const {
  const Setting &format = recipe["base"]["data_format"];
  bool isImage = base.sampleShape().size() == 3;
  return isImage && (format.written ? format.text == "channels_first"
                                    : base.isChannelsFirst());
}

/// What the graph reads, the channels last.
SmallVector<int64_t> GraphImporter::sampleShape() const {
  SmallVector<int64_t> shape(base.sampleShape());
  if (isChannelsFirst())
    std::rotate(shape.begin(), shape.begin() + 1, shape.end());
  return shape;
}

//===- The network --------------------------------------------------------===//

OwningOpRef<ModuleOp> GraphImporter::run() {
  (void)checkName(source, recipe);
  (void)checkRecipe(source, recipe);
  bool isWhole = known(recipe, {"base"}) && known(recipe, {"freeze"}) &&
                 known(recipe, {"input"});
  if (isWhole && (failed(cut()) | failed(freeze())))
    isWhole = false;
  SmallVector<int64_t> shape;
  if (isWhole) {
    const Setting &input = recipe["input"]["shape"];
    shape = sampleShape();
    if (input.written)
      shape.assign(input.extents.begin(), input.extents.end());
    (void)checkBatch(source, recipe, shape);
  }
  Location place = source.locate(recipe.place);
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, place);
  builder.setInsertionPointToStart(module->getBody());
  buildRecipe(source, recipe, builder);

  shape.insert(shape.begin(), ShapedType::kDynamic);
  Type inputType = RankedTensorType::get(shape, builder.getF32Type());
  Type resultType = UnrankedTensorType::get(builder.getF32Type());
  function =
      func::FuncOp::create(builder, place, nn::forwardName,
                           builder.getFunctionType(inputType, resultType));
  Block *body = builder.createBlock(&function.getBody(), {}, inputType, place);

  LayerBuilder layers(source, builder, function);
  Value features = isWhole ? buildBase(layers, body->getArgument(0)) : Value();
  Value output =
      buildHead(layers, features ? features : createUnknown(builder, place));
  OpBuilder atEnd = OpBuilder::atBlockEnd(module->getBody());
  buildAugmentation(source, recipe, ArrayRef(shape).drop_front(), atEnd);
  if (!features || source.mistakeCount())
    return {};
  func::ReturnOp::create(builder, place, output);
  function.setFunctionType(
      builder.getFunctionType(inputType, output.getType()));
  function.setArgAttr(0, nn::portNameAttr,
                      builder.getStringAttr(base.inputName()));
  warnIfFrozen(source, recipe, *module);
  warnWithoutEffect(source, recipe, *module);
  assert(succeeded(verify(*module)) && "the importer built an invalid module");
  return module;
}

/// The layers of a section; the input where there are none.
Value GraphImporter::buildList(LayerBuilder &layers, StringRef section,
                               const std::string &prefix, Value input,
                               Place &last) {
  const Setting &entries = recipe[section];
  if (entries.members.empty())
    return entries.bad ? createUnknown(builder, layers.getLoc()) : input;
  std::vector<Layer> graph;
  (void)resolveGraph(source, entries, graph);
  if (graph.empty())
    return createUnknown(builder, layers.getLoc());
  for (Layer &layer : graph)
    layer.name = prefix + layer.name;
  last = graph.back().setting->place;
  return buildLayers(layers, graph, input, list);
}

/// preprocess, and the graph behind it, whose nodes need to know the types of
/// what is before them. Null after an error.
Value GraphImporter::buildBase(LayerBuilder &layers, Value images) {
  Place last = recipe["input"]["shape"].place;
  size_t mistakes = source.mistakeCount();
  Value samples = buildList(layers, "preprocess", "preprocess/", images, last);
  if (source.mistakeCount() > mistakes || isUnknown(samples) ||
      failed(nn::inferTypes(function.front())))
    return {};
  auto type = cast<RankedTensorType>(samples.getType());
  SmallVector<int64_t> wanted = sampleShape();
  if (type.getShape().drop_front() != ArrayRef(wanted)) {
    wanted.insert(wanted.begin(), ShapedType::kDynamic);
    (void)source.error(last, "the graph reads samples of shape " +
                                 nn::describeShape(type.clone(wanted)) +
                                 ", but here they have shape " +
                                 nn::describeShape(type));
    return {};
  }
  Location loc = source.locate(recipe.place);
  if (isChannelsFirst())
    samples = nn::TransposeOp::create(
        builder, loc,
        RankedTensorType::get({ShapedType::kDynamic, type.getDimSize(3),
                               type.getDimSize(1), type.getDimSize(2)},
                              type.getElementType()),
        samples, ArrayRef<int64_t>{0, 3, 1, 2});
  return base.build(builder, function, samples,
                    [&] { return layers.nextRandomKey(); });
}

/// What head layers are called after: no parameter of the graph is.
std::string GraphImporter::freePrefix() const {
  auto isTaken = [&](const std::string &prefix) {
    return llvm::any_of(function->getBlock()->getOps<nn::VariableOp>(),
                        [&](nn::VariableOp variable) {
                          return variable.getSymName().starts_with(prefix);
                        });
  };
  std::string prefix = "head/";
  for (unsigned i = 1; isTaken(prefix); ++i)
    prefix = "head_" + std::to_string(i) + "/";
  return prefix;
}

/// The head, which reads images with their channels last, and what the loss
/// needs.
Value GraphImporter::buildHead(LayerBuilder &layers, Value features) {
  auto type = dyn_cast<RankedTensorType>(features.getType());
  bool hasHead = !recipe["head"].members.empty();
  if (hasHead && type && type.getRank() == 4 && base.givesChannelsFirst())
    features = nn::TransposeOp::create(
        builder, source.locate(recipe["head"].place),
        RankedTensorType::get({ShapedType::kDynamic, type.getDimSize(2),
                               type.getDimSize(3), type.getDimSize(1)},
                              type.getElementType()),
        features, ArrayRef<int64_t>{0, 2, 3, 1});
  Place last;
  Value output = buildList(layers, "head", freePrefix(), features, last);
  if (isUnknown(output))
    return output;
  output = fitLoss(source, recipe, last, output, builder);
  if (!output || failed(checkClasses(source, recipe, output)))
    return {};
  return output;
}

} // namespace

OwningOpRef<ModuleOp> lathe::frontend::importGraph(
    const std::string &path, const llvm::SourceMgr &manager,
    MLIRContext &context, const onnx::ImportOptions &options) {
  context.loadDialect<nn::NNDialect, func::FuncDialect>();
  Source source(manager, context);
  Node tree;
  Setting recipe;
  if (failed(readYaml(source, tree)))
    return {};
  // Mistakes are counted; what they do not touch is checked nevertheless.
  (void)checkGraphRecipe(source, tree, recipe);
  if (recipe.members.empty())
    return {};
  for (Setting &section : recipe.members)
    if (section.argument->name == "name" && !section.written)
      section.text = onnx::modelName(path);
  std::unique_ptr<onnx::Base> base = onnx::Base::open(path, context, options);
  if (!base)
    return {};
  return GraphImporter(source, recipe, *base, context, options.layers).run();
}
