//===- Conv.td - Convolutions and their gradients -------------------------===//
#ifndef LATHE_NN_CONV
#define LATHE_NN_CONV

include "dialects/nn/NNBase.td"

def NN_Conv2DOp : NN_LayerOp<"conv2d"> {
  let summary = "2D convolution (cross-correlation) of images";
  let description = [{
    y[n,i,j,o] = Σ_{p,q,c} x[n, i·s_h + p·d_h - top, j·s_w + q·d_w - left, c] · w[p,q,c,o],
    x being zero outside and d the `dilations`, [1, 1] by default. With `groups`
    g, the channels of x and y fall into g equal runs; output channel o of run k
    sums over the input channels of run k alone, and the filter holds as many
    input channels as a run. `padding` is [top, bottom, left, right]; while
    `auto_padding` is set ("valid" or "same", as in Keras), it is not known yet.

    ```mlir
    %y = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x28x28x1xf32>, tensor<3x3x1x32xf32>) -> tensor<?x26x26x32xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Parameter<4>:$filter,
    NN_Pair:$strides,
    OptionalAttr<NN_Padding>:$padding,
    OptionalAttr<NN_OneOf<["same", "valid"]>>:$auto_padding,
    OptionalAttr<NN_Pair>:$dilations,
    OptionalAttr<NN_Positive>:$groups);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "$input `,` $filter attr-dict `:` functional-type(operands, results)";
}

def NN_Conv2DBackwardDataOp : NN_TypedOp<"conv2d_backward_data", [
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "gradient of conv2d with respect to its input";
  let description = [{
    dx[n,a,b,c] = Σ_{i,j,p,q,o} dy[n,i,j,o] · w[p,q,c,o] over i·s_h + p·d_h -
    top = a and j·s_w + q·d_w - left = b, within a group.

    - c1: the groups divide the channels of dx and dy
    - c2: w takes the channels of a group of dx to those of dy
    - c3: dx has the batch of dy
    - c4: all windows of dy lie in the padded image

    ```mlir
    %dx = nn.conv2d_backward_data %dy, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x11x11x64xf32>, tensor<3x3x32x64xf32>) -> tensor<?x13x13x32xf32>
    ```
  }];
  let arguments = (ins NN_Image:$gradient, NN_Image:$filter,
    NN_Pair:$strides, NN_Padding:$padding,
    OptionalAttr<NN_Pair>:$dilations, OptionalAttr<NN_Positive>:$groups);
  let results = (outs NN_Image:$input_gradient);
}

def NN_Conv2DBackwardWeightsOp : NN_TypedOp<"conv2d_backward_weights"> {
  let summary = "gradient of conv2d with respect to its filter";
  let description = [{
    dw[p,q,c,o] = Σ_{n,i,j} x[n, i·s_h + p·d_h - top, j·s_w + q·d_w - left, c] · dy[n,i,j,o].

    With `slices` = s, dw has one more dimension, the outermost: element k of it
    sums over samples k·⌈n/s⌉ to (k + 1)·⌈n/s⌉ - 1 of those that there are, and
    the sum of all elements is the gradient.

    - c1: the groups divide the channels of x and dy
    - c2: dw takes the channels of a group of x to those of dy
    - c3: x has the batch of dy
    - c4: all windows of dy lie in the padded image
    - c5: dw has an element for each slice

    ```mlir
    %dw = nn.conv2d_backward_weights %x, %dy {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>}
      : (tensor<?x13x13x32xf32>, tensor<?x11x11x64xf32>) -> tensor<3x3x32x64xf32>
    ```
  }];
  let arguments = (ins NN_Image:$input, NN_Image:$gradient,
    NN_Pair:$strides, NN_Padding:$padding,
    OptionalAttr<NN_Pair>:$dilations, OptionalAttr<NN_Positive>:$groups,
    OptionalAttr<NN_Positive>:$slices);
  let results = (outs NN_Float:$filter_gradient);
}

def NN_DepthwiseConv2DOp : NN_LayerOp<"depthwise_conv2d", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "2D convolution of each channel by itself";
  let description = [{
    y[n,i,j,c·m + k] = Σ_{p,q} x[n, i·s_h + p·d_h - top, j·s_w + q·d_w - left, c] · w[p,q,c,k],
    m filters for each channel. A conv2d with a group per channel as soon as
    shapes are known.

    ```mlir
    %y = nn.depthwise_conv2d %x, %w {strides = array<i64: 1, 1>, auto_padding = "same"}
      : (tensor<?x28x28x32xf32>, tensor<3x3x32x1xf32>) -> tensor<?x28x28x32xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Parameter<4>:$filter,
    NN_Pair:$strides,
    OptionalAttr<NN_Padding>:$padding,
    OptionalAttr<NN_OneOf<["same", "valid"]>>:$auto_padding,
    OptionalAttr<NN_Pair>:$dilations);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "$input `,` $filter attr-dict `:` functional-type(operands, results)";
}

