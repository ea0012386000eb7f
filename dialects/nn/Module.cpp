//===- Module.cpp - Variables and requests --------------------------------===//
#include "dialects/nn/Elements.h"
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Verify.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace lathe::nn;

/// The variable that `user` names, with a type that `type` agrees with.
static LogicalResult verifyVariable(Operation *user, FlatSymbolRefAttr symbol,
                                    Type type, SymbolTableCollection &tables) {
  auto variable = tables.lookupNearestSymbolFrom<VariableOp>(user, symbol);
  if (!variable)
    return user->emitOpError("names no variable: ") << symbol;
  if (variable.getType() != type)
    return user->emitOpError("has type ") << type << ", the variable " << symbol
                                          << " has " << variable.getType();
  return success();
}

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyVariable(*this, getVariableAttr(), getType(), tables);
}

LogicalResult AssignOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyVariable(*this, getVariableAttr(), getValue().getType(), tables);
}

LogicalResult ApplyGradientOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyVariable(*this, getVariableAttr(), getGradient().getType(),
                        tables);
}

LogicalResult VariableOp::verify() {
  std::optional<ElementsAttr> data = getData();
  if ((getInitializer() == "data") != data.has_value() ||
      (data && (data->getShapedType() != getType() || !areHeld(*data))))
    return violates(*this, 1) << "the initializer '" << getInitializer()
                              << "' and the variable's data do not agree";
  return success();
}

LogicalResult GradientOp::verify() {
  if (getOf().getTypes() != getGradients().getTypes())
    return violates(*this, 1) << "needs a gradient of the type of each value";
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

StringRef lathe::nn::modelName(ModuleOp module) {
  for (Operation &op : module.getOps())
    if (isa<RecipeOp, ModelOp>(op))
      return SymbolTable::getSymbolName(&op).getValue();
  return "model";
}

Value lathe::nn::readVariable(OpBuilder &builder, Location loc,
                              VariableOp variable) {
  return ReadOp::create(builder, loc, variable.getType(),
                        FlatSymbolRefAttr::get(variable.getSymNameAttr()));
}

int64_t lathe::nn::batchSize(ModuleOp module) {
  for (auto recipe : module.getOps<RecipeOp>())
    return recipe.getBatchSize();
  for (auto model : module.getOps<ModelOp>())
    return model.getBatch();
  return 1;
}

Fans lathe::nn::computeFans(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return {1, 1};
  if (shape.size() == 1)
    return {shape[0], shape[0]};
  int64_t area = 1;
  for (int64_t extent : shape.drop_back(2))
    area *= extent;
  return {area * shape[shape.size() - 2], area * shape.back()};
}
