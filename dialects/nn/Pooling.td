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
    It is ui8, or i32 for windows of more than 256 elements.

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

def NN_AvgPool2DOp : NN_LayerOp<"avg_pool2d"> {
  let summary = "mean of each window";
  let description = [{
    What lies outside the image does not count, neither for the sum nor, unless
    `count_include_pad`, for the divisor. `padding` and `auto_padding` as in
    conv2d.

    ```mlir
    %y = nn.avg_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x26x26x32xf32>) -> tensor<?x13x13x32xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, DenseI64ArrayAttr:$pool_size,
    DenseI64ArrayAttr:$strides,
    OptionalAttr<DenseI64ArrayAttr>:$padding,
    OptionalAttr<StrAttr>:$auto_padding,
    OptionalAttr<BoolAttr>:$count_include_pad);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_AvgPool2DBackwardOp : NN_PureOp<"avg_pool2d_backward"> {
  let summary = "gradient of avg_pool2d";
  let description = [{
    Each window's gradient is divided among its elements.

    ```mlir
    %dx = nn.avg_pool2d_backward %dy {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x13x13x32xf32>) -> tensor<?x26x26x32xf32>
    ```
  }];
  let arguments = (ins NN_Float:$gradient,
    DenseI64ArrayAttr:$pool_size, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding,
    OptionalAttr<BoolAttr>:$count_include_pad);
  let results = (outs NN_Float:$input_gradient);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_GlobalMaxPoolOp : NN_LayerOp<"global_max_pool", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "largest element of each channel";
  let description = [{
    A max_pool2d with the image for its window, as soon as shapes are known.

    ```mlir
    %y = nn.global_max_pool %x {keepdims = false} : (tensor<?x7x7x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, BoolAttr:$keepdims);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif // LATHE_NN_POOLING
