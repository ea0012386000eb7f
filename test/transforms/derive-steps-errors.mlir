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

// -----

nn.recipe @model {loss = "categorical_crossentropy", batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
func.func @forward(%x: tensor<?x3x3x2xf32>) -> tensor<?x3x3x2xf32> {
  // expected-error @+1 {{the last layer has shape 3x3x2, but a classifier ends with one row of probabilities}}
  %0 = nn.softmax %x : (tensor<?x3x3x2xf32>) -> tensor<?x3x3x2xf32>
  return %0 : tensor<?x3x3x2xf32>
}

// -----

nn.recipe @model {loss = "sparse_categorical_crossentropy", batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}, class_names = ["cat", "dog"]}
func.func @forward(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  // expected-error @+1 {{the last layer gives 3 probabilities, but 2 classes are named}}
  %0 = nn.softmax %x : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// -----

// expected-error @+1 {{class_weight has class 3, but the last layer gives 3 classes, numbered from 0}}
nn.recipe @model {loss = "categorical_crossentropy", class_weight = array<f64: 1.0, 1.0, 1.0, 2.0>, batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable state @"optimizer/iteration" : tensor<i64>
func.func @forward(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = nn.softmax %x : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// -----

// expected-error @+1 {{class_weight needs one class per image, but with the loss binary_crossentropy each of the 3 outputs has its own label; remove it}}
nn.recipe @model {loss = "binary_crossentropy", class_weight = array<f64: 1.0, 2.0>, batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable state @"optimizer/iteration" : tensor<i64>
func.func @forward(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = nn.activation %x {function = "sigmoid"} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// -----

nn.recipe @model {loss = "categorical_crossentropy", batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable state @"optimizer/iteration" : tensor<i64>
func.func @forward(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  // expected-error @+1 {{the softmax of a single output is always 1; use sigmoid and the loss binary_crossentropy, or one unit for each class}}
  %0 = nn.softmax %x : (tensor<?x1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// -----

// expected-error @+1 {{top_k_categorical_accuracy needs one class per image, but with the loss binary_crossentropy each output has its own label; remove it}}
nn.recipe @model {loss = "binary_crossentropy", metrics = ["accuracy", "top_k_categorical_accuracy"], batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable state @"optimizer/iteration" : tensor<i64>
func.func @forward(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = nn.activation %x {function = "sigmoid"} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
