//===- Pooling.td - Pooling and its gradients -----------------------------===//
#ifndef LATHE_NN_POOLING
#define LATHE_NN_POOLING

include "dialects/nn/NNBase.td"

def NN_MaxPool2DOp : NN_PureOp<"max_pool2d", [
    DeclareOpInterfaceMethods<ShapeInferenceOpInterface>,
    DeclareOpInterfaceMethods<ModeOpInterface, ["toTraining"]>]> {
  let summary = "largest element of each window";
  let description = [{
    y[n,i,j,c] = max_{p,q} x[n, i·s_h + p - top, j·s_w + q - left, c]; what lies
    outside the image never wins. `padding` and `auto_padding` as in conv2d.

    ```mlir
    %y = nn.max_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x26x26x32xf32>) -> tensor<?x13x13x32xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, DenseI64ArrayAttr:$pool_size,
    DenseI64ArrayAttr:$strides,
    OptionalAttr<DenseI64ArrayAttr>:$padding,
    OptionalAttr<StrAttr>:$auto_padding);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasCanonicalizeMethod = 1;
}

def NN_MaxPool2DArgmaxOp : NN_PureOp<"max_pool2d_argmax", [
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "max_pool2d that tells which element of the window won";
  let description = [{
    The second result is p · pool_width + q of the winner; of equals, the first.

    ```mlir
    %y, %a = nn.max_pool2d_argmax %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x26x26x32xf32>) -> (tensor<?x13x13x32xf32>, tensor<?x13x13x32xui8>)
    ```
  }];
  let arguments = (ins NN_Float:$input, DenseI64ArrayAttr:$pool_size,
    DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding);
  let results = (outs NN_Float:$output, NN_Argmax:$argmax);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasCanonicalizeMethod = 1;
}

def NN_MaxPool2DBackwardOp : NN_PureOp<"max_pool2d_backward"> {
  let summary = "gradient of max_pool2d";
  let description = [{
    Each window's gradient goes to its winner; where windows overlap, they add up.

    ```mlir
    %dx = nn.max_pool2d_backward %dy, %a {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x13x13x32xf32>, tensor<?x13x13x32xui8>) -> tensor<?x26x26x32xf32>
    ```
  }];
  let arguments = (ins NN_Float:$gradient, NN_Argmax:$argmax,
    DenseI64ArrayAttr:$pool_size, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding);
  let results = (outs NN_Float:$input_gradient);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif // LATHE_NN_POOLING
