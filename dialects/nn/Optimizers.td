//===- Optimizers.td - Parameter updates ----------------------------------===//
//
// Formulas and defaults are Keras 3's. The tensors of one update are vectors of
// one length; results are written over the operands they update.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_NN_OPTIMIZERS
#define LATHE_NN_OPTIMIZERS

include "dialects/nn/NNBase.td"

class NN_UpdateOp<string mnemonic> : NN_PureOp<mnemonic, [
    DeclareOpInterfaceMethods<InPlaceOpInterface>]> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_SGDUpdateOp : NN_UpdateOp<"sgd_update"> {
  let summary = "one step of stochastic gradient descent";
  let description = [{
    Without velocity: p' = p - lr·g. With it: v' = momentum·v - lr·g, and
    p' = p + v', or with Nesterov p' = p + momentum·v' - lr·g.

    ```mlir
    %q = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false}
      : (tensor<640xf32>, tensor<640xf32>, tensor<f32>) -> tensor<640xf32>
    ```
  }];
  let arguments = (ins NN_Float:$parameter, NN_Float:$gradient,
    Optional<NN_Float>:$velocity, NN_ScalarFloat:$learning_rate,
    F64Attr:$momentum, BoolAttr:$nesterov);
  let results = (outs NN_Float:$new_parameter, Optional<NN_Float>:$new_velocity);
}

def NN_RMSpropUpdateOp : NN_UpdateOp<"rmsprop_update"> {
  let summary = "one step of RMSprop";
  let description = [{
    v' = rho·v + (1-rho)·g², s = lr·g / sqrt(v' + epsilon); p' = p - s, or with
    momentum m' = momentum·m + s, p' = p - m'. (Tieleman and Hinton, 2012)

    ```mlir
    %q, %w = nn.rmsprop_update %p, %g, %v, %lr {rho = 0.9 : f64, epsilon = 1.0e-7 : f64, momentum = 0.0 : f64}
      : (tensor<640xf32>, tensor<640xf32>, tensor<640xf32>, tensor<f32>) -> (tensor<640xf32>, tensor<640xf32>)
    ```
  }];
  let arguments = (ins NN_Float:$parameter, NN_Float:$gradient,
    NN_Float:$velocity, Optional<NN_Float>:$momentum_buffer, NN_ScalarFloat:$learning_rate,
    F64Attr:$rho, F64Attr:$epsilon, F64Attr:$momentum);
  let results = (outs NN_Float:$new_parameter, NN_Float:$new_velocity,
    Optional<NN_Float>:$new_momentum_buffer);
}

def NN_AdamUpdateOp : NN_UpdateOp<"adam_update"> {
  let summary = "one step of Adam";
  let description = [{
    t = iteration + 1, a = lr·sqrt(1 - beta_2^t) / (1 - beta_1^t),
    m' = m + (g - m)(1 - beta_1), v' = v + (g² - v)(1 - beta_2),
    p' = p - a·m' / (sqrt(v') + epsilon). (Kingma and Ba, 2015)

    ```mlir
    %q, %r, %s = nn.adam_update %p, %g, %m, %v, %lr, %t {beta_1 = 0.9 : f64, beta_2 = 0.999 : f64, epsilon = 1.0e-7 : f64}
      : (tensor<640xf32>, tensor<640xf32>, tensor<640xf32>, tensor<640xf32>, tensor<f32>, tensor<i64>)
      -> (tensor<640xf32>, tensor<640xf32>, tensor<640xf32>)
    ```
  }];
  let arguments = (ins NN_Float:$parameter, NN_Float:$gradient,
    NN_Float:$momentum_buffer, NN_Float:$velocity, NN_ScalarFloat:$learning_rate, NN_Counter:$iteration,
    F64Attr:$beta_1, F64Attr:$beta_2, F64Attr:$epsilon);
  let results = (outs NN_Float:$new_parameter, NN_Float:$new_momentum_buffer,
    NN_Float:$new_velocity);
}

def NN_IncrementOp : NN_UpdateOp<"increment"> {
  let summary = "counts one step";
  let description = [{
    ```mlir
    %u = nn.increment %t : (tensor<i64>) -> tensor<i64>
    ```
  }];
  let arguments = (ins NN_Counter:$counter);
  let results = (outs NN_Counter:$next);
}

#endif // LATHE_NN_OPTIMIZERS
