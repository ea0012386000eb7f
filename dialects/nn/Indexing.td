//===- Indexing.td - Operations along one axis ----------------------------===//
#ifndef LATHE_NN_INDEXING
#define LATHE_NN_INDEXING

include "dialects/nn/NNBase.td"

// Operations on [outer, axis, inner], which any tensor can be seen as; of
// inference: they have no gradient rule.
class NN_AxisOp<string mnemonic, list<Trait> traits = []> : NN_PureOp<mnemonic, !listconcat([
    DeclareOpInterfaceMethods<ShapeInferenceOpInterface>], traits)> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_AxisReduceOp : NN_AxisOp<"axis_reduce", [SameOperandsAndResultElementType]> {
  let summary = "one element from all along the middle dimension";
  let description = [{
    y[o,i] = x[o,0,i] ∘ x[o,1,i] ∘ ..., where `function` is `sum`, `product`,
    `maximum` or `minimum`.

    ```mlir
    %y = nn.axis_reduce %x {function = "product"} : (tensor<?x7x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Element:$input,
    NN_OneOf<["maximum", "minimum", "product", "sum"]>:$function);
  let results = (outs NN_Element:$output);
}

def NN_AxisArgOp : NN_AxisOp<"axis_arg"> {
  let summary = "where the extreme of the middle dimension is";
  let description = [{
    y[o,i] = argmax_k x[o,k,i], or argmin where `function` is `minimum`; of
    equals the first, or with `last` the last.

    ```mlir
    %y = nn.axis_arg %x {function = "maximum", last = false} : (tensor<?x7x64xf32>) -> tensor<?x64xi64>
    ```
  }];
  let arguments = (ins NN_Element:$input, NN_OneOf<["maximum", "minimum"]>:$function, BoolAttr:$last);
  let results = (outs TensorOf<[I64]>:$output);
}

def NN_GatherOp : NN_AxisOp<"gather"> {
  let summary = "elements of the middle dimension by their numbers";
  let description = [{
    y[o,k,i] = x[o,n(k),i]; negative numbers n count from the end, and those
    outside of x stand for the nearest inside.

    ```mlir
    %y = nn.gather %x, %n : (tensor<?x7x64xf32>, tensor<3xi64>) -> tensor<?x3x64xf32>
    ```
  }];
  let arguments = (ins NN_Element:$input, TensorOf<[I32, I64]>:$numbers);
  let results = (outs NN_Element:$output);
}

#endif // LATHE_NN_INDEXING
