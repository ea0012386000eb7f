// Matrix products, bias, and their gradients: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<4x2xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<3x2xf32>) {
  // expected-error @below {{the layer needs a parameter of shape 4x2, but it has 3x2}}
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<4xf32>, %w: tensor<4x2xf32>) {
  // expected-error @below {{the layer needs an input of 2 dimensions or more}}
  %0 = nn.dense %x, %w : (tensor<4xf32>, tensor<4x2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x1x1x1x4xf32>, %w: tensor<4x2xf32>) {
  // expected-error @below {{Dense takes inputs of up to 3 dimensions, but its input has shape 1x1x1x4}}
  %0 = nn.dense %x, %w : (tensor<?x1x1x1x4xf32>, tensor<4x2xf32>) -> tensor<?x1x1x1x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<4xf32>) {
  // expected-error @below {{operand #1 must be 2D or unranked tensor}}
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<?x2xf32>) {
  // expected-error @below {{the layer needs a parameter of shape 4x2, but it has the type}}
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<4x2xf32>, %z: tensor<?x2xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.dense_like %x, %w, %z : (tensor<?x4xf32>, tensor<4x2xf32>, tensor<?x2xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<4x2xf32>, %z: tensor<?x3xf32>) {
  // expected-error @below {{the layer needs a parameter of shape 4x3}}
  %0 = nn.dense_like %x, %w, %z : (tensor<?x4xf32>, tensor<4x2xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<4x2xf32>, %z: tensor<f32>) {
  // expected-error @below {{the layer needs an input of 1 dimensions or more}}
  %0 = nn.dense_like %x, %w, %z : (tensor<?x4xf32>, tensor<4x2xf32>, tensor<f32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<4xf32>, %w: tensor<4x2xf32>, %z: tensor<?x2xf32>) {
  // expected-error @below {{the layer needs an input of 2 dimensions or more}}
  %0 = nn.dense_like %x, %w, %z : (tensor<4xf32>, tensor<4x2xf32>, tensor<?x2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<6x3xf32>) {
  // expected-error @below {{partial_dense_c1: operand 1 is 'tensor<6x3xf32>', but needs to be 'tensor<4x3xf32>'}}
  %0 = nn.partial_dense %x, %w : (tensor<?x4xf32>, tensor<6x3xf32>) -> tensor<?x2x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error @below {{partial_dense_c2: 'tensor<?x3xf32>' has no slices}}
  %0 = nn.partial_dense %x, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error @below {{partial_dense_c2: result 0 is 'tensor<?x2x4xf32>', but needs to be 'tensor<?x2x3xf32>'}}
  %0 = nn.partial_dense %x, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error @below {{partial_dense_c3: 3 slices do not divide 4 columns}}
  %0 = nn.partial_dense %x, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3x3xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x2xf32>, %w: tensor<4x3xf32>) {
  // expected-error @below {{dense_backward_data_c1: operand 1 is 'tensor<4x3xf32>', but needs to be 'tensor<4x2xf32>'}}
  %0 = nn.dense_backward_data %dy, %w : (tensor<?x2xf32>, tensor<4x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x2xf32>, %w: tensor<4x2xf32>) {
  // expected-error @below {{dense_backward_data_c2: result 0 is 'tensor<?x5xf32>', but needs to be 'tensor<?x4xf32>'}}
  %0 = nn.dense_backward_data %dy, %w : (tensor<?x2xf32>, tensor<4x2xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x3x2xf32>, %w: tensor<4x2xf32>) {
  // expected-error @below {{operand #0 must be 2D tensor}}
  %0 = nn.dense_backward_data %dy, %w : (tensor<?x3x2xf32>, tensor<4x2xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<2x4xf32>, %dy: tensor<3x2xf32>) {
  // expected-error @below {{dense_backward_weights_c1: operand 1 is 'tensor<3x2xf32>', but needs to be 'tensor<2x2xf32>'}}
  %0 = nn.dense_backward_weights %x, %dy : (tensor<2x4xf32>, tensor<3x2xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %dy: tensor<?x2xf32>) {
  // expected-error @below {{dense_backward_weights_c2: result 0 is 'tensor<2x4xf32>', but needs to be 'tensor<4x2xf32>'}}
  %0 = nn.dense_backward_weights %x, %dy : (tensor<?x4xf32>, tensor<?x2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %b: tensor<3xf32>) {
  // expected-error @below {{elementwise_c1: operand 1}}
  %0 = nn.bias_add %x, %b : (tensor<?x4xf32>, tensor<3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %b: tensor<1xf32>) {
  // expected-error @below {{the layer needs a parameter of shape 4, but it has 1}}
  %0 = nn.bias_add %x, %b : (tensor<?x4xf32>, tensor<1xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %b: tensor<1x4xf32>) {
  // expected-error @below {{operand #1 must be 1D or unranked tensor}}
  %0 = nn.bias_add %x, %b : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<f32>, %b: tensor<1xf32>) {
  // expected-error @below {{elementwise_c1: operand 1}}
  %0 = nn.bias_add %x, %b : (tensor<f32>, tensor<1xf32>) -> tensor<f32>
  return
}

// -----

func.func @forward(%dy: tensor<?x3x4xf32>) {
  // expected-error @below {{bias_backward_c1: result 0 is 'tensor<3xf32>', but needs to be 'tensor<4xf32>'}}
  %0 = nn.bias_backward %dy : (tensor<?x3x4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @forward(%dy: tensor<f32>) {
  // expected-error @below {{bias_backward_c1: a single number has no channels}}
  %0 = nn.bias_backward %dy : (tensor<f32>) -> tensor<1xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x3x4xf32>, %b: tensor<?x4x5xf32>) {
  // expected-error @below {{shape_c1: has the type tensor<?x3x4xf32>, but its shape rule says tensor<?x3x5xf32>}}
  %0 = nn.matmul %a, %b {transpose_a = false, transpose_b = false} : (tensor<?x3x4xf32>, tensor<?x4x5xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x3x4xf32>, %b: tensor<?x5x4xf32>) {
  // expected-error @below {{the layer cannot multiply matrices of shapes 3x4 and 5x4}}
  %0 = nn.matmul %a, %b {transpose_a = false, transpose_b = false} : (tensor<?x3x4xf32>, tensor<?x5x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x2x3x4xf32>, %b: tensor<?x4x5xf32>) {
  // expected-error @below {{the layer cannot multiply matrices of shapes 2x3x4 and 4x5}}
  %0 = nn.matmul %a, %b {transpose_a = false, transpose_b = false} : (tensor<?x2x3x4xf32>, tensor<?x4x5xf32>) -> tensor<?x2x3x5xf32>
  return
}

// -----

func.func @forward(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) {
  // expected-error @below {{the layer cannot multiply matrices}}
  %0 = nn.matmul %a, %b {transpose_a = false, transpose_b = false} : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
  return
}
