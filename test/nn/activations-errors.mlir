// Activation functions: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{elementwise_c1: operand 0 of type 'tensor<?x4xf32>' does not broadcast to the result}}
  %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @forward(%x: tensor<1x4xf32>) {
  // expected-error @below {{shape_c1: has the type tensor<2x4xf32>, but its shape rule says tensor<1x4xf32>}}
  %0 = nn.relu %x : (tensor<1x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xi64>) {
  // expected-error @below {{operand #0 must be tensor of 32-bit float values}}
  %0 = nn.relu %x : (tensor<?x4xi64>) -> tensor<?x4xi64>
  return
}

// -----

func.func @forward(%x: tensor<*xf32>) {
  // expected-error @below {{elementwise_c1: operand 0 of type 'tensor<*xf32>'}}
  %0 = nn.relu %x : (tensor<*xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %y: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 1 of type 'tensor<?x3xf32>' does not broadcast to the result}}
  %0 = nn.relu_backward %dy, %y : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<1x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.activation %x {function = "silu"} : (tensor<1x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{attribute 'function' failed to satisfy constraint: string attribute that is one of elu, exponential}}
  %0 = nn.activation %x {function = "swish"} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>) {
  // expected-error @below {{elementwise_c1: operand 0}}
  %0 = nn.activation_backward %dy, %x {function = "silu"} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>) {
  // expected-error @below {{attribute 'function' failed}}
  %0 = nn.activation_backward %dy, %x {function = "relu"} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x7x4xf32>, %a: tensor<7x4xf32>) {
  // expected-error @below {{the layer needs a parameter of shape 1x4, but it has 7x4}}
  %0 = nn.prelu %x, %a {shared_axes = array<i64: 1>} : (tensor<?x7x4xf32>, tensor<7x4xf32>) -> tensor<?x7x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x7x4xf32>, %a: tensor<7x4xf32>) {
  // expected-error @below {{the input has no dimension 3; its shape is 7x4}}
  %0 = nn.prelu %x, %a {shared_axes = array<i64: 3>} : (tensor<?x7x4xf32>, tensor<7x4xf32>) -> tensor<?x7x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x7x4xf32>, %a: tensor<7x4xf32>) {
  // expected-error @below {{the input has no dimension 0}}
  %0 = nn.prelu %x, %a {shared_axes = array<i64: 0>} : (tensor<?x7x4xf32>, tensor<7x4xf32>) -> tensor<?x7x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<f32>, %a: tensor<f32>) {
  // expected-error @below {{the layer needs an input of 1 dimensions or more, the batch among them, but its input has 0}}
  %0 = nn.prelu %x, %a {shared_axes = array<i64>} : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %a: tensor<4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.prelu %x, %a {shared_axes = array<i64>} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x5xf32>
  return
}
