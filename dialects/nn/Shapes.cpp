//===- Shapes.cpp - What shape rules have in common -----------------------===//
#include "dialects/nn/Shapes.h"
#include "dialects/nn/NNDialect.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace lathe::nn;

Location lathe::nn::layerLoc(Location layer,
                             ArrayRef<std::pair<StringRef, Location>> arguments,
                             StringRef name) {
  SmallVector<Location> places{layer};
  for (auto &[argument, loc] : arguments)
    places.push_back(
        NameLoc::get(StringAttr::get(layer.getContext(), argument), loc));
  return FusedLoc::get(places,
                       name.empty() ? Attribute()
                                    : StringAttr::get(layer.getContext(), name),
                       layer.getContext());
}

SmallVector<StringRef> lathe::nn::layerNames(Location loc) {
  SmallVector<StringRef> names;
  loc->walk([&](Location part) {
    if (auto fused = dyn_cast<FusedLocWith<StringAttr>>(part))
      if (!llvm::is_contained(names, fused.getMetadata().getValue()))
        names.push_back(fused.getMetadata().getValue());
    return WalkResult::advance();
  });
  return names;
}

Location lathe::nn::argumentLoc(Operation *layer, StringRef argument) {
  Location loc = layer->getLoc();
  auto fused = dyn_cast<FusedLoc>(loc);
  if (!fused)
    return loc;
  for (Location place : fused.getLocations())
    if (auto named = dyn_cast<NameLoc>(place))
      if (named.getName() == argument)
        return named.getChildLoc();
  return fused.getLocations().front();
}

RankedTensorType lathe::nn::rankedType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

std::string lathe::nn::describeShape(RankedTensorType type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  ArrayRef<int64_t> shape = type.getShape();
  if (!shape.empty() && ShapedType::isDynamic(shape.front()))
    shape = shape.drop_front();
  llvm::interleave(
      shape, os,
      [&](int64_t extent) {
        ShapedType::isDynamic(extent) ? os << '?' : os << extent;
      },
      "x");
  return text;
}

LogicalResult lathe::nn::refineParameter(Operation *layer, Value value,
                                         ArrayRef<int64_t> shape) {
  auto known = dyn_cast<RankedTensorType>(value.getType());
  if (!known) // a parameter of which not even the rank was known
    known = RankedTensorType::get(
        SmallVector<int64_t>(shape.size(), ShapedType::kDynamic),
        cast<TensorType>(value.getType()).getElementType());
  bool fits = known.getRank() == static_cast<int64_t>(shape.size()) &&
              llvm::all_of(llvm::zip(known.getShape(), shape), [](auto pair) {
                auto [is, wanted] = pair;
                return ShapedType::isDynamic(is) || is == wanted;
              });
  auto refined = RankedTensorType::get(shape, known.getElementType());
  if (!fits)
    return mlir::emitError(argumentLoc(layer, ""))
           << "the layer needs a parameter of shape " << describeShape(refined)
           << ", but it has " << describeShape(known);
  if (value.getType() == refined)
    return success();
  if (auto expand = value.getDefiningOp<ExpandDimsOp>()) {
    SmallVector<int64_t> inner(shape);
    inner.erase(inner.begin() + expand.getAxis());
    value.setType(refined);
    return refineParameter(layer, expand.getInput(), inner);
  }
  auto read = value.getDefiningOp<ReadOp>();
  if (!read)
    return mlir::emitError(argumentLoc(layer, ""))
           << "the layer needs a parameter of shape " << describeShape(refined)
           << ", but it has the type " << value.getType();
  auto variable = SymbolTable::lookupNearestSymbolFrom<VariableOp>(
      read, read.getVariableAttr());
  variable.setType(refined);
  value.setType(refined);
  return success();
}

LogicalResult lathe::nn::checkRank(Operation *layer, Value input,
                                   int64_t least) {
  RankedTensorType type = rankedType(input);
  if (type.getRank() >= least)
    return success();
  return mlir::emitError(argumentLoc(layer, ""))
         << "the layer needs an input of " << least
         << " dimensions or more, the batch among them, but its input has "
         << type.getRank();
}

/// Whether the value is a variable's, perhaps with more dimensions: its layer
/// completes its type.
static bool isParameter(Value value) {
  while (auto expand = value.getDefiningOp<ExpandDimsOp>())
    value = expand.getInput();
  return value.getDefiningOp<ReadOp>() != nullptr;
}

LogicalResult lathe::nn::inferTypes(Operation *layer) {
  for (OpOperand &operand : layer->getOpOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.get().getType());
    // PReLU gives its parameter even the rank.
    bool isKnown = isParameter(operand.get())
                       ? type || isa<PReluOp>(layer)
                       : type && isStaticButForBatch(type);
    if (!isKnown)
      return layer->emitOpError("shape_c0: the shape of operand ")
             << operand.getOperandNumber()
             << " is not known: " << operand.get().getType();
  }
  // Types that have just been inferred may violate constraints.
  if (failed(layer->getName().verifyInvariants(layer)))
    return failure();
  return cast<ShapeInferenceOpInterface>(layer).inferShapes();
}

LogicalResult
lathe::nn::inferTypes(Block &network, DenseSet<Value> unknown,
                      llvm::function_ref<LogicalResult(Operation *)> check) {
  LogicalResult result = success();
  for (Operation &op : network) {
    if (!isa<ShapeInferenceOpInterface>(op))
      continue;
    bool isKnown = llvm::none_of(op.getOperands(), [&](Value operand) {
      return unknown.contains(operand);
    });
    if (isKnown && succeeded(inferTypes(&op)) &&
        (!check || succeeded(check(&op))))
      continue;
    if (isKnown)
      result = failure();
    unknown.insert_range(op.getResults());
  }
  return result;
}

LogicalResult lathe::nn::keepOperandType(Operation *op) {
  op->getResult(0).setType(op->getOperand(0).getType());
  return success();
}

FailureOr<Window>
lathe::nn::inferWindow(Operation *layer, ArrayRef<int64_t> image,
                       ArrayRef<int64_t> window, ArrayRef<int64_t> strides,
                       StringRef mode, ArrayRef<int64_t> padding,
                       StringRef argument) {
  if (mode.empty() && padding.size() != 4)
    return layer->emitOpError("needs padding or auto_padding");
  Window result;
  for (unsigned axis = 0; axis < 2; ++axis) {
    int64_t extent = image[axis], size = window[axis], stride = strides[axis];
    int64_t before = 0, after = 0;
    if (mode == "same") {
      int64_t outputs = (extent + stride - 1) / stride;
      int64_t total =
          std::max<int64_t>((outputs - 1) * stride + size - extent, 0);
      before = total / 2;
      after = total - before;
    } else if (mode.empty()) {
      before = padding[2 * axis];
      after = padding[2 * axis + 1];
    }
    int64_t padded = extent + before + after;
    if (size > padded) {
      InFlightDiagnostic diagnostic = emitError(argumentLoc(layer, argument));
      diagnostic << argument << " " << window[0] << "x" << window[1]
                 << " is larger than the layer's input, which is " << image[0]
                 << "x" << image[1] << "; use a smaller one, or padding: same";
      return failure();
    }
    result.output.push_back((padded - size) / stride + 1);
    result.padding.append({before, after});
  }
  return result;
}
