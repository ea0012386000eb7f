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

def NN_SoftmaxBackwardOp : NN_TypedOp<"softmax_backward"> {
  let summary = "gradient of softmax, from softmax's result";
  let description = [{
    dx_c = y_c · (dy_c - Σ_k dy_k · y_k).

    - c1: dy, y and dx have one shape

    ```mlir
    %dx = nn.softmax_backward %dy, %y : (tensor<?x10xf32>, tensor<?x10xf32>) -> tensor<?x10xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$gradient, NN_Ranked:$output);
  let results = (outs NN_Ranked:$input_gradient);
}

// Weights, and the loss's own gradient behind them.
def NN_LossFactor : TensorRankOf<[F32], [0, 1]>;
def NN_LossFunction : NN_OneOf<["binary_crossentropy", "binary_focal_crossentropy",
    "categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge",
    "hinge", "mean_absolute_error", "mean_squared_error", "squared_hinge"]>;

def NN_SoftmaxCrossEntropyOp : NN_TypedOp<"softmax_cross_entropy", [
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "mean cross entropy between softmax(logits) and class labels";
  let description = [{
    loss = -1/n Σ_i w_i Σ_c t_ic·log softmax(logits_i)_c; the probabilities
    besides. t_i is onehot(label_i)·(1 - label_smoothing) + label_smoothing/K. w_i
    is the product of the weights that there are: class weights [K], of which the
    label's counts, then sample weights [n].

    - c1: the labels are a vector with the batch of the scores, or have their shape
    - c2: each weight is a vector over the batch or over the classes, which are two where there is one score
    - c3: the probabilities have the shape of the logits

    ```mlir
    %loss, %p = nn.softmax_cross_entropy %logits, %labels
      : (tensor<?x10xf32>, tensor<?xi32>) -> (tensor<f32>, tensor<?x10xf32>)
    ```
  }];
  let arguments = (ins NN_Matrix:$logits, NN_Labels:$labels, Variadic<NN_Vector>:$weights,
    OptionalAttr<NN_Share>:$label_smoothing);
  let results = (outs NN_ScalarFloat:$loss, NN_Matrix:$probabilities);
}

def NN_SoftmaxCrossEntropyBackwardOp : NN_TypedOp<"softmax_cross_entropy_backward"> {
  let summary = "gradient of softmax_cross_entropy with respect to the logits";
  let description = [{
    dlogits_i = w_i·(p_i - t_i)/n, times the loss's own gradient where it is not 1.
    The last operands are the weights and that gradient, of rank 0, those that
    there are.

    - c1: the labels are a vector with the batch of the scores, or have their shape
    - c2: each weight is a vector over the batch or over the classes, which are two where there is one score
    - c3: the gradient has the shape of the probabilities

    ```mlir
    %dx = nn.softmax_cross_entropy_backward %p, %labels : (tensor<?x10xf32>, tensor<?xi32>) -> tensor<?x10xf32>
    ```
  }];
  let arguments = (ins NN_Matrix:$probabilities, NN_Labels:$labels, Variadic<NN_LossFactor>:$factors,
    OptionalAttr<NN_Share>:$label_smoothing);
  let results = (outs NN_Matrix:$logits_gradient);
  let hasCanonicalizeMethod = 1;
}

def NN_LossOp : NN_TypedOp<"loss", [
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "mean of a loss function over a batch";
  let description = [{
    loss = 1/n Σ_i w_i·f(scores_i, labels_i), f Keras's function of the name
    `function` with its arguments. Labels are class numbers [n], with one score the
    target 0 or 1, or 0 and 1 for each score [n, K]. Weights are as in
    softmax_cross_entropy.

    - c1: the labels are a vector with the batch of the scores, or have their shape
    - c2: each weight is a vector over the batch or over the classes, which are two where there is one score

    ```mlir
    %loss = nn.loss %scores, %labels {function = "hinge"} : (tensor<?x10xf32>, tensor<?xi32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins NN_Matrix:$scores, NN_Labels:$labels, Variadic<NN_Vector>:$weights,
    NN_LossFunction:$function, DefaultValuedAttr<BoolAttr, "false">:$from_logits,
    OptionalAttr<NN_Share>:$label_smoothing, OptionalAttr<F64Attr>:$alpha,
    OptionalAttr<NN_NotNegative>:$gamma, OptionalAttr<BoolAttr>:$apply_class_balancing);
  let results = (outs NN_ScalarFloat:$loss);
}

def NN_LossBackwardOp : NN_TypedOp<"loss_backward"> {
  let summary = "gradient of loss with respect to the scores";
  let description = [{
    The last operands are those of softmax_cross_entropy_backward.

    - c1: the labels are a vector with the batch of the scores, or have their shape
    - c2: each weight is a vector over the batch or over the classes, which are two where there is one score
    - c3: the gradient has the shape of the scores

    ```mlir
    %dx = nn.loss_backward %scores, %labels {function = "hinge"} : (tensor<?x10xf32>, tensor<?xi32>) -> tensor<?x10xf32>
    ```
  }];
  let arguments = (ins NN_Matrix:$scores, NN_Labels:$labels, Variadic<NN_LossFactor>:$factors,
    NN_LossFunction:$function, DefaultValuedAttr<BoolAttr, "false">:$from_logits,
    OptionalAttr<NN_Share>:$label_smoothing, OptionalAttr<F64Attr>:$alpha,
    OptionalAttr<NN_NotNegative>:$gamma, OptionalAttr<BoolAttr>:$apply_class_balancing);
  let results = (outs NN_Matrix:$scores_gradient);
  let hasCanonicalizeMethod = 1;
}

def NN_CountCorrectOp : NN_TypedOp<"count_correct"> {
  let summary = "number of labels that are predicted rightly";
  let description = [{
    The first largest score of a row is the label's. With `threshold`, each score
    by itself: those above it have the label 1, the others 0.

    - c1: the labels are a vector with the batch of the scores, or have their shape

    ```mlir
    %k = nn.count_correct %p, %labels : (tensor<?x10xf32>, tensor<?xi32>) -> tensor<i32>
    ```
  }];
  let arguments = (ins NN_Matrix:$scores, NN_Labels:$labels, OptionalAttr<F64Attr>:$threshold);
  let results = (outs NN_Count:$count);
}

#endif // LATHE_NN_LOSS
