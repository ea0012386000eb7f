//===- LayerBuilder.cpp - From a layer to its operations ------------------===//
#include "compiler/frontend/LayerBuilder.h"
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"

using namespace lathe;
using namespace lathe::frontend;
using mlir::Value;

Value LayerBuilder::build(const Layer &next, llvm::ArrayRef<Value> values) {
  layer = &next;
  inputs = values;
  llvm::SmallVector<std::pair<llvm::StringRef, mlir::Location>> places;
  for (const Setting &member : layer->setting->members)
    if (member.written)
      places.emplace_back(member.argument->name, source.locate(member.place));
  loc = nn::layerLoc(source.locate(layer->setting->place), places);
  return layer->setting->row->build(*this);
}

Value LayerBuilder::parameter(llvm::StringRef name,
                              llvm::ArrayRef<int64_t> shape,
                              llvm::StringRef initializer) {
  auto type = mlir::RankedTensorType::get(shape, builder.getF32Type());
  nn::VariableOp variable;
  {
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(function);
    variable = nn::VariableOp::create(builder, loc, nn::VariableKind::Parameter,
                                      layer->name + "/" + name.str(), type,
                                      initializer);
  }
  return nn::readVariable(builder, loc, variable);
}

Value LayerBuilder::state(llvm::StringRef name) {
  auto variable = mlir::SymbolTable::lookupNearestSymbolFrom<nn::VariableOp>(
      function, builder.getStringAttr(name));
  return nn::readVariable(builder, loc, variable);
}

Value LayerBuilder::finish(Value value, int64_t channels) {
  if (argument("use_bias").flag)
    value = create<nn::BiasAddOp>(
        value, parameter("bias", channels, argument("bias_initializer").text));
  return activate(value, argument("activation").text);
}

Value LayerBuilder::activate(Value value, llvm::StringRef activation) {
  if (activation == "relu")
    return create<nn::ReluOp>(value);
  if (activation == "softmax")
    return create<nn::SoftmaxOp>(value);
  assert(activation == "linear" && "an activation without its operation");
  return value;
}

Value LayerBuilder::error(const Setting &argument, const llvm::Twine &message) {
  (void)source.error(argument.place, message);
  return {};
}
