//===- Attention.td - Relative positions ----------------------------------===//
#ifndef LATHE_NN_ATTENTION
#define LATHE_NN_ATTENTION

include "dialects/nn/NNBase.td"

def NN_RelativeBiasOp : NN_LayerOp<"relative_bias"> {
  let summary = "what attention adds for the places of two positions";
  let description = [{
    y[k,i,j] = t[(r_i - r_j + h - 1)·(2w - 1) + c_i - c_j + w - 1, k], r and c
    being the rows and columns of the positions of an h x w image (`size`), k the
    head (Dai et al., 2021).

    ```mlir
    %y = nn.relative_bias %t {size = array<i64: 7, 7>} : (tensor<169x12xf32>) -> tensor<12x49x49xf32>
    ```
  }];
  let arguments = (ins NN_Parameter<2>:$table, NN_Pair:$size);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_RelativeBiasBackwardOp : NN_TypedOp<"relative_bias_backward"> {
  let summary = "gradient of relative_bias";
  let description = [{
    Each entry of the table gets the sum over the pairs of positions that read it.

    - c1: dy is a square of h·w positions for each head
    - c2: dt has a row for each distance and a column for each head

    ```mlir
    %dt = nn.relative_bias_backward %dy {size = array<i64: 7, 7>} : (tensor<12x49x49xf32>) -> tensor<169x12xf32>
    ```
  }];
  let arguments = (ins NN_Cube:$gradient, NN_Pair:$size);
  let results = (outs NN_Matrix:$table_gradient);
}

#endif // LATHE_NN_ATTENTION
