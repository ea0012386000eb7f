//===- Elementwise.td - Scaling, dropout, noise -------------------------------===//
#ifndef LATHE_NN_ELEMENTWISE
#define LATHE_NN_ELEMENTWISE

include "dialects/nn/NNBase.td"

def NN_ScaleOp : NN_ElementwiseLayerOp<"scale"> {
  let summary = "affine map with two constants";
  let description = [{
    y = scale · x + offset.

    ```mlir
    %y = nn.scale %x {scale = 3.9e-3 : f64, offset = 0.0 : f64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, F64Attr:$scale, F64Attr:$offset);
  let results = (outs NN_Float:$output);
  let hasFolder = 1;
}

def NN_DropoutOp : NN_ElementwiseLayerOp<"dropout", [
    DeclareOpInterfaceMethods<ModeOpInterface, ["toInference"]>]> {
  let summary = "drops elements at random in training";
  let description = [{
    y = keep ? x / (1 - rate) : 0. `keep` is a function of seed, iteration, key
    and the element's number alone, so that the gradient is the same operation on
    dy. Inference passes x through.

    ```mlir
    %y = nn.dropout %x, %iteration, %seed {rate = 0.3 : f64, key = 1 : i64}
      : (tensor<?x64xf32>, tensor<i64>, tensor<i64>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Counter:$iteration, NN_Counter:$seed,
    NN_Fraction:$rate, I64Attr:$key, OptionalAttr<DenseI64ArrayAttr>:$shared_axes);
  let results = (outs NN_Float:$output);
  let hasFolder = 1;
}

def NN_GaussianNoiseOp : NN_ElementwiseLayerOp<"gaussian_noise", [
    DeclareOpInterfaceMethods<ModeOpInterface, ["toInference"]>]> {
  let summary = "adds normal noise in training";
  let description = [{
    y = x + z, z normal with mean 0 and deviation `stddev`, a function of seed,
    iteration, key and the element's number (Box and Muller, 1958). Inference
    passes x through.

    ```mlir
    %y = nn.gaussian_noise %x, %iteration, %seed {stddev = 0.1 : f64, key = 1 : i64}
      : (tensor<?x64xf32>, tensor<i64>, tensor<i64>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Counter:$iteration, NN_Counter:$seed,
    NN_NotNegative:$stddev, I64Attr:$key);
  let results = (outs NN_Float:$output);
}

#endif // LATHE_NN_ELEMENTWISE
