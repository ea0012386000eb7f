// RUN: lathe-opt %s --append-optimizer --split-input-file --verify-diagnostics

// expected-error @+1 {{unknown optimizer "ftrl"}}
nn.recipe @m {loss = "", batch_size = 1 : i64, epochs = 1 : i64, optimizer = {name = "ftrl"}}
nn.variable parameter @a : tensor<4xf32>
func.func @train_step(%g: tensor<4xf32>) {
  nn.apply_gradient @a, %g : tensor<4xf32>
  return
}

// -----

// A parameter has the name that the average of another one needs.
nn.recipe @m {loss = "", batch_size = 1 : i64, epochs = 1 : i64, optimizer = {name = "sgd", learning_rate = 0.1 : f64, momentum = 0.0 : f64, nesterov = false, use_ema = true, ema_momentum = 0.99 : f64}}
nn.variable parameter @"dense/kernel" : tensor<4xf32>
// expected-error @+1 {{parameter 'ema/dense/kernel' has the name of a state variable of training; rename the layer or its block}}
nn.variable parameter @"ema/dense/kernel" : tensor<4xf32>
func.func @train_step(%g: tensor<4xf32>) {
  nn.apply_gradient @"dense/kernel", %g : tensor<4xf32>
  return
}
