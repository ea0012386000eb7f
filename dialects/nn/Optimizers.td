//===- Optimizers.td - Parameter updates ----------------------------------===//
//
// Formulas and defaults are Keras 3's. The tensors of one update are vectors of
// one length; results are written over the operands they update. `weight_decay`
// is decoupled from the gradient (Loshchilov and Hutter, 2019): before all else,
// p becomes p·(1 - lr·weight_decay).
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_NN_OPTIMIZERS
#define LATHE_NN_OPTIMIZERS

include "dialects/nn/NNBase.td"

// c1: all tensors of an update but the scalars have one type. What a result is
// written over has its type, too, as InPlaceOpInterface verifies.
class NN_UpdateOp<string mnemonic, list<Trait> traits = []>
    : NN_TypedOp<mnemonic, !listconcat([
        DeclareOpInterfaceMethods<InPlaceOpInterface>], traits)>;

def NN_SGDUpdateOp : NN_UpdateOp<"sgd_update", [NN_AppliesGradient]> {
  let summary = "one step of stochastic gradient descent";
  let description = [{
    Without velocity: p' = p - lr·g. With it: v' = momentum·v - lr·g, and
    p' = p + v', or with Nesterov p' = p + momentum·v' - lr·g.

    - c1: all tensors have one type
    - c2: there is a velocity where there is a new one

    ```mlir
    %q = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false}
      : (tensor<640xf32>, tensor<640xf32>, tensor<f32>) -> tensor<640xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$parameter, NN_Ranked:$gradient,
    Optional<NN_Ranked>:$velocity, NN_ScalarFloat:$learning_rate,
    NN_Share:$momentum, BoolAttr:$nesterov, OptionalAttr<NN_NotNegative>:$weight_decay);
  let results = (outs NN_Ranked:$new_parameter, Optional<NN_Ranked>:$new_velocity);
}

def NN_RMSpropUpdateOp : NN_UpdateOp<"rmsprop_update", [NN_AppliesGradient]> {
  let summary = "one step of RMSprop";
  let description = [{
    v' = rho·v + (1-rho)·g², s = lr·g / sqrt(v' + epsilon); p' = p - s, or with
    momentum m' = momentum·m + s, p' = p - m'. (Tieleman and Hinton, 2012)
    Where `centered`, a' = rho·a + (1-rho)·g, and v' - a'² takes the place of v' in
    s (Graves, 2013). The slots behind v are a and m, those that there are.

    - c1: all tensors have one type
    - c2: there is a slot where `centered` and one with momentum, and a new one for each

    ```mlir
    %q, %w = nn.rmsprop_update %p, %g, %v, %lr {rho = 0.9 : f64, epsilon = 1.0e-7 : f64, momentum = 0.0 : f64}
      : (tensor<640xf32>, tensor<640xf32>, tensor<640xf32>, tensor<f32>) -> (tensor<640xf32>, tensor<640xf32>)
    ```
  }];
  let arguments = (ins NN_Ranked:$parameter, NN_Ranked:$gradient,
    NN_Ranked:$velocity, Variadic<NN_Ranked>:$slots, NN_ScalarFloat:$learning_rate,
    NN_Fraction:$rho, NN_NotNegative:$epsilon, NN_Share:$momentum,
    DefaultValuedAttr<BoolAttr, "false">:$centered, OptionalAttr<NN_NotNegative>:$weight_decay);
  let results = (outs NN_Ranked:$new_parameter, NN_Ranked:$new_velocity,
    Variadic<NN_Ranked>:$new_slots);
}

def NN_AdamUpdateOp : NN_UpdateOp<"adam_update", [NN_AppliesGradient]> {
  let summary = "one step of Adam";
  let description = [{
    t = iteration + 1, a = lr·sqrt(1 - beta_2^t) / (1 - beta_1^t),
    m' = m + (g - m)(1 - beta_1), v' = v + (g² - v)(1 - beta_2),
    p' = p - a·m' / (sqrt(v') + epsilon). (Kingma and Ba, 2015)
    Where `nesterov`, Nadam: u(t) = beta_1·(1 - 0.96^t / 2), P(t) = u(1)···u(t),
    p' = p - lr·(u(t+1)·m' / (1 - P(t+1)) + (1 - u(t))·g / (1 - P(t)))
    / (sqrt(v' / (1 - beta_2^t)) + epsilon). (Dozat, 2016)

    - c1: all tensors have one type

    ```mlir
    %q, %r, %s = nn.adam_update %p, %g, %m, %v, %lr, %t {beta_1 = 0.9 : f64, beta_2 = 0.999 : f64, epsilon = 1.0e-7 : f64}
      : (tensor<640xf32>, tensor<640xf32>, tensor<640xf32>, tensor<640xf32>, tensor<f32>, tensor<i64>)
      -> (tensor<640xf32>, tensor<640xf32>, tensor<640xf32>)
    ```
  }];
  let arguments = (ins NN_Ranked:$parameter, NN_Ranked:$gradient,
    NN_Ranked:$momentum_buffer, NN_Ranked:$velocity, NN_ScalarFloat:$learning_rate, NN_Counter:$iteration,
    NN_Fraction:$beta_1, NN_Fraction:$beta_2, NN_NotNegative:$epsilon,
    OptionalAttr<BoolAttr>:$nesterov, OptionalAttr<NN_NotNegative>:$weight_decay);
  let results = (outs NN_Ranked:$new_parameter, NN_Ranked:$new_momentum_buffer,
    NN_Ranked:$new_velocity);
}

def NN_AdagradUpdateOp : NN_UpdateOp<"adagrad_update", [NN_AppliesGradient]> {
  let summary = "one step of Adagrad";
  let description = [{
    a' = a + g², p' = p - lr·g / sqrt(a' + epsilon). (Duchi, Hazan and Singer, 2011)

    - c1: all tensors have one type

    ```mlir
    %q, %b = nn.adagrad_update %p, %g, %a, %lr {epsilon = 1.0e-7 : f64}
      : (tensor<640xf32>, tensor<640xf32>, tensor<640xf32>, tensor<f32>) -> (tensor<640xf32>, tensor<640xf32>)
    ```
  }];
  let arguments = (ins NN_Ranked:$parameter, NN_Ranked:$gradient, NN_Ranked:$accumulator,
    NN_ScalarFloat:$learning_rate, NN_NotNegative:$epsilon, OptionalAttr<NN_NotNegative>:$weight_decay);
  let results = (outs NN_Ranked:$new_parameter, NN_Ranked:$new_accumulator);
}

def NN_LionUpdateOp : NN_UpdateOp<"lion_update", [NN_AppliesGradient]> {
  let summary = "one step of Lion";
  let description = [{
    p' = p - lr·sign(beta_1·m + (1 - beta_1)·g), m' = beta_2·m + (1 - beta_2)·g.
    (Chen et al., 2023)

    - c1: all tensors have one type

    ```mlir
    %q, %n = nn.lion_update %p, %g, %m, %lr {beta_1 = 0.9 : f64, beta_2 = 0.99 : f64}
      : (tensor<640xf32>, tensor<640xf32>, tensor<640xf32>, tensor<f32>) -> (tensor<640xf32>, tensor<640xf32>)
    ```
  }];
  let arguments = (ins NN_Ranked:$parameter, NN_Ranked:$gradient, NN_Ranked:$momentum_buffer,
    NN_ScalarFloat:$learning_rate, NN_Fraction:$beta_1, NN_Fraction:$beta_2, OptionalAttr<NN_NotNegative>:$weight_decay);
  let results = (outs NN_Ranked:$new_parameter, NN_Ranked:$new_momentum_buffer);
}

def NN_AccumulateGradientOp : NN_UpdateOp<"accumulate_gradient", [NN_AppliesGradient]> {
  let summary = "one batch's part of the mean gradient of several";
  let description = [{
    s = (t mod steps = 0 ? 0 : a) + g; a' = t mod steps = steps - 1 ? s/steps : s,
    t the number of batches before this one.

    - c1: all tensors have one type

    ```mlir
    %b = nn.accumulate_gradient %a, %g, %t {steps = 4 : i64}
      : (tensor<640xf32>, tensor<640xf32>, tensor<i64>) -> tensor<640xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$accumulator, NN_Ranked:$gradient, NN_Counter:$iteration, NN_Positive:$steps);
  let results = (outs NN_Ranked:$new_accumulator);
}

def NN_AverageWeightsOp : NN_UpdateOp<"average_weights"> {
  let summary = "exponential moving average of a parameter over the steps";
  let description = [{
    a' = t = 0 ? p : momentum·a + (1 - momentum)·p, t the number of steps before
    this one. (Polyak and Juditsky, 1992, with weights that decay)

    - c1: all tensors have one type

    ```mlir
    %b = nn.average_weights %a, %p, %t {momentum = 0.99 : f64}
      : (tensor<640xf32>, tensor<640xf32>, tensor<i64>) -> tensor<640xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$average, NN_Ranked:$parameter, NN_Counter:$iteration, NN_Share:$momentum);
  let results = (outs NN_Ranked:$new_average);
}

//===- Of the gradient, before the update ---------------------------------===//

def NN_RegularizeOp : NN_ElementwiseOp<"regularize", [NN_KeepsBounds]> {
  let summary = "adds the gradient of a penalty on the weights";
  let description = [{
    g' = g + l1·sign(p) + 2·l2·p.

    ```mlir
    %h = nn.regularize %g, %p {l1 = 0.0 : f64, l2 = 1.0e-4 : f64} : (tensor<640xf32>, tensor<640xf32>) -> tensor<640xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$gradient, NN_Ranked:$parameter, NN_NotNegative:$l1, NN_NotNegative:$l2);
  let results = (outs NN_Ranked:$output);
}

def NN_ClipOp : NN_ElementwiseOp<"clip", [NN_KeepsBounds]> {
  let summary = "limits each element";
  let description = [{
    y = min(max(x, low), high).

    ```mlir
    %h = nn.clip %g {low = -0.5 : f64, high = 0.5 : f64} : (tensor<640xf32>) -> tensor<640xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$input, F64Attr:$low, F64Attr:$high);
  let results = (outs NN_Ranked:$output);
}

def NN_ClipByNormOp : NN_ElementwiseOp<"clip_by_norm", [NN_KeepsBounds]> {
  let summary = "shortens a gradient whose norm is too large";
  let description = [{
    y = x · min(1, norm/sqrt(squared_norm)). (Pascanu, Mikolov and Bengio, 2013)

    ```mlir
    %h = nn.clip_by_norm %g, %n {norm = 1.0 : f64} : (tensor<640xf32>, tensor<f32>) -> tensor<640xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$input, NN_ScalarFloat:$squared_norm, NN_NotNegative:$norm);
  let results = (outs NN_Ranked:$output);
}

class NN_SumOp<string mnemonic> : NN_PureOp<mnemonic> {
  let arguments = (ins NN_Ranked:$input);
  let results = (outs NN_ScalarFloat:$sum);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_SquaredNormOp : NN_SumOp<"squared_norm"> {
  let summary = "sum of the squares of all elements";
  let description = [{
    ```mlir
    %n = nn.squared_norm %g : (tensor<3x3x8x8xf32>) -> tensor<f32>
    ```
  }];
}

def NN_AbsoluteSumOp : NN_SumOp<"absolute_sum"> {
  let summary = "sum of the absolute values of all elements";
  let description = [{
    ```mlir
    %n = nn.absolute_sum %p : (tensor<3x3x8x8xf32>) -> tensor<f32>
    ```
  }];
}

def NN_IncrementOp : NN_PureOp<"increment", [
    DeclareOpInterfaceMethods<InPlaceOpInterface>]> {
  let summary = "counts one step";
  let description = [{
    ```mlir
    %u = nn.increment %t : (tensor<i64>) -> tensor<i64>
    ```
  }];
  let arguments = (ins NN_Counter:$counter);
  let results = (outs NN_Counter:$next);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif // LATHE_NN_OPTIMIZERS
