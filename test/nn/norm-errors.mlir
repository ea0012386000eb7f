// Normalisation: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x4xf32>, %m: tensor<4xf32>, %v: tensor<3xf32>) {
  // expected-error @below {{the layer needs a parameter of shape 4, but it has 3}}
  %0 = nn.batch_norm %x, %m, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, momentum = 0.99 : f64, epsilon = 1.0e-3 : f64, frozen = false} : (tensor<?x4xf32>, tensor<4xf32>, tensor<3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.batch_norm %x, %m, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, momentum = 0.99 : f64, epsilon = 1.0e-3 : f64, frozen = false} : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error @below {{the layer needs an input of 2 dimensions or more}}
  %0 = nn.batch_norm %x, %m, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, momentum = 0.99 : f64, epsilon = 1.0e-3 : f64, frozen = false} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %m: tensor<4x1xf32>, %v: tensor<4xf32>) {
  // expected-error @below {{operand #1 must be 1D or unranked tensor}}
  %0 = nn.batch_norm %x, %m, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, momentum = 0.99 : f64, epsilon = 1.0e-3 : f64, frozen = false} : (tensor<?x4xf32>, tensor<4x1xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error @below {{attribute 'momentum' failed to satisfy constraint: 64-bit float attribute from 0 to 1}}
  %0 = nn.batch_norm %x, %m, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, momentum = 1.5 : f64, epsilon = 1.0e-3 : f64, frozen = false} : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error @below {{attribute 'epsilon' failed to satisfy constraint: 64-bit float attribute of at least 0}}
  %0 = nn.batch_norm %x, %m, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, momentum = 0.99 : f64, epsilon = -1.0e-3 : f64, frozen = false} : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{batch_norm_training_c1: result 0 is 'tensor<?x3xf32>', but needs to be 'tensor<?x4xf32>'}}
  %0:3 = nn.batch_norm_training %x, %g, %b {epsilon = 1.0e-3 : f64} : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<?x3xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{batch_norm_training_c2: result 2}}
  %0:3 = nn.batch_norm_training %x, %g, %b {epsilon = 1.0e-3 : f64} : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>, tensor<3xf32>)
  return
}

// -----

func.func @forward(%x: tensor<f32>, %g: tensor<1xf32>, %b: tensor<1xf32>) {
  // expected-error @below {{batch_norm_training_c1: a single number has no channels}}
  %0:3 = nn.batch_norm_training %x, %g, %b {epsilon = 1.0e-3 : f64} : (tensor<f32>, tensor<1xf32>, tensor<1xf32>) -> (tensor<f32>, tensor<1xf32>, tensor<1xf32>)
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %g: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{attribute 'epsilon' failed}}
  %0:3 = nn.batch_norm_training %x, %g, %b {epsilon = -1.0 : f64} : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %x: tensor<?x3xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>, %g: tensor<4xf32>) {
  // expected-error @below {{batch_norm_backward_c1: operand 1}}
  %0:3 = nn.batch_norm_backward %dy, %x, %m, %v, %g {epsilon = 1.0e-3 : f64} : (tensor<?x4xf32>, tensor<?x3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>, %m: tensor<4xf32>, %v: tensor<3xf32>, %g: tensor<4xf32>) {
  // expected-error @below {{batch_norm_backward_c2: operand 3}}
  %0:3 = nn.batch_norm_backward %dy, %x, %m, %v, %g {epsilon = 1.0e-3 : f64} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<3xf32>, tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>, %g: tensor<4xf32>) {
  // expected-error @below {{attribute 'epsilon' failed}}
  %0:3 = nn.batch_norm_backward %dy, %x, %m, %v, %g {epsilon = -1.0 : f64} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{batch_moments_c1: result 1}}
  %0:2 = nn.batch_moments %x : (tensor<?x4xf32>) -> (tensor<4xf32>, tensor<3xf32>)
  return
}

// -----

func.func @forward(%x: tensor<f32>) {
  // expected-error @below {{batch_moments_c1: a single number has no channels}}
  %0:2 = nn.batch_moments %x : (tensor<f32>) -> (tensor<1xf32>, tensor<1xf32>)
  return
}

// -----

func.func @forward(%g: tensor<4xf32>, %v: tensor<1xf32>) {
  // expected-error @below {{batch_norm_scale_c1: operand 1}}
  %0 = nn.batch_norm_scale %g, %v {epsilon = 1.0e-3 : f64} : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%g: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error @below {{attribute 'epsilon' failed}}
  %0 = nn.batch_norm_scale %g, %v {epsilon = -1.0 : f64} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%x: tensor<1x4xf32>, %m: tensor<4xf32>, %s: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{normalize_c1: result 0}}
  %0 = nn.normalize %x, %m, %s, %b : (tensor<1x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %m: tensor<4xf32>, %s: tensor<1xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{normalize_c2: operand 2}}
  %0 = nn.normalize %x, %m, %s, %b : (tensor<?x4xf32>, tensor<4xf32>, tensor<1xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %m: tensor<4xf32>, %s: tensor<1x4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{operand #2 must be 1D tensor}}
  %0 = nn.normalize %x, %m, %s, %b : (tensor<?x4xf32>, tensor<4xf32>, tensor<1x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %x: tensor<?x3xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{batch_norm_sums_c1: operand 1}}
  %0:2 = nn.batch_norm_sums %dy, %x, %m : (tensor<?x4xf32>, tensor<?x3xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{batch_norm_sums_c2: result 1}}
  %0:2 = nn.batch_norm_sums %dy, %x, %m : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<3xf32>)
  return
}

