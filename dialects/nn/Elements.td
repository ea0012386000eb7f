//===- Elements.td - What variables begin with, in another order ----------===//
#ifndef LATHE_NN_ELEMENTS
#define LATHE_NN_ELEMENTS

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "dialects/nn/NNBase.td"

def NN_MovedElementsAttr : AttrDef<NN_Dialect, "MovedElements", [ElementsAttrInterface]> {
  let mnemonic = "moved";
  let summary = "elements of a large tensor, in another order";
  let description = [{
    The elements stay where they are in memory. Only what reads them moves them, as
    `layout` says in the form of runtime/tensor_layout.h: from the shape of `data` to
    that of the attribute.

    ```mlir
    #nn.moved<dense_resource<w> : tensor<2x3xf32>, "[2,3] (1,0)"> : tensor<3x2xf32>
    ```
  }];
  let parameters = (ins
    AttributeSelfTypeParameter<"", "::mlir::RankedTensorType">:$type,
    "::mlir::DenseResourceElementsAttr":$data,
    "::mlir::StringAttr":$layout);
  let builders = [AttrBuilderWithInferredContext<(ins
    "::mlir::RankedTensorType":$type, "::mlir::DenseResourceElementsAttr":$data,
    "::mlir::StringAttr":$layout), [{
    return $_get(type.getContext(), type, data, layout);
  }]>];
  let assemblyFormat = "`<` $data `,` $layout `>`";
  let genVerifyDecl = 1;
}

#endif // LATHE_NN_ELEMENTS
