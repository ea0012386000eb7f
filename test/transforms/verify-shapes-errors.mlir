// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x3x4xf32>, %w: tensor<4x2xf32>, %i: tensor<?x3x4xi64>) {
  %0 = nn.dense %x, %w : (tensor<?x3x4xf32>, tensor<4x2xf32>) -> tensor<?x3x2xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 0, 2, 1>} : (tensor<?x3x2xf32>) -> tensor<?x2x3xf32>
  %2 = nn.cast %i {element_type = f32} : (tensor<?x3x4xi64>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%i: tensor<?x4xi64>) {
  // expected-error @below {{cast_c1: does not take elements of the type 'i64'}}
  %0 = nn.cast %i {element_type = f32} : (tensor<?x4xi64>) -> tensor<?x4xi64>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{shape_c1: has the type tensor<?x3x4xf32>, but its shape rule says tensor<?x4x3xf32>}}
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 1>} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{cannot reshape 3x4 (12 elements) to this shape (13 elements)}}
  // expected-error @below {{shape_c1: its operands do not fit its shape rule}}
  %0 = nn.reshape %x {shape = array<i64: 13>} : (tensor<?x3x4xf32>) -> tensor<?x13xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %y: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 1 of type 'tensor<?x3xf32>' does not broadcast to the result}}
  %0 = nn.relu_backward %x, %y : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

// Rules see known shapes only.
func.func @forward(%x: tensor<?x?x4xf32>) {
  // expected-error @below {{shape_c0: the shape of operand 0 is not known: 'tensor<?x?x4xf32>'}}
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 1>} : (tensor<?x?x4xf32>) -> tensor<?x4x3xf32>
  return
}
