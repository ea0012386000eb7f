//===- VariableLayout.cpp - The orders of a variable ----------------------===//
#include "dialects/nn/VariableLayout.h"
#include "dialects/nn/Elements.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::nn;

static TensorLayout unmoved(VariableOp variable) {
  return TensorLayout(
      cast<RankedTensorType>(variable.getType()).getShape().vec());
}

TensorLayout lathe::nn::layoutOf(VariableOp variable) {
  auto text = variable->getAttrOfType<StringAttr>(layoutAttr);
  return text ? *TensorLayout::parse(text.str()) : unmoved(variable);
}

TensorLayout lathe::nn::graphLayoutOf(VariableOp variable) {
  auto text = variable->getAttrOfType<StringAttr>(graphLayoutAttr);
  return text ? *TensorLayout::parse(text.str()) : layoutOf(variable);
}

void lathe::nn::setLayouts(VariableOp variable, const TensorLayout &own,
                           const TensorLayout &graph) {
  auto set = [&](StringRef name, const TensorLayout &layout,
                 const TensorLayout &otherwise) {
    variable->removeAttr(name);
    if (layout != otherwise)
      variable->setAttr(name,
                        StringAttr::get(variable.getContext(), layout.text()));
  };
  set(layoutAttr, own, unmoved(variable));
  set(graphLayoutAttr, graph, own);
}

void lathe::nn::moveElements(VariableOp variable, RankedTensorType type,
                             function_ref<void(TensorLayout &)> move) {
  TensorLayout own = layoutOf(variable), graph = graphLayoutOf(variable);
  move(own);
  move(graph);
  if (ElementsAttr data = variable.getDataAttr())
    variable.setDataAttr(moved(data, move));
  variable.setType(type);
  setLayouts(variable, own, graph);
}

void lathe::nn::copyLayouts(Operation *from, Operation *to) {
  for (StringRef name : {layoutAttr, graphLayoutAttr})
    if (Attribute layout = from->getAttr(name))
      to->setAttr(name, layout);
}

bool lathe::nn::hasValidLayouts(Operation *variable, Type type) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
  return llvm::all_of(
      ArrayRef{layoutAttr, graphLayoutAttr}, [&](StringRef name) {
        Attribute attribute = variable->getAttr(name);
        auto text = dyn_cast_if_present<StringAttr>(attribute);
        auto layout = TensorLayout::parse(text ? text.str() : "");
        return !attribute || (layout && shape == ArrayRef(layout->to()));
      });
}
