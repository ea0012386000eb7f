// Variables, requests and recipes: each constraint, violated.
// RUN: lathe-opt %s --split-input-file --verify-diagnostics

func.func @read() {
  // expected-error @+1 {{names no variable}}
  %0 = nn.read @missing : tensor<4xf32>
  return
}

// -----

nn.variable parameter @w : tensor<4xf32>
func.func @read() {
  // expected-error @+1 {{the variable @w has 'tensor<4xf32>'}}
  %0 = nn.read @w : tensor<5xf32>
  return
}

// -----

nn.variable parameter @w : tensor<4xf32>
func.func @assign(%x: tensor<5xf32>) {
  // expected-error @+1 {{the variable @w has 'tensor<4xf32>'}}
  nn.assign @w, %x : tensor<5xf32>
  return
}

// -----

func.func @gradient(%loss: tensor<f32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{gradient_c1: needs a gradient of the type of each value}}
  %0 = nn.gradient %loss of %w : (tensor<f32>, tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @gradient(%loss: tensor<1xf32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{operand #0 must be 0D tensor of 32-bit float values}}
  %0 = nn.gradient %loss of %w : (tensor<1xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

nn.variable parameter @w : tensor<4xf32>
func.func @apply(%g: tensor<5xf32>) {
  // expected-error @+1 {{the variable @w has 'tensor<4xf32>'}}
  nn.apply_gradient @w, %g : tensor<5xf32>
  return
}

// -----

func.func @apply(%g: tensor<5xf32>) {
  // expected-error @+1 {{names no variable}}
  nn.apply_gradient @w, %g : tensor<5xf32>
  return
}

// -----

func.func @assign(%x: tensor<5xf32>) {
  // expected-error @+1 {{names no variable}}
  nn.assign @w, %x : tensor<5xf32>
  return
}

// -----

// expected-error @+1 {{variable_c1: the initializer 'data' and the variable's data do not agree}}
nn.variable parameter @w : tensor<4xf32> {initializer = "data"}

// -----

// The elements are nowhere.
// expected-error @+1 {{variable_c1: the initializer 'data' and the variable's data do not agree}}
nn.variable parameter @w : tensor<2x3xf32> {initializer = "data", data = dense_resource<missing> : tensor<2x3xf32>}

// -----

// expected-error @+1 {{the layout "[2,3]" does not make 'tensor<3x2xf32>' of 'tensor<2x3xf32>'}}
nn.variable parameter @w : tensor<3x2xf32> {initializer = "data", data = #nn.moved<dense_resource<w> : tensor<2x3xf32>, "[2,3]"> : tensor<3x2xf32>}

// -----

// expected-error @+1 {{variable_c1: the initializer 'zeros' and the variable's data do not agree}}
nn.variable parameter @w : tensor<2xf32> {data = dense<[1.0, 2.0]> : tensor<2xf32>}

// -----

// expected-error @+1 {{variable_c1: the initializer 'data' and the variable's data do not agree}}
nn.variable parameter @w : tensor<3xf32> {initializer = "data", data = dense<[1.0, 2.0]> : tensor<2xf32>}

// -----

// expected-error @+1 {{attribute 'initializer' failed to satisfy constraint: string attribute that is one of constant, data, glorot_normal}}
nn.variable parameter @w : tensor<4xf32> {initializer = "uniform"}

// -----

// expected-error @+1 {{attribute 'l2' failed to satisfy constraint: 64-bit float attribute of at least 0}}
nn.variable parameter @w : tensor<4xf32> {l2 = -1.0 : f64}

// -----

// expected-error @+1 {{attribute 'learning_rate_multiplier' failed to satisfy constraint: 64-bit float attribute of at least 0}}
nn.variable parameter @w : tensor<4xf32> {learning_rate_multiplier = -1.0 : f64}

// -----

func.func @constant() {
  // expected-error @+1 {{failed to verify that all of {value, result} have same type}}
  %0 = "nn.constant"() <{value = dense<1.0> : tensor<f32>}> : () -> tensor<4xf32>
  return
}

// -----

// expected-error @+1 {{attribute 'batch' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
nn.model @graph {batch = 0 : i64}

// -----

// expected-error @+1 {{attribute 'batch_size' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
nn.recipe @model {loss = "hinge", batch_size = 0 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}

// -----

// expected-error @+1 {{attribute 'epochs' failed to satisfy constraint: 64-bit signless integer attribute whose value is non-negative}}
nn.recipe @model {loss = "hinge", batch_size = 1 : i64, epochs = -1 : i64, optimizer = {name = "sgd"}}