// -----

func.func @forward(%s: tensor<4xf32>, %t: tensor<4xf32>, %c: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error @below {{batch_norm_factors_c1: result 2}}
  %0:3 = nn.batch_norm_factors %s, %t, %c, %v {epsilon = 1.0e-3 : f64, positions = 49 : i64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<3xf32>)
  return
}

// -----

func.func @forward(%s: tensor<4xf32>, %t: tensor<4xf32>, %c: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error @below {{attribute 'epsilon' failed}}
  %0:3 = nn.batch_norm_factors %s, %t, %c, %v {epsilon = -1.0e-3 : f64, positions = 49 : i64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%s: tensor<4xf32>, %t: tensor<4xf32>, %c: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error @below {{attribute 'positions' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0:3 = nn.batch_norm_factors %s, %t, %c, %v {epsilon = 1.0e-3 : f64, positions = 0 : i64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %x: tensor<?x1xf32>, %m: tensor<4xf32>, %s: tensor<4xf32>, %a: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{normalize_backward_c1: operand 1}}
  %0 = nn.normalize_backward %dy, %x, %m, %s, %a, %b : (tensor<?x4xf32>, tensor<?x1xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>, %m: tensor<4xf32>, %s: tensor<4xf32>, %a: tensor<1xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{normalize_backward_c2: operand 4}}
  %0 = nn.normalize_backward %dy, %x, %m, %s, %a, %b : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<1xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<4xf32>, %x: tensor<3xf32>) {
  // expected-error @below {{moving_average_c1: operand 1}}
  %0 = nn.moving_average %a, %x {momentum = 0.9 : f64} : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%a: tensor<4xf32>, %x: tensor<4xf32>) {
  // expected-error @below {{in_place_c1: result 0}}
  %0 = nn.moving_average %a, %x {momentum = 0.9 : f64} : (tensor<4xf32>, tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @forward(%a: tensor<4xf32>, %x: tensor<4xf32>) {
  // expected-error @below {{attribute 'momentum' failed}}
  %0 = nn.moving_average %a, %x {momentum = -0.1 : f64} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.standardize %x {axes = array<i64: 2>, epsilon = 1.0e-3 : f64} : (tensor<?x3x4xf32>) -> tensor<?x3x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{the axes must be different dimensions of the input behind the batch; its shape is 3x4}}
  %0 = nn.standardize %x {axes = array<i64: 0>, epsilon = 1.0e-3 : f64} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{the axes must be different dimensions of the input behind the batch; its shape is 3x4}}
  %0 = nn.standardize %x {axes = array<i64: 3>, epsilon = 1.0e-3 : f64} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{the axes must be different dimensions of the input behind the batch; its shape is 3x4}}
  %0 = nn.standardize %x {axes = array<i64: -4>, epsilon = 1.0e-3 : f64} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{the axes must be different dimensions of the input behind the batch; its shape is 3x4}}
  %0 = nn.standardize %x {axes = array<i64: 2, -1>, epsilon = 1.0e-3 : f64} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{attribute 'epsilon' failed}}
  %0 = nn.standardize %x {axes = array<i64: 2>, epsilon = -1.0 : f64} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.group_standardize %x {groups = 2 : i64, epsilon = 1.0e-3 : f64} : (tensor<?x3x4xf32>) -> tensor<?x3x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{groups must divide the 4 channels of the input, but is 3}}
  %0 = nn.group_standardize %x {groups = 3 : i64, epsilon = 1.0e-3 : f64} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{attribute 'groups' failed to satisfy constraint: 64-bit signless integer attribute that is positive or -1}}
  %0 = nn.group_standardize %x {groups = 0 : i64, epsilon = 1.0e-3 : f64} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<4xf32>) {
  // expected-error @below {{the layer needs an input of 2 dimensions or more}}
  %0 = nn.group_standardize %x {groups = 1 : i64, epsilon = 1.0e-3 : f64} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x3x4xf32>, %x: tensor<?x3x3xf32>) {
  // expected-error @below {{standardize_backward_c1: operand 1}}
  %0 = nn.standardize_backward %dy, %x {axes = array<i64: 2>, epsilon = 1.0e-3 : f64} : (tensor<?x3x4xf32>, tensor<?x3x3xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x3x4xf32>, %x: tensor<?x3x4xf32>) {
  // expected-error @below {{standardize_backward_c2: the axes array<i64: 0>}}
  %0 = nn.standardize_backward %dy, %x {axes = array<i64: 0>, epsilon = 1.0e-3 : f64} : (tensor<?x3x4xf32>, tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x3x4xf32>, %x: tensor<?x3x4xf32>) {
  // expected-error @below {{attribute 'epsilon' failed}}
  %0 = nn.standardize_backward %dy, %x {axes = array<i64: 2>, epsilon = -1.0 : f64} : (tensor<?x3x4xf32>, tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}
