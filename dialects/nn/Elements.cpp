//===- Elements.cpp - What large variables begin with ---------------------===//
#include "dialects/nn/Elements.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::nn;

#define GET_ATTRDEF_CLASSES
#include "dialects/nn/NNAttributes.cpp.inc"

void NNDialect::registerAttributes() { addAttributes<MovedElementsAttr>(); }

LogicalResult
MovedElementsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                          RankedTensorType type, DenseResourceElementsAttr data,
                          StringAttr text) {
  auto layout = TensorLayout::parse(text.str());
  if (!layout || ArrayRef(layout->from()) != data.getType().getShape() ||
      ArrayRef(layout->to()) != type.getShape() ||
      data.getType().getElementType() != type.getElementType())
    return emitError() << "the layout " << text << " does not make " << type
                       << " of " << data.getType();
  return success();
}

/// Smaller ones are part of the module's text.
static constexpr int64_t largeBytes = 1 << 20;
/// How much of them is in memory a second time while they are moved.
static constexpr size_t partBytes = 8 << 20;

static RankedTensorType typeOf(ElementsAttr elements) {
  return cast<RankedTensorType>(elements.getShapedType());
}
static size_t widthOf(ElementsAttr elements) {
  return elements.getElementType().getIntOrFloatBitWidth() / 8;
}

namespace {
/// Where the elements are, and how to read them.
struct Place {
  ArrayRef<char> bytes;
  TensorLayout layout;
};
} // namespace

static TensorLayout unmoved(ElementsAttr elements) {
  return TensorLayout(typeOf(elements).getShape().vec());
}

static Place placeOf(ElementsAttr elements) {
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    return {dense.getRawData(), unmoved(elements)};
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    return {resource.getData(), unmoved(elements)};
  auto moved = cast<MovedElementsAttr>(elements);
  return {moved.getData().getData(),
          *TensorLayout::parse(moved.getLayout().str())};
}

bool lathe::nn::areHeld(ElementsAttr elements) {
  if (isa<DenseElementsAttr>(elements))
    return true;
  size_t bytes = elements.getNumElements() * widthOf(elements);
  return isa<DenseResourceElementsAttr, MovedElementsAttr>(elements) &&
         placeOf(elements).bytes.size() == bytes;
}

ElementsAttr lathe::nn::holdElements(RankedTensorType type,
                                     ArrayRef<char> bytes,
                                     std::shared_ptr<const void> owner) {
  size_t width = type.getElementTypeBitWidth() / 8, size = bytes.size();
  bool isLarge = int64_t(size) >= largeBytes;
  if (!isLarge ||
      !std::memcmp(bytes.data(), bytes.data() + width, size - width))
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  AsmResourceBlob blob(
      bytes, width, [owner = std::move(owner)](void *, size_t, size_t) {},
      /*dataIsMutable=*/false);
  return DenseResourceElementsAttr::get(type, "elements", std::move(blob));
}

ElementsAttr lathe::nn::moved(ElementsAttr elements,
                              function_ref<void(TensorLayout &)> move) {
  auto [bytes, layout] = placeOf(elements);
  move(layout);
  RankedTensorType type = typeOf(elements).clone(layout.to());
  if (auto dense = dyn_cast<DenseElementsAttr>(elements)) {
    if (dense.isSplat())
      return dense.resizeSplat(type);
    if (!layout.moves())
      return dense.reshape(type);
    std::vector<char> target(bytes.size());
    layout.convert(bytes.data(), target.data(), widthOf(elements));
    return DenseElementsAttr::getFromRawBuffer(type, target);
  }
  auto resource = dyn_cast<DenseResourceElementsAttr>(elements);
  if (!resource)
    resource = cast<MovedElementsAttr>(elements).getData();
  if (!layout.moves())
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  return MovedElementsAttr::get(
      type, resource, StringAttr::get(type.getContext(), layout.text()));
}

ElementsAttr lathe::nn::reshaped(ElementsAttr elements,
                                 ArrayRef<int64_t> shape) {
  return moved(elements,
               [&](TensorLayout &layout) { layout.reshape(shape.vec()); });
}

void lathe::nn::visitElements(ElementsAttr elements,
                              function_ref<void(ArrayRef<char>)> part) {
  auto [bytes, layout] = placeOf(elements);
  auto dense = dyn_cast<DenseElementsAttr>(elements);
  if (dense && dense.isSplat())
    for (int64_t i = 0; i < elements.getNumElements(); ++i)
      part(bytes);
  else
    layout.convert_parts(bytes.data(), widthOf(elements), partBytes,
                         [&](const char *begin, size_t size) {
                           part({begin, size});
                         });
}

DenseElementsAttr lathe::nn::denseCopy(ElementsAttr elements) {
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    return dense;
  std::vector<char> all;
  all.reserve(elements.getNumElements() * widthOf(elements));
  visitElements(elements, [&](ArrayRef<char> part) {
    all.insert(all.end(), part.begin(), part.end());
  });
  return DenseElementsAttr::getFromRawBuffer(typeOf(elements), all);
}
