// Scaling, dropout, noise: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{elementwise_c1: operand 0}}
  %0 = nn.scale %x {scale = 2.0 : f64, offset = 0.0 : f64} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<1x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.scale %x {scale = 2.0 : f64, offset = 0.0 : f64} : (tensor<1x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xi32>) {
  // expected-error @below {{operand #0 must be tensor of 32-bit float values}}
  %0 = nn.scale %x {scale = 2.0 : f64, offset = 0.0 : f64} : (tensor<?x4xi32>) -> tensor<?x4xi32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %t: tensor<i64>, %s: tensor<i64>) {
  // expected-error @below {{attribute 'rate' failed to satisfy constraint: 64-bit float attribute of at least 0 and less than 1}}
  %0 = nn.dropout %x, %t, %s {rate = 1.0 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %t: tensor<i64>, %s: tensor<i64>) {
  // expected-error @below {{attribute 'rate' failed}}
  %0 = nn.dropout %x, %t, %s {rate = -0.5 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %t: tensor<i64>, %s: tensor<i64>) {
  // expected-error @below {{attribute 'rate' failed}}
  %0 = nn.dropout %x, %t, %s {rate = 0x7FF8000000000000 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %t: tensor<i64>, %s: tensor<i64>) {
  // expected-error @below {{shares a draw along the batch}}
  %0 = nn.dropout %x, %t, %s {rate = 0.5 : f64, key = 1 : i64, shared_axes = array<i64: 0>} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %t: tensor<1xi64>, %s: tensor<i64>) {
  // expected-error @below {{operand #1 must be 0D tensor of 64-bit signless integer values}}
  %0 = nn.dropout %x, %t, %s {rate = 0.5 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<1xi64>, tensor<i64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<1x4xf32>, %t: tensor<i64>, %s: tensor<i64>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.dropout %x, %t, %s {rate = 0.5 : f64, key = 1 : i64} : (tensor<1x4xf32>, tensor<i64>, tensor<i64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %t: tensor<i64>, %s: tensor<i64>) {
  // expected-error @below {{attribute 'stddev' failed to satisfy constraint: 64-bit float attribute of at least 0}}
  %0 = nn.gaussian_noise %x, %t, %s {stddev = -1.0 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %t: tensor<i64>, %s: tensor<i64>) {
  // expected-error @below {{elementwise_c1: operand 0}}
  %0 = nn.gaussian_noise %x, %t, %s {stddev = 1.0 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x5xf32>
  return
}
