//===- LayerBuilder.cpp - From a layer to its operations ------------------===//
#include "compiler/frontend/LayerBuilder.h"
#include "compiler/frontend/Network.h"
#include "dialects/nn/Shapes.h"

using namespace lathe;
using namespace lathe::frontend;
using llvm::StringRef;
using mlir::Value;

Value LayerBuilder::build(const Layer &next, llvm::ArrayRef<Value> values) {
  layer = &next;
  inputs = values;
  parameters.clear();
  llvm::SmallVector<std::pair<StringRef, mlir::Location>> places;
  for (const Setting &member : layer->setting->members)
    if (member.written)
      places.emplace_back(member.argument->name, source.locate(member.place));
  loc = nn::layerLoc(source.locate(layer->setting->place), places, layer->name);
  mlir::Block *block = builder.getInsertionBlock();
  mlir::Operation *last = block->empty() ? nullptr : &block->back();
  if (Value result = layer->setting->row->build(*this))
    return result;
  while (!block->empty() && &block->back() != last)
    block->back().erase();
  return createUnknown(builder, loc);
}

//===- Parameters ---------------------------------------------------------===//

nn::VariableOp LayerBuilder::declare(StringRef name, mlir::TensorType type,
                                     const Initializer &initializer) {
  mlir::OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(function);
  auto variable = nn::VariableOp::create(
      builder, loc, nn::VariableKind::Parameter, layer->name + "/" + name.str(),
      type, initializer.name, initializer.value);
  variable.setTrainable(layer->trainable);
  double multiplier = argument("learning_rate_multiplier").number;
  if (multiplier != 1)
    variable.setLearningRateMultiplierAttr(builder.getF64FloatAttr(multiplier));
  parameters.push_back(variable);
  return variable;
}

Value LayerBuilder::read(nn::VariableOp variable) {
  return nn::readVariable(builder, loc, variable);
}

Initializer LayerBuilder::initializer(const Setting &entry) {
  Initializer result{entry.row->identifier.str(), {}};
  if (const Setting *least = entry.find("minval"))
    if (least->number != -entry["maxval"].number)
      return error(*least, "minval must be -maxval: values are uniform in "
                           "±maxval"),
             Initializer();
  for (StringRef name : {"value", "stddev", "maxval", "gain"})
    if (const Setting *number = entry.find(name))
      result.value = builder.getF64FloatAttr(number->number);
  return result;
}

Value LayerBuilder::parameter(StringRef name, llvm::ArrayRef<int64_t> shape,
                              StringRef role) {
  if (role.empty())
    role = name;
  Initializer first = initializer(argument((role + "_initializer").str()));
  if (first.name.empty())
    return {};
  nn::VariableOp variable = declare(
      name, mlir::RankedTensorType::get(shape, builder.getF32Type()), first);
  if (const Setting *regularizer =
          layer->setting->find((role + "_regularizer").str())) {
    auto penalty = [&](StringRef kind) {
      const Setting *factor = regularizer->find(kind);
      return factor && factor->number ? builder.getF64FloatAttr(factor->number)
                                      : mlir::FloatAttr();
    };
    variable.setL1Attr(penalty("l1"));
    variable.setL2Attr(penalty("l2"));
  }
  return read(variable);
}

Value LayerBuilder::state(StringRef name) {
  return read(mlir::SymbolTable::lookupNearestSymbolFrom<nn::VariableOp>(
      function, builder.getStringAttr(name)));
}

//===- Operations ---------------------------------------------------------===//

Value LayerBuilder::finish(Value value, int64_t channels) {
  value = addBias(value, "bias", channels);
  return value ? activate(value, argument("activation").text) : value;
}

Value LayerBuilder::addBias(Value value, StringRef name, int64_t channels) {
  if (!value || !argument("use_bias").flag)
    return value;
  Value bias = parameter(name, channels, "bias");
  return bias ? create<nn::BiasAddOp>(value, bias) : bias;
}

Value LayerBuilder::scale(Value value, double factor, double offset) {
  return create<nn::ScaleOp>(value, builder.getF64FloatAttr(factor),
                             builder.getF64FloatAttr(offset));
}

Value LayerBuilder::reshape(Value value, llvm::ArrayRef<int64_t> shape) {
  return create<nn::ReshapeOp>(value, builder.getDenseI64ArrayAttr(shape));
}

Value LayerBuilder::expandDims(Value value, int64_t axis) {
  return create<nn::ExpandDimsOp>(value, builder.getI64IntegerAttr(axis));
}

Value LayerBuilder::squeeze(Value value, int64_t axis) {
  return create<nn::SqueezeOp>(value, builder.getI64IntegerAttr(axis));
}

Value LayerBuilder::dropout(Value value, double rate,
                            llvm::ArrayRef<int64_t> sharedAxes) {
  Value iteration = state(nn::iterationName);
  Value seed = state(nn::seedName);
  return create<nn::DropoutOp>(
      value, iteration, seed, builder.getF64FloatAttr(rate),
      builder.getI64IntegerAttr(nextRandomKey()),
      sharedAxes.empty() ? mlir::DenseI64ArrayAttr()
                         : builder.getDenseI64ArrayAttr(sharedAxes));
}

Value LayerBuilder::error(const Setting &argument, const llvm::Twine &message) {
  (void)source.error(argument.place, message);
  return {};
}
