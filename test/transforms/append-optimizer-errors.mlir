// RUN: lathe-opt %s --append-optimizer --verify-diagnostics

// expected-error @+1 {{unknown optimizer "ftrl"}}
nn.recipe @m {loss = "", batch_size = 1 : i64, epochs = 1 : i64, optimizer = {name = "ftrl"}}
nn.variable parameter @a : tensor<4xf32>
func.func @train_step(%g: tensor<4xf32>) {
  nn.apply_gradient @a, %g : tensor<4xf32>
  return
}
