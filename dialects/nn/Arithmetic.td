//===- Arithmetic.td - Sums, products, reductions, broadcasts -----------===//
#ifndef LATHE_NN_ARITHMETIC
#define LATHE_NN_ARITHMETIC

include "dialects/nn/NNBase.td"

// Two tensors that broadcast to one shape, the first of which has it.
class NN_BinaryOp<string mnemonic>
    : NN_ElementwiseLayerOp<mnemonic, [SameOperandsAndResultElementType]> {
  let arguments = (ins NN_Element:$lhs, NN_Element:$rhs);
  let results = (outs NN_Element:$output);
}

def NN_AddOp : NN_BinaryOp<"add"> {
  let summary = "sum of two tensors";
  let description = [{
    y = a + b, broadcast as in NumPy.

    ```mlir
    %y = nn.add %a, %b : (tensor<?x7x7x64xf32>, tensor<?x1x1x64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
}

def NN_SubtractOp : NN_BinaryOp<"subtract"> {
  let summary = "difference of two tensors";
  let description = [{
    y = a - b, broadcast as in NumPy.

    ```mlir
    %y = nn.subtract %a, %b : (tensor<?x7x7x64xf32>, tensor<?x1x1x64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
}

def NN_MultiplyOp : NN_BinaryOp<"multiply"> {
  let summary = "product of two tensors, element by element";
  let description = [{
    y = a · b, broadcast as in NumPy.

    ```mlir
    %y = nn.multiply %a, %b : (tensor<?x7x7x64xf32>, tensor<?x1x1x64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
}

def NN_MaximumOp : NN_BinaryOp<"maximum"> {
  let summary = "larger of two elements";
  let description = [{
    y = max(a, b), broadcast as in NumPy.

    ```mlir
    %y = nn.maximum %a, %b : (tensor<?x7x7x64xf32>, tensor<?x1x1x64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
}

def NN_MinimumOp : NN_BinaryOp<"minimum"> {
  let summary = "smaller of two elements";
  let description = [{
    y = min(a, b), broadcast as in NumPy.

    ```mlir
    %y = nn.minimum %a, %b : (tensor<?x7x7x64xf32>, tensor<?x1x1x64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
}

def NN_MaskOp : NN_ElementwiseOp<"mask"> {
  let summary = "keeps elements where a comparison holds";
  let description = [{
    y = a ∘ b ? x : 0, where ∘ is `predicate`: `ge`, `gt`, `le` or `lt`. Gradients
    of maximum and minimum; of equal elements the first one counts.

    ```mlir
    %y = nn.mask %x, %a, %b {predicate = "ge"} : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Float:$lhs, NN_Float:$rhs, NN_OneOf<["ge", "gt", "le", "lt"]>:$predicate);
  let results = (outs NN_Float:$output);
}

def NN_BroadcastOp : NN_PureOp<"broadcast", [NN_Elementwise, SameOperandsAndResultElementType,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "repeats a tensor along new dimensions and those of extent 1";
  let description = [{
    As NumPy's broadcast_to; a dynamic extent of the result is the batch.

    ```mlir
    %y = nn.broadcast %x : (tensor<?x1x1x64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
  let arguments = (ins NN_Element:$input);
  let results = (outs NN_Element:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def NN_ReduceOp : NN_LayerOp<"reduce"> {
  let summary = "sum or mean along axes";
  let description = [{
    `function` is `sum` or `mean`; reduced dimensions become 1, or vanish without
    `keepdims`. The batch (axis 0) may only be summed.

    - c1: the axes are different dimensions of x
    - c2: the mean is not over the batch
    - c3: y has the shape of x without these dimensions, or with an extent of 1

    ```mlir
    %y = nn.reduce %x {function = "mean", axes = array<i64: 1, 2>, keepdims = false}
      : (tensor<?x7x7x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_OneOf<["mean", "sum"]>:$function, DenseI64ArrayAttr:$axes, BoolAttr:$keepdims);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

#endif // LATHE_NN_ARITHMETIC
