// Operations along one axis: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.axis_reduce %x {function = "sum"} : (tensor<?x3x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{needs a tensor of rank 3}}
  %0 = nn.axis_reduce %x {function = "sum"} : (tensor<?x4xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{attribute 'function' failed to satisfy constraint: string attribute that is one of maximum, minimum, product, sum}}
  %0 = nn.axis_reduce %x {function = "mean"} : (tensor<?x3x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{requires the same element type}}
  %0 = nn.axis_reduce %x {function = "sum"} : (tensor<?x3x4xf32>) -> tensor<?x4xi64>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.axis_arg %x {function = "maximum", last = false} : (tensor<?x3x4xf32>) -> tensor<?x3xi64>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{needs a tensor of rank 3}}
  %0 = nn.axis_arg %x {function = "maximum", last = false} : (tensor<?x4xf32>) -> tensor<?xi64>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{result #0 must be tensor of 64-bit signless integer values}}
  %0 = nn.axis_arg %x {function = "maximum", last = false} : (tensor<?x3x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{attribute 'function' failed}}
  %0 = nn.axis_arg %x {function = "sum", last = false} : (tensor<?x3x4xf32>) -> tensor<?x4xi64>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>, %n: tensor<2xi64>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.gather %x, %n : (tensor<?x3x4xf32>, tensor<2xi64>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>, %n: tensor<2x1xi64>) {
  // expected-error @below {{needs a tensor of rank 3 and a vector of numbers}}
  %0 = nn.gather %x, %n : (tensor<?x3x4xf32>, tensor<2x1xi64>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %n: tensor<2xi64>) {
  // expected-error @below {{needs a tensor of rank 3 and a vector of numbers}}
  %0 = nn.gather %x, %n : (tensor<?x4xf32>, tensor<2xi64>) -> tensor<?x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>, %n: tensor<2xf32>) {
  // expected-error @below {{operand #1 must be tensor of 32-bit signless integer or 64-bit signless integer values}}
  %0 = nn.gather %x, %n : (tensor<?x3x4xf32>, tensor<2xf32>) -> tensor<?x2x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>, %n: tensor<2xi64>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.gather %x, %n : (tensor<?x3x4xf32>, tensor<2xi64>) -> tensor<?x2x4xi64>
  return
}
