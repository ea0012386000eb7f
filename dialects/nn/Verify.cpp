//===- Verify.cpp - What verifiers have in common -------------------------===//
#include "dialects/nn/Verify.h"
#include "dialects/nn/NNDialect.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace lathe;

ArrayRef<int64_t> nn::shapeOf(Value value) {
  return rankedType(value).getShape();
}

InFlightDiagnostic nn::violates(Operation *op, unsigned constraint) {
  return op->emitOpError(op->getName().stripDialect())
         << "_c" << constraint << ": ";
}

/// "operand 1" or "result 0" of the operation.
static std::string describeValue(Operation *op, Value value) {
  if (value.getDefiningOp() == op)
    return "result " + std::to_string(cast<OpResult>(value).getResultNumber());
  auto number = llvm::find(op->getOperands(), value) - op->operand_begin();
  return "operand " + std::to_string(number);
}

LogicalResult nn::needsShape(Operation *op, unsigned constraint, Value value,
                             ArrayRef<int64_t> shape) {
  RankedTensorType type = rankedType(value);
  if (type.getShape() == shape)
    return success();
  return violates(op, constraint) << describeValue(op, value) << " is " << type
                                  << ", but needs to be " << type.clone(shape);
}

LogicalResult nn::needShape(Operation *op, unsigned constraint,
                            ValueRange values, ArrayRef<int64_t> shape) {
  for (Value value : values)
    if (failed(needsShape(op, constraint, value, shape)))
      return failure();
  return success();
}

FailureOr<SmallVector<int64_t>> nn::normalizeAxes(ArrayRef<int64_t> axes,
                                                  int64_t rank, int64_t least) {
  SmallVector<int64_t> result;
  for (int64_t axis : axes) {
    int64_t dimension = axis < 0 ? axis + rank : axis;
    if (dimension < least || dimension >= rank ||
        llvm::is_contained(result, dimension))
      return failure();
    result.push_back(dimension);
  }
  return result;
}

bool nn::isStaticButForBatch(ShapedType type) {
  return type.hasRank() &&
         llvm::none_of(type.getShape().drop_front(type.getRank() > 0),
                       ShapedType::isDynamic);
}

/// Whether the operand's extents are the result's, or 1; aligned at the last.
static bool broadcastsTo(ArrayRef<int64_t> operand, ArrayRef<int64_t> result) {
  return operand.size() <= result.size() &&
         llvm::all_of(
             llvm::zip_equal(operand, result.take_back(operand.size())),
             [](auto pair) {
               auto [own, wanted] = pair;
               return own == wanted || own == 1;
             });
}

LogicalResult nn::verifyElementwise(Operation *op) {
  auto isTyped = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && isStaticButForBatch(tensor);
  };
  if (op->getNumResults() == 0 || !isTyped(op->getResult(0).getType()))
    return success(); // shapes are not inferred yet
  ArrayRef<int64_t> result = shapeOf(op->getResult(0));
  for (OpOperand &operand : op->getOpOperands())
    if (!isTyped(operand.get().getType()) ||
        !broadcastsTo(shapeOf(operand.get()), result))
      return op->emitOpError("elementwise_c1: operand ")
             << operand.getOperandNumber() << " of type "
             << operand.get().getType() << " does not broadcast to the result";
  return success();
}

LogicalResult nn::verifyInPlace(Operation *op) {
  auto update = cast<InPlaceOpInterface>(op);
  for (OpResult result : op->getResults()) {
    unsigned operand = update.getInPlaceOperand(result.getResultNumber());
    if (operand >= op->getNumOperands() ||
        op->getOperand(operand).getType() != result.getType())
      return op->emitOpError("in_place_c1: result ")
             << result.getResultNumber() << " of type " << result.getType()
             << " is written over operand " << operand
             << ", which has another type";
  }
  return success();
}
