//===- Activations.td - Activation functions ----------------------------===//
#ifndef LATHE_NN_ACTIVATIONS
#define LATHE_NN_ACTIVATIONS

include "dialects/nn/NNBase.td"

def NN_ReluOp : NN_ElementwiseLayerOp<"relu"> {
  let summary = "rectified linear unit";
  let description = [{
    y = max(x, 0).

    ```mlir
    %y = nn.relu %x : (tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input);
  let results = (outs NN_Float:$output);
}

def NN_ReluBackwardOp : NN_ElementwiseOp<"relu_backward"> {
  let summary = "gradient of relu, from relu's result";
  let description = [{
    dx = y > 0 ? dy : 0.

    ```mlir
    %dx = nn.relu_backward %dy, %y : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$gradient, NN_Float:$output);
  let results = (outs NN_Float:$input_gradient);
  let hasCanonicalizeMethod = 1;
}

def NN_ActivationFunction : NN_OneOf<["elu", "exponential", "gelu", "gelu_tanh",
    "hard_sigmoid", "hard_silu", "leaky_relu", "mish", "relu6", "selu", "sigmoid",
    "silu", "softplus", "softsign", "tanh"]>;

def NN_ActivationOp : NN_ElementwiseLayerOp<"activation"> {
  let summary = "an activation function";
  let description = [{
    y = f(x). `function` is Keras's name of f; `alpha` the slope below zero of
    `leaky_relu` and the scale of `elu`:

    | function | f(x) | its gradient is computed from |
    |---|---|---|
    | `leaky_relu` | x > 0 ? x : alpha·x | x |
    | `relu6` | min(max(x, 0), 6) | y |
    | `elu` | x > 0 ? x : alpha·(eˣ - 1) | x |
    | `selu` | 1.0507·(x > 0 ? x : 1.6733·(eˣ - 1)) (Klambauer et al., 2017) | y |
    | `gelu` | x/2·(1 + erf(x/√2)) (Hendrycks and Gimpel, 2016) | x |
    | `gelu_tanh` | x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) | x |
    | `silu` | x·sigmoid(x) (Ramachandran et al., 2017) | x |
    | `mish` | x·tanh(softplus(x)) (Misra, 2019) | x |
    | `hard_silu` | x·relu6(x + 3)/6 (Howard et al., 2019) | x |
    | `hard_sigmoid` | relu6(x + 3)/6 | y |
    | `sigmoid` | 1/(1 + e⁻ˣ) | y |
    | `tanh` | tanh(x) | y |
    | `softplus` | log(1 + eˣ) | x |
    | `softsign` | x/(1 + abs(x)) | x |
    | `exponential` | eˣ | y |

    ```mlir
    %y = nn.activation %x {function = "silu"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_ActivationFunction:$function, OptionalAttr<F64Attr>:$alpha);
  let results = (outs NN_Float:$output);
}

def NN_ActivationBackwardOp : NN_ElementwiseOp<"activation_backward"> {
  let summary = "gradient of an activation function";
  let description = [{
    dx = f'·dy, from x or from y, as the table of `nn.activation` says.

    ```mlir
    %dx = nn.activation_backward %dy, %x {function = "silu"} : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$gradient, NN_Float:$saved, NN_ActivationFunction:$function, OptionalAttr<F64Attr>:$alpha);
  let results = (outs NN_Float:$input_gradient);
}

def NN_PReluOp : NN_LayerOp<"prelu", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "relu with a learned slope below zero";
  let description = [{
    y = x > 0 ? x : alpha·x (He et al., 2015). Alpha has the shape of a sample,
    with an extent of 1 along `shared_axes`. Becomes relu(x) - alpha·relu(-x) as
    soon as shapes are known.

    ```mlir
    %y = nn.prelu %x, %alpha {shared_axes = array<i64: 1, 2>}
      : (tensor<?x7x7x64xf32>, tensor<1x1x64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Float:$alpha, DenseI64ArrayAttr:$shared_axes);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif // LATHE_NN_ACTIVATIONS
