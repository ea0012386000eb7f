//===- ImportGraph.cpp - An ONNX graph and a recipe to an nn module -------===//
#include "compiler/frontend/ImportRecipe.h"
#include "compiler/frontend/Network.h"
#include "compiler/frontend/Suggest.h"
#include "compiler/frontend/WithoutEffect.h"
#include "compiler/frontend/Yaml.h"
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
  if (failed(checkName(source, recipe)) ||
      failed(checkRecipe(source, recipe)) || failed(cut()) || failed(freeze()))
    return {};
  const Setting &input = recipe["input"]["shape"];
  SmallVector<int64_t> shape = sampleShape();
  if (input.written)
    shape.assign(input.extents.begin(), input.extents.end());
  if (failed(checkBatch(source, recipe, shape)))
    return {};
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
  Value output = buildBase(layers, body->getArgument(0));
  if (output)
    output = buildHead(layers, output);
  if (!output)
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

/// The layers of a section; the input where there are none. Null after an
/// error.
Value GraphImporter::buildList(LayerBuilder &layers, StringRef section,
                               const std::string &prefix, Value input,
                               Place &last) {
  const Setting &entries = recipe[section];
  if (entries.members.empty())
    return input;
  std::vector<Layer> graph;
  if (failed(resolveGraph(source, entries, graph)))
    return {};
  for (Layer &layer : graph)
    layer.name = prefix + layer.name;
  last = graph.back().setting->place;
  return buildLayers(layers, graph, input, list);
}

/// Types what was built so far: the graph's nodes need to know it.
static LogicalResult inferShapes(func::FuncOp function) {
  for (Operation &op : function.front())
    if (isa<nn::ShapeInferenceOpInterface>(op) && failed(nn::inferTypes(&op)))
      return failure();
  return success();
}

/// preprocess, and the graph behind it.
Value GraphImporter::buildBase(LayerBuilder &layers, Value images) {
  Place last = recipe["input"]["shape"].place;
  Value samples = buildList(layers, "preprocess", "preprocess/", images, last);
  if (!samples || failed(inferShapes(function)))
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
  auto type = cast<RankedTensorType>(features.getType());
  bool hasHead = !recipe["head"].members.empty();
  if (hasHead && type.getRank() == 4 && base.givesChannelsFirst())
    features = nn::TransposeOp::create(
        builder, source.locate(recipe["head"].place),
        RankedTensorType::get({ShapedType::kDynamic, type.getDimSize(2),
                               type.getDimSize(3), type.getDimSize(1)},
                              type.getElementType()),
        features, ArrayRef<int64_t>{0, 2, 3, 1});
  Place last;
  Value output = buildList(layers, "head", freePrefix(), features, last);
  if (!output)
    return {};
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
  if (failed(readYaml(source, tree)) ||
      failed(checkGraphRecipe(source, tree, recipe)))
    return {};
  for (Setting &section : recipe.members)
    if (section.argument->name == "name" && !section.written)
      section.text = onnx::modelName(path);
  std::unique_ptr<onnx::Base> base = onnx::Base::open(path, context, options);
  if (!base)
    return {};
  return GraphImporter(source, recipe, *base, context, options.layers).run();
}
