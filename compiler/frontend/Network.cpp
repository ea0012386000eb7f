//===- Network.cpp - What importers of models share -----------------------===//
#include "compiler/frontend/Network.h"
#include "dialects/nn/Limits.h"
#include "dialects/nn/Shapes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::frontend;

//===- Checks -------------------------------------------------------------===//

std::string lathe::frontend::nameCollision(StringRef name) {
  // artifact.h has lathe_model, LATHE_EVENT_BATCH and so on.
  if (name.starts_with_insensitive("lathe"))
    return "names that begin with 'lathe' are Lathe's own";
  // NAME_init would be a function of the C library's.
  static constexpr StringRef library[] = {"cnd", "mtx", "res", "sem"};
  if (llvm::is_contained(library, name) || name.starts_with("pthread_"))
    return "'" + name.str() + "_init' is a function of the C library";
  // The recipe is a symbol beside the functions and variables.
  static constexpr StringRef symbols[] = {
      nn::forwardName,   nn::prepareName,    nn::predictName, nn::evaluateName,
      nn::trainStepName, nn::updateStepName, nn::seedName};
  if (llvm::is_contained(symbols, name))
    return "'" + name.str() + "' is a part of every model";
  return "";
}

LogicalResult lathe::frontend::checkName(const Source &source,
                                         const Setting &model) {
  const Setting *name = known(model, {"name"});
  std::string collision = name ? nameCollision(name->text) : "";
  if (collision.empty())
    return success();
  return source.error(name->place, collision + "; choose another name, like " +
                                       "my_" + name->text);
}

LogicalResult lathe::frontend::checkBatch(const Source &source,
                                          const Setting &model,
                                          ArrayRef<int64_t> shape) {
  const Setting *batch = known(model, {"fit", "batch_size"});
  int64_t elements = batch ? batch->integer : 0;
  for (int64_t extent : shape)
    elements *= extent;
  if (elements < nn::maxBatchElements)
    return success();
  return source.error(batch->place,
                      "a batch of " + Twine(batch->integer) +
                          " images has 2^31 elements or more, which "
                          "is too large");
}

LogicalResult lathe::frontend::checkClasses(const Source &source,
                                            const Setting &model,
                                            Value output) {
  const Setting *classes = known(model, {"data", "classes"});
  while (output.getDefiningOp<nn::SoftmaxOp>() ||
         output.getDefiningOp<nn::BiasAddOp>() ||
         output.getDefiningOp<nn::ReluOp>() ||
         output.getDefiningOp<nn::ActivationOp>() ||
         output.getDefiningOp<nn::DropoutOp>())
    output = output.getDefiningOp()->getOperand(0);
  auto dense = output.getDefiningOp<nn::DenseOp>();
  if (!dense || !classes || !classes->written)
    return success();
  int64_t units =
      cast<RankedTensorType>(dense.getKernel().getType()).getDimSize(1);
  int64_t count = units == 1 ? 2 : units;
  if (count == static_cast<int64_t>(classes->members.size()))
    return success();
  return source.error(classes->place, Twine(classes->members.size()) +
                                          " classes have names, but the last "
                                          "layer has " +
                                          Twine(units) + " units");
}

void lathe::frontend::warnIfFrozen(const Source &source, const Setting &model,
                                   ModuleOp module) {
  const Setting &freeze = model["freeze"];
  bool learns = llvm::any_of(
      module.getOps<nn::VariableOp>(), [](nn::VariableOp variable) {
        return variable.getKind() == nn::VariableKind::Parameter &&
               variable.getTrainable();
      });
  if (freeze.written && !learns)
    emitWarning(source.locate(freeze.place))
        << "all parameters are frozen, so that training changes nothing";
}

//===- Layers -------------------------------------------------------------===//

Value lathe::frontend::buildLayers(LayerBuilder &builder, ArrayRef<Layer> graph,
                                   Value input,
                                   std::vector<ImportedLayer> *list) {
  SmallVector<Value> values{input};
  for (const Layer &layer : graph) {
    SmallVector<Value> inputs;
    for (unsigned number : layer.inputs)
      inputs.push_back(values[number]);
    Value result = layer.bad
                       ? createUnknown(builder.getBuilder(), builder.getLoc())
                       : builder.build(layer, inputs);
    values.push_back(result);
    if (list && !layer.bad)
      list->push_back(
          {layer.name, layer.setting->row->name.str(), result,
           llvm::to_vector_of<Operation *>(builder.getParameters())});
  }
  return values.back();
}

Value lathe::frontend::createUnknown(OpBuilder &builder, Location loc) {
  Type type = UnrankedTensorType::get(builder.getF32Type());
  return UnrealizedConversionCastOp::create(builder, loc, type, ValueRange())
      .getResult(0);
}

bool lathe::frontend::isUnknown(Value value) {
  return value.getDefiningOp<UnrealizedConversionCastOp>() != nullptr;
}

void lathe::frontend::reportMistakes(const Source &source, Block *network) {
  source.report();
  if (!network)
    return;
  DenseSet<Value> unknown;
  for (auto cast : network->getOps<UnrealizedConversionCastOp>())
    unknown.insert(cast.getResult(0));
  (void)nn::inferTypes(*network, std::move(unknown));
}
