//===- Loss.td - Softmax, losses, metrics ---------------------------------===//
#ifndef LATHE_NN_LOSS
#define LATHE_NN_LOSS

include "dialects/nn/NNBase.td"

def NN_SoftmaxOp : NN_LayerOp<"softmax"> {
  let summary = "probabilities from logits, along the last dimension";
  let description = [{
    y_c = exp(x_c - m) / Σ_k exp(x_k - m), m = max_k x_k.

    ```mlir
    %p = nn.softmax %x : (tensor<?x10xf32>) -> tensor<?x10xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_SoftmaxBackwardOp : NN_PureOp<"softmax_backward"> {
  let summary = "gradient of softmax, from softmax's result";
  let description = [{
    dx_c = y_c · (dy_c - Σ_k dy_k · y_k).

    ```mlir
    %dx = nn.softmax_backward %dy, %y : (tensor<?x10xf32>, tensor<?x10xf32>) -> tensor<?x10xf32>
    ```
  }];
  let arguments = (ins NN_Float:$gradient, NN_Float:$output);
  let results = (outs NN_Float:$input_gradient);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_SoftmaxCrossEntropyOp : NN_PureOp<"softmax_cross_entropy", [
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "mean cross entropy between softmax(logits) and class labels";
  let description = [{
    loss = -1/n Σ_i log softmax(logits_i)[label_i]; the probabilities besides.

    ```mlir
    %loss, %p = nn.softmax_cross_entropy %logits, %labels
      : (tensor<?x10xf32>, tensor<?xi32>) -> (tensor<f32>, tensor<?x10xf32>)
    ```
  }];
  let arguments = (ins NN_Float:$logits, NN_Labels:$labels);
  let results = (outs NN_ScalarFloat:$loss, NN_Float:$probabilities);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_SoftmaxCrossEntropyBackwardOp : NN_PureOp<"softmax_cross_entropy_backward"> {
  let summary = "gradient of softmax_cross_entropy with respect to the logits";
  let description = [{
    dlogits_i = (p_i - onehot(label_i)) / n, times `seed`, the loss's own
    gradient, where it is not 1.

    ```mlir
    %dx = nn.softmax_cross_entropy_backward %p, %labels : (tensor<?x10xf32>, tensor<?xi32>) -> tensor<?x10xf32>
    ```
  }];
  let arguments = (ins NN_Float:$probabilities, NN_Labels:$labels, Optional<NN_ScalarFloat>:$seed);
  let results = (outs NN_Float:$logits_gradient);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasCanonicalizeMethod = 1;
}

def NN_CountCorrectOp : NN_PureOp<"count_correct"> {
  let summary = "number of rows whose first largest score is their label's";
  let description = [{
    ```mlir
    %k = nn.count_correct %p, %labels : (tensor<?x10xf32>, tensor<?xi32>) -> tensor<i32>
    ```
  }];
  let arguments = (ins NN_Float:$scores, NN_Labels:$labels);
  let results = (outs NN_Count:$count);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif // LATHE_NN_LOSS
