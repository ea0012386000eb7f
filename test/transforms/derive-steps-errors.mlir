// RUN: lathe-opt %s --derive-steps --split-input-file --verify-diagnostics

// expected-error @+1 {{the module has no @forward}}
module {
}

// -----

// expected-error @+1 {{the loss categorical_crossentropy needs a network that ends with a softmax}}
nn.recipe @model {loss = "categorical_crossentropy", batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
func.func @forward(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
