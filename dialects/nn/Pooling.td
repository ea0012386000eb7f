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
  let arguments = (ins NN_Float:$input, NN_Pair:$pool_size,
    NN_Pair:$strides,
    OptionalAttr<NN_Padding>:$padding,
    OptionalAttr<NN_OneOf<["same", "valid"]>>:$auto_padding);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasCanonicalizeMethod = 1;
}

def NN_MaxPool2DArgmaxOp : NN_TypedOp<"max_pool2d_argmax", [
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "max_pool2d that tells which element of the window won";
  let description = [{
    The second result is p · pool_width + q of the winner; of equals, the first.
    It is ui8, or i32 for windows of more than 256 elements.

    - c1: y has an element for each window of the padded image
    - c2: the numbers have the shape of y, and ui8 elements, or i32 for larger windows

    ```mlir
    %y, %a = nn.max_pool2d_argmax %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x26x26x32xf32>) -> (tensor<?x13x13x32xf32>, tensor<?x13x13x32xui8>)
    ```
  }];
  let arguments = (ins NN_Image:$input, NN_Pair:$pool_size,
    NN_Pair:$strides, NN_Padding:$padding);
  let results = (outs NN_Image:$output, NN_Argmax:$argmax);
  let hasCanonicalizeMethod = 1;
}

def NN_MaxPool2DBackwardOp : NN_TypedOp<"max_pool2d_backward"> {
  let summary = "gradient of max_pool2d";
  let description = [{
    Each window's gradient goes to its winner; where windows overlap, they add up.

    - c1: dy has an element for each window of the padded dx
    - c2: the numbers have the shape of dy, and ui8 elements, or i32 for larger windows

    ```mlir
    %dx = nn.max_pool2d_backward %dy, %a {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x13x13x32xf32>, tensor<?x13x13x32xui8>) -> tensor<?x26x26x32xf32>
    ```
  }];
  let arguments = (ins NN_Image:$gradient, NN_Argmax:$argmax,
    NN_Pair:$pool_size, NN_Pair:$strides, NN_Padding:$padding);
  let results = (outs NN_Image:$input_gradient);
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
  let arguments = (ins NN_Float:$input, NN_Pair:$pool_size,
    NN_Pair:$strides,
    OptionalAttr<NN_Padding>:$padding,
    OptionalAttr<NN_OneOf<["same", "valid"]>>:$auto_padding,
    OptionalAttr<BoolAttr>:$count_include_pad);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_AvgPool2DBackwardOp : NN_TypedOp<"avg_pool2d_backward"> {
  let summary = "gradient of avg_pool2d";
  let description = [{
    Each window's gradient is divided among its elements.

    - c1: dy has an element for each window of the padded dx

    ```mlir
    %dx = nn.avg_pool2d_backward %dy {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x13x13x32xf32>) -> tensor<?x26x26x32xf32>
    ```
  }];
  let arguments = (ins NN_Image:$gradient,
    NN_Pair:$pool_size, NN_Pair:$strides, NN_Padding:$padding,
    OptionalAttr<BoolAttr>:$count_include_pad);
  let results = (outs NN_Image:$input_gradient);
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
