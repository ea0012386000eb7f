// Sums, products, reductions, broadcasts: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 1 of type 'tensor<?x3xf32>' does not broadcast to the result}}
  %0 = nn.add %a, %b : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x4xi64>) {
  // expected-error @below {{requires the same element type for all operands and results}}
  %0 = nn.add %a, %b : (tensor<?x4xf32>, tensor<?x4xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 1 of type 'tensor<?x3xf32>' does not broadcast to the result}}
  %0 = nn.subtract %a, %b : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x4xi64>) {
  // expected-error @below {{requires the same element type for all operands and results}}
  %0 = nn.subtract %a, %b : (tensor<?x4xf32>, tensor<?x4xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 1 of type 'tensor<?x3xf32>' does not broadcast to the result}}
  %0 = nn.multiply %a, %b : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x4xi64>) {
  // expected-error @below {{requires the same element type for all operands and results}}
  %0 = nn.multiply %a, %b : (tensor<?x4xf32>, tensor<?x4xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 1 of type 'tensor<?x3xf32>' does not broadcast to the result}}
  %0 = nn.maximum %a, %b : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x4xi64>) {
  // expected-error @below {{requires the same element type for all operands and results}}
  %0 = nn.maximum %a, %b : (tensor<?x4xf32>, tensor<?x4xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 1 of type 'tensor<?x3xf32>' does not broadcast to the result}}
  %0 = nn.minimum %a, %b : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x4xi64>) {
  // expected-error @below {{requires the same element type for all operands and results}}
  %0 = nn.minimum %a, %b : (tensor<?x4xf32>, tensor<?x4xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x1xf32>, %b: tensor<?x4xf32>) {
  // expected-error @below {{the layer needs inputs of one shape}}
  %0 = nn.subtract %a, %b : (tensor<?x1xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<1x4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.add %a, %b : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %a: tensor<?x4xf32>, %b: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 2}}
  %0 = nn.mask %x, %a, %b {predicate = "ge"} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %a: tensor<?x4xf32>, %b: tensor<?x4xf32>) {
  // expected-error @below {{attribute 'predicate' failed to satisfy constraint: string attribute that is one of ge, gt, le, lt}}
  %0 = nn.mask %x, %a, %b {predicate = "eq"} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 0}}
  %0 = nn.broadcast %x : (tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x1xf32>) {
  // expected-error @below {{requires the same element type}}
  %0 = nn.broadcast %x : (tensor<?x1xf32>) -> tensor<?x4xi64>
  return
}

// -----

func.func @forward(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{elementwise_c1: operand 0}}
  %0 = nn.broadcast %x : (tensor<2x3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{reduce_c1: the axes array<i64: 1, 1> are not different dimensions}}
  %0 = nn.reduce %x {function = "sum", axes = array<i64: 1, 1>, keepdims = true} : (tensor<?x3x4xf32>) -> tensor<?x1x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{reduce_c1: the axes array<i64: 3>}}
  %0 = nn.reduce %x {function = "sum", axes = array<i64: 3>, keepdims = true} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{reduce_c1: the axes array<i64: -4>}}
  %0 = nn.reduce %x {function = "sum", axes = array<i64: -4>, keepdims = true} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{reduce_c2: the mean is over the batch}}
  %0 = nn.reduce %x {function = "mean", axes = array<i64: 0>, keepdims = true} : (tensor<?x3x4xf32>) -> tensor<1x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{reduce_c3: result 0 is 'tensor<?x4xf32>', but needs to be 'tensor<?x1x4xf32>'}}
  %0 = nn.reduce %x {function = "sum", axes = array<i64: 1>, keepdims = true} : (tensor<?x3x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{attribute 'function' failed to satisfy constraint: string attribute that is one of mean, sum}}
  %0 = nn.reduce %x {function = "max", axes = array<i64: 1>, keepdims = true} : (tensor<?x3x4xf32>) -> tensor<?x1x4xf32>
  return
}
