// Relative positions: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%t: tensor<14x4xf32>) {
  // expected-error @below {{the layer needs a parameter of shape 15x4}}
  %0 = nn.relative_bias %t {size = array<i64: 2, 3>} : (tensor<14x4xf32>) -> tensor<4x6x6xf32>
  return
}

// -----

func.func @forward(%t: tensor<15x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.relative_bias %t {size = array<i64: 2, 3>} : (tensor<15x4xf32>) -> tensor<4x6x5xf32>
  return
}

// -----

func.func @forward(%t: tensor<15x4xf32>) {
  // expected-error @below {{attribute 'size' failed to satisfy constraint: i64 dense array attribute with exactly 2 elements whose value is positive}}
  %0 = nn.relative_bias %t {size = array<i64: 2>} : (tensor<15x4xf32>) -> tensor<4x6x6xf32>
  return
}

// -----

func.func @forward(%t: tensor<15xf32>) {
  // expected-error @below {{operand #0 must be 2D or unranked tensor}}
  %0 = nn.relative_bias %t {size = array<i64: 2, 3>} : (tensor<15xf32>) -> tensor<4x6x6xf32>
  return
}

// -----

func.func @forward(%dy: tensor<4x6x5xf32>) {
  // expected-error @below {{relative_bias_backward_c1: operand 0 is 'tensor<4x6x5xf32>', but needs to be 'tensor<4x6x6xf32>'}}
  %0 = nn.relative_bias_backward %dy {size = array<i64: 2, 3>} : (tensor<4x6x5xf32>) -> tensor<15x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<4x6x6xf32>) {
  // expected-error @below {{relative_bias_backward_c2: result 0 is 'tensor<15x3xf32>', but needs to be 'tensor<15x4xf32>'}}
  %0 = nn.relative_bias_backward %dy {size = array<i64: 2, 3>} : (tensor<4x6x6xf32>) -> tensor<15x3xf32>
  return
}

// -----

func.func @forward(%dy: tensor<4x6x6xf32>) {
  // expected-error @below {{attribute 'size' failed}}
  %0 = nn.relative_bias_backward %dy {size = array<i64: 2, 0>} : (tensor<4x6x6xf32>) -> tensor<15x4xf32>
  return
}