def NN_Conv2DTransposeOp : NN_LayerOp<"conv2d_transpose", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "transposed 2D convolution";
  let description = [{
    The gradient of a conv2d from [h_out, w_out, out] to x with respect to its
    input: the filter is [height, width, out, in]. Extents are those of Keras:
    "valid" (h - 1)·s + window + max(s - window, 0), "same" h·s, and with
    `output_padding` p (h - 1)·s + window - 2·(window/2 if "same") + p. A
    conv2d_backward_data as soon as shapes are known.

    ```mlir
    %y = nn.conv2d_transpose %x, %w {strides = array<i64: 2, 2>, auto_padding = "same"}
      : (tensor<?x7x7x64xf32>, tensor<3x3x32x64xf32>) -> tensor<?x14x14x32xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Parameter<4>:$filter,
    NN_Pair:$strides,
    OptionalAttr<NN_Padding>:$padding,
    OptionalAttr<NN_OneOf<["same", "valid"]>>:$auto_padding,
    OptionalAttr<NN_Pair>:$dilations,
    OptionalAttr<NN_PairFromZero>:$output_padding);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "$input `,` $filter attr-dict `:` functional-type(operands, results)";
}

def NN_TransposeFilterOp : NN_TypedOp<"transpose_filter"> {
  let summary = "the filter of a convolution that is the gradient of another for its data";
  let description = [{
    t[p,q,o,c] = w[h-1-p, w-1-q, c, o] for windows of h x w.

    - c1: t has the shape of w with its last two dimensions exchanged

    ```mlir
    %t = nn.transpose_filter %w : (tensor<3x3x128x256xf32>) -> tensor<3x3x256x128xf32>
    ```
  }];
  let arguments = (ins NN_Image:$filter);
  let results = (outs NN_Image:$transposed);
}

def NN_WinogradFilterOp : NN_TypedOp<"winograd_filter"> {
  let summary = "a 3x3 filter in the frequencies of winograd_conv2d";
  let description = [{
    u[6·a + b, c, o] = Σ_{p,q} G[a,p]·G[b,q]·w[p,q,c,o], G the filter's matrix of
    F(4x4, 3x3). `transposed`: the filter of the gradient for the data,
    w[2-p,2-q,o,c] in place of w[p,q,c,o].

    - c1: w has a window of 3x3
    - c2: u has 36 frequencies and the channels of w, exchanged where `transposed`

    ```mlir
    %u = nn.winograd_filter %w : (tensor<3x3x32x64xf32>) -> tensor<36x32x64xf32>
    ```
  }];
  let arguments = (ins NN_Image:$filter, DefaultValuedAttr<BoolAttr, "false">:$transposed);
  let results = (outs NN_Cube:$frequencies);
}

def NN_WinogradConv2DOp : NN_TypedOp<"winograd_conv2d"> {
  let summary = "2D convolution by a 3x3 filter, with a quarter of the multiplications";
  let description = [{
    conv2d with strides of 1 as F(4x4, 3x3) (Lavin and Gray, arXiv:1509.09308).
    Elements differ from those of conv2d by up to 2e-5 of the largest.

    - c1: u has 36 frequencies and the channels of x
    - c2: y has a window of 3x3 for each place of the padded image, and the channels of u

    ```mlir
    %y = nn.winograd_conv2d %x, %u {padding = array<i64: 1, 1, 1, 1>}
      : (tensor<?x13x13x32xf32>, tensor<36x32x64xf32>) -> tensor<?x13x13x64xf32>
    ```
  }];
  let arguments = (ins NN_Image:$input, NN_Cube:$filter, NN_Padding:$padding);
  let results = (outs NN_Image:$output);
}

def NN_PackFilterOp : NN_TypedOp<"pack_filter"> {
  let summary = "a 1x1 filter in the order in which packed_conv2d reads it";
  let description = [{
    p[t,c,k] = w[0, 0, c, t·K + k]: the weights of K neighbouring channels of the
    result lie together.

    - c1: w has a window of 1x1
    - c2: p has the channels of w, those of the result in runs of K

    ```mlir
    %p = nn.pack_filter %w : (tensor<1x1x512x512xf32>) -> tensor<16x512x32xf32>
    ```
  }];
  let arguments = (ins NN_Image:$filter);
  let results = (outs NN_Cube:$packed);
}

def NN_PackedConv2DOp : NN_TypedOp<"packed_conv2d"> {
  let summary = "2D convolution by a packed 1x1 filter";
  let description = [{
    conv2d with strides of 1 and without padding:
    y[n,i,j,t·K + k] = Σ_c x[n,i,j,c] · p[t,c,k].

    - c1: p has the channels of x
    - c2: y has the positions of x and the channels of p

    ```mlir
    %y = nn.packed_conv2d %x, %p
      : (tensor<?x14x14x512xf32>, tensor<16x512x32xf32>) -> tensor<?x14x14x512xf32>
    ```
  }];
  let arguments = (ins NN_Image:$input, NN_Cube:$filter);
  let results = (outs NN_Image:$output);
}

#endif // LATHE_NN_CONV
