// Functions of elements of any type: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{elementwise_c1: operand 0}}
  %0 = nn.math %x {function = "floor"} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xi64>) {
  // expected-error @below {{math_c1: does not take elements of the type}}
  %0 = nn.math %x {function = "floor"} : (tensor<?x4xi64>) -> tensor<?x4xi64>
  return
}

// -----

func.func @forward(%x: tensor<?x4xui8>) {
  // expected-error @below {{math_c1: does not take elements of the type}}
  %0 = nn.math %x {function = "abs"} : (tensor<?x4xui8>) -> tensor<?x4xui8>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{math_c1: does not take elements of the type}}
  %0 = nn.math %x {function = "not"} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{attribute 'function' failed to satisfy constraint: string attribute that is one of abs, ceil}}
  %0 = nn.math %x {function = "tan"} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{requires the same element type}}
  %0 = nn.math %x {function = "floor"} : (tensor<?x4xf32>) -> tensor<?x4xi64>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 1}}
  %0 = nn.combine %a, %b {function = "divide"} : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x4xi64>) {
  // expected-error @below {{combine_c1: does not take elements of the type}}
  %0 = nn.combine %a, %b {function = "divide"} : (tensor<?x4xf32>, tensor<?x4xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x4xi64>) {
  // expected-error @below {{combine_c1: does not take elements of the type}}
  %0 = nn.combine %a, %b {function = "power"} : (tensor<?x4xf32>, tensor<?x4xi64>) -> tensor<?x4xi64>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x4xf32>) {
  // expected-error @below {{combine_c1: does not take elements of the type}}
  %0 = nn.combine %a, %b {function = "and"} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xui8>, %b: tensor<?x4xui8>) {
  // expected-error @below {{attribute 'function' failed}}
  %0 = nn.combine %a, %b {function = "nand"} : (tensor<?x4xui8>, tensor<?x4xui8>) -> tensor<?x4xui8>
  return
}

// -----

func.func @forward(%a: tensor<?x1xf32>, %b: tensor<?x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.combine %a, %b {function = "divide"} : (tensor<?x1xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 1}}
  %0 = nn.compare %a, %b {predicate = "gt"} : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xui8>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x4xi64>) {
  // expected-error @below {{compare_c1: does not take elements of the type}}
  %0 = nn.compare %a, %b {predicate = "gt"} : (tensor<?x4xf32>, tensor<?x4xi64>) -> tensor<?x4xui8>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x4xf32>) {
  // expected-error @below {{result #0 must be tensor of 8-bit unsigned integer values}}
  %0 = nn.compare %a, %b {predicate = "gt"} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x4xf32>, %b: tensor<?x4xf32>) {
  // expected-error @below {{attribute 'predicate' failed}}
  %0 = nn.compare %a, %b {predicate = "above"} : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xui8>
  return
}

// -----

func.func @forward(%c: tensor<?x4xui8>, %a: tensor<?x4xf32>, %b: tensor<?x3xf32>) {
  // expected-error @below {{elementwise_c1: operand 2}}
  %0 = nn.select %c, %a, %b : (tensor<?x4xui8>, tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%c: tensor<?x4xui8>, %a: tensor<?x4xf32>, %b: tensor<?x4xi64>) {
  // expected-error @below {{select_c1: does not take elements of the type}}
  %0 = nn.select %c, %a, %b : (tensor<?x4xui8>, tensor<?x4xf32>, tensor<?x4xi64>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%c: tensor<?x4xf32>, %a: tensor<?x4xf32>, %b: tensor<?x4xf32>) {
  // expected-error @below {{operand #0 must be tensor of 8-bit unsigned integer values}}
  %0 = nn.select %c, %a, %b : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xi64>) {
  // expected-error @below {{cast_c1: does not take elements of the type}}
  %0 = nn.cast %x {element_type = f32} : (tensor<?x4xi64>) -> tensor<?x4xi64>
  return
}

// -----

func.func @forward(%x: tensor<?x4xi64>) {
  // expected-error @below {{elementwise_c1: operand 0}}
  %0 = nn.cast %x {element_type = f32} : (tensor<?x4xi64>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xi64>) {
  // expected-error @below {{result #0 must be tensor of 32-bit float or}}
  %0 = nn.cast %x {element_type = f64} : (tensor<?x4xi64>) -> tensor<?x4xf64>
  return
}
