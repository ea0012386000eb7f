//===- Shaping.td - Reshaping, padding, joining, resizing ---------------===//
#ifndef LATHE_NN_SHAPING
#define LATHE_NN_SHAPING

include "dialects/nn/NNBase.td"

def NN_ReshapeOp : NN_LayerOp<"reshape", [SameOperandsAndResultElementType]> {
  let summary = "the same elements, row by row, in another shape";
  let description = [{
    The batch stays the outermost dimension. `shape` is the shape without it, -1
    standing for one extent that follows from the others. Costs nothing when the
    model runs.

    ```mlir
    %y = nn.reshape %x {shape = array<i64: 576>} : (tensor<?x3x3x64xf32>) -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins NN_Element:$input, DenseI64ArrayAttr:$shape);
  let results = (outs NN_Element:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::mlir::RankedTensorType":$type), [{
    build($_builder, $_state, type, input,
          $_builder.getDenseI64ArrayAttr(type.getShape().drop_front(type.getRank() > 0)));
  }]>];
}

def NN_ExpandDimsOp : NN_LayerOp<"expand_dims", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "adds a dimension of extent 1";
  let description = [{
    A reshape as soon as shapes are known.

    ```mlir
    %y = nn.expand_dims %x {axis = 1 : i64} : (tensor<?x28x64xf32>) -> tensor<?x1x28x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, I64Attr:$axis);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_SqueezeOp : NN_LayerOp<"squeeze", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "removes a dimension of extent 1";
  let description = [{
    A reshape as soon as shapes are known.

    ```mlir
    %y = nn.squeeze %x {axis = 1 : i64} : (tensor<?x1x28x64xf32>) -> tensor<?x28x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, I64Attr:$axis);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_TransposeOp : NN_LayerOp<"transpose", [SameOperandsAndResultElementType]> {
  let summary = "permutes dimensions";
  let description = [{
    Dimension i of the result is dimension permutation[i] of x. The batch stays.

    ```mlir
    %y = nn.transpose %x {permutation = array<i64: 0, 2, 1, 3>} : (tensor<?x49x4x16xf32>) -> tensor<?x4x49x16xf32>
    ```
  }];
  let arguments = (ins NN_Element:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs NN_Element:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def NN_PadOp : NN_LayerOp<"pad", [SameOperandsAndResultElementType]> {
  let summary = "adds zeros around a tensor, or cuts it";
  let description = [{
    Adds low[d] zeros before dimension d and high[d] behind it; a negative number
    cuts that many elements off. Both count the batch, whose entries are 0.

    ```mlir
    %y = nn.pad %x {low = array<i64: 0, 1, 1, 0>, high = array<i64: 0, 1, 1, 0>} : (tensor<?x7x7x64xf32>) -> tensor<?x9x9x64xf32>
    ```
  }];
  let arguments = (ins NN_Element:$input, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high);
  let results = (outs NN_Element:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def NN_ConcatenateOp : NN_LayerOp<"concatenate", [SameOperandsAndResultElementType]> {
  let summary = "tensors one after the other along an axis";
  let description = [{
    `axis` counts the batch; negative ones count from the end.

    ```mlir
    %y = nn.concatenate %a, %b {axis = -1 : i64} : (tensor<?x7x7x64xf32>, tensor<?x7x7x32xf32>) -> tensor<?x7x7x96xf32>
    ```
  }];
  let arguments = (ins Variadic<NN_Element>:$inputs, I64Attr:$axis);
  let results = (outs NN_Element:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_PrependOp : NN_LayerOp<"prepend", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "puts a learned row before the rows of each sample";
  let description = [{
    y = [token; x] along axis 1: the class token of vision transformers
    (Dosovitskiy et al., 2021). Broadcast and concatenate once shapes are known.

    ```mlir
    %y = nn.prepend %x, %token : (tensor<?x196x192xf32>, tensor<1x192xf32>) -> tensor<?x197x192xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Parameter<2>:$token);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_ImageAxis : ConfinedAttr<I64Attr, [IntMinValue<1>, IntMaxValue<2>]>;

def NN_ResizeOp : NN_LayerOp<"resize"> {
  let summary = "an image of another height and width";
  let description = [{
    `interpolation` is `nearest` or `bilinear`, pixels being squares whose centres
    are half a pixel in, as in Keras: the source of row i is (i + 1/2)·h_in/h_out
    - 1/2, clamped to the image; nearest takes floor((i + 1/2)·h_in/h_out). `factors`
    stand for the size until the shapes are known.

    ```mlir
    %y = nn.resize %x {interpolation = "bilinear", size = array<i64: 14, 14>} : (tensor<?x7x7x64xf32>) -> tensor<?x14x14x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_OneOf<["bilinear", "nearest"]>:$interpolation,
    OptionalAttr<NN_Pair>:$size, OptionalAttr<NN_Pair>:$factors);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def NN_ResizeBackwardOp : NN_TypedOp<"resize_backward"> {
  let summary = "gradient of resize";
  let description = [{
    - c1: dx has the batch and the channels of dy

    ```mlir
    %dx = nn.resize_backward %dy {interpolation = "bilinear"} : (tensor<?x14x14x64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
  let arguments = (ins NN_Image:$gradient, NN_OneOf<["bilinear", "nearest"]>:$interpolation);
  let results = (outs NN_Image:$input_gradient);
}

def NN_Filter : NN_OneOf<["area", "bicubic", "bilinear", "lanczos3", "lanczos5"]>;

def NN_ResampleOp : NN_LayerOp<"resample"> {
  let summary = "rows or columns of an image in another number, by a filter";
  let description = [{
    Along `axis`, 1 or 2, `size` positions lie at (i + 1/2)·n/size of the n that there
    are, whose centres are half a pixel in. Each is a mean of those around it, weighted
    by the filter at the distance; what lies outside has no weight, as in Keras. With
    `antialias`, filters are wider by n/size where that is above 1.
    - c1: `area` has no `antialias`

    | filter | weight at the distance d |
    |---|---|
    | `area` | the part of the pixel that is covered |
    | `bilinear` | 1 - d |
    | `bicubic` | Keys 1981, a = -1/2 |
    | `lanczos3`, `lanczos5` | sinc(d)·sinc(d/r), of radius r |

    ```mlir
    %y = nn.resample %x {axis = 1 : i64, size = 14 : i64, filter = "bicubic", antialias}
      : (tensor<?x20x16x3xf32>) -> tensor<?x14x16x3xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_ImageAxis:$axis, NN_Positive:$size,
    NN_Filter:$filter, UnitAttr:$antialias);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_ResampleBackwardOp : NN_TypedOp<"resample_backward"> {
  let summary = "gradient of resample";
  let description = [{
    - c1: dx has the shape of dy in all but `axis`

    ```mlir
    %dx = nn.resample_backward %dy {axis = 1 : i64, filter = "bicubic", antialias}
      : (tensor<?x14x16x3xf32>) -> tensor<?x20x16x3xf32>
    ```
  }];
  let arguments = (ins NN_Image:$gradient, NN_ImageAxis:$axis, NN_Filter:$filter, UnitAttr:$antialias);
  let results = (outs NN_Image:$input_gradient);
}

#endif // LATHE_NN_SHAPING
