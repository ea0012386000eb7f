//===- Dense.td - Matrix products, bias, and their gradients --------------===//
#ifndef LATHE_NN_DENSE
#define LATHE_NN_DENSE

include "dialects/nn/NNBase.td"

def NN_DenseOp : NN_LayerOp<"dense", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "product of a batch of vectors and a matrix";
  let description = [{
    y[n,o] = Σ_i x[n,i] · w[i,o]. Inputs of higher rank are products along their
    last dimension: 1x1 convolutions, as soon as shapes are known.

    ```mlir
    %y = nn.dense %x, %w : (tensor<?x576xf32>, tensor<576x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Parameter<2>:$kernel);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_DenseLikeOp : NN_LayerOp<"dense_like", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "dense with as many columns as another tensor has channels";
  let description = [{
    A dense as soon as shapes are known.

    ```mlir
    %y = nn.dense_like %x, %w, %z : (tensor<?x49x128xf32>, tensor<128x64xf32>, tensor<?x49x64xf32>) -> tensor<?x49x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Parameter<2>:$kernel, NN_Float:$like);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_PartialDenseOp : NN_TypedOp<"partial_dense"> {
  let summary = "sums of dense over slices of its input's columns";
  let description = [{
    y[n,s,o] = Σ_i x[n,i] · w[i,o] for s·l ≤ i < (s + 1)·l, l being the columns of x
    divided by the slices. The sum over all slices is dense.

    - c1: w has a row for each column of x
    - c2: y has the rows of x, slices, and the columns of w
    - c3: the slices divide the columns of x

    ```mlir
    %y = nn.partial_dense %x, %w : (tensor<?x4096xf32>, tensor<4096x64xf32>) -> tensor<?x16x64xf32>
    ```
  }];
  let arguments = (ins NN_Matrix:$input, NN_Matrix:$kernel);
  let results = (outs NN_Float:$output);
}

def NN_DenseBackwardDataOp : NN_TypedOp<"dense_backward_data"> {
  let summary = "gradient of dense with respect to its input";
  let description = [{
    dx[n,i] = Σ_o dy[n,o] · w[i,o].

    - c1: dy and w have as many columns
    - c2: dx has the rows of dy, and a column for each row of w

    ```mlir
    %dx = nn.dense_backward_data %dy, %w : (tensor<?x64xf32>, tensor<576x64xf32>) -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins NN_Matrix:$gradient, NN_Matrix:$kernel);
  let results = (outs NN_Matrix:$input_gradient);
}

def NN_DenseBackwardWeightsOp : NN_TypedOp<"dense_backward_weights", [NN_KeepsBounds]> {
  let summary = "gradient of dense with respect to its matrix";
  let description = [{
    dw[i,o] = Σ_n x[n,i] · dy[n,o].

    - c1: x and dy have as many rows
    - c2: dw has a row for each column of x, and one column for each of dy

    ```mlir
    %dw = nn.dense_backward_weights %x, %dy : (tensor<?x576xf32>, tensor<?x64xf32>) -> tensor<576x64xf32>
    ```
  }];
  let arguments = (ins NN_Matrix:$input, NN_Matrix:$gradient);
  let results = (outs NN_Matrix:$kernel_gradient);
}

def NN_BiasAddOp : NN_LayerOp<"bias_add", [NN_Elementwise]> {
  let summary = "adds a vector along the last dimension";
  let description = [{
    y[..., c] = x[..., c] + b[c].

    ```mlir
    %y = nn.bias_add %x, %b : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Parameter<1>:$bias);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_BiasBackwardOp : NN_TypedOp<"bias_backward"> {
  let summary = "gradient of bias_add with respect to its vector";
  let description = [{
    db[c] = Σ dy[..., c] over all other dimensions.

    - c1: db has the last extent of dy

    ```mlir
    %db = nn.bias_backward %dy : (tensor<?x3x3x64xf32>) -> tensor<64xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$gradient);
  let results = (outs NN_Vector:$bias_gradient);
  let hasCanonicalizeMethod = 1;
}

def NN_MatmulOp : NN_LayerOp<"matmul"> {
  let summary = "products of batches of matrices";
  let description = [{
    y[..., i, j] = Σ_k a[..., i, k] · b[..., k, j], the leading dimensions being
    equal; `transpose_a` and `transpose_b` read the last two dimensions of a and b
    in the other order.

    ```mlir
    %y = nn.matmul %a, %b {transpose_a = false, transpose_b = true}
      : (tensor<?x3x197x64xf32>, tensor<?x3x197x64xf32>) -> tensor<?x3x197x197xf32>
    ```
  }];
  let arguments = (ins NN_Float:$lhs, NN_Float:$rhs, BoolAttr:$transpose_a, BoolAttr:$transpose_b);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif // LATHE_NN_DENSE
