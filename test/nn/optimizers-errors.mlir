// Parameter updates: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%p: tensor<4xf32>, %g: tensor<3xf32>, %lr: tensor<f32>) {
  // expected-error @below {{sgd_update_c1: operand 1 is 'tensor<3xf32>', but needs to be 'tensor<4xf32>'}}
  %0 = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<4xf32>, tensor<3xf32>, tensor<f32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %v: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{sgd_update_c2: a velocity needs a new one}}
  %0 = nn.sgd_update %p, %g, %v, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{in_place_c1: result 0 of type}}
  %0 = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<3xf32>
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %lr: tensor<1xf32>) {
  // expected-error @below {{operand #2 must be 0D tensor}}
  %0 = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<4xf32>, tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{attribute 'momentum' failed}}
  %0 = nn.sgd_update %p, %g, %lr {momentum = 1.5 : f64, nesterov = false} : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{attribute 'weight_decay' failed}}
  %0 = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false, weight_decay = -0.1 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<3xf32>, %v: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{rmsprop_update_c1: operand 1}}
  %0:2 = nn.rmsprop_update %p, %g, %v, %lr {rho = 0.9 : f64, epsilon = 1.0e-7 : f64, momentum = 0.0 : f64} : (tensor<4xf32>, tensor<3xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %v: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{rmsprop_update_c2: needs 1 slots behind the velocity}}
  %0:2 = nn.rmsprop_update %p, %g, %v, %lr {rho = 0.9 : f64, epsilon = 1.0e-7 : f64, momentum = 0.0 : f64, centered = true} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %v: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{in_place_c1: result 1}}
  %0:2 = nn.rmsprop_update %p, %g, %v, %lr {rho = 0.9 : f64, epsilon = 1.0e-7 : f64, momentum = 0.0 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<3xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %v: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{attribute 'rho' failed}}
  %0:2 = nn.rmsprop_update %p, %g, %v, %lr {rho = 1.0 : f64, epsilon = 1.0e-7 : f64, momentum = 0.0 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %v: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{attribute 'epsilon' failed}}
  %0:2 = nn.rmsprop_update %p, %g, %v, %lr {rho = 0.9 : f64, epsilon = -1.0 : f64, momentum = 0.0 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<3xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>, %lr: tensor<f32>, %t: tensor<i64>) {
  // expected-error @below {{adam_update_c1: operand 1}}
  %0:3 = nn.adam_update %p, %g, %m, %v, %lr, %t {beta_1 = 0.9 : f64, beta_2 = 0.999 : f64, epsilon = 1.0e-7 : f64} : (tensor<4xf32>, tensor<3xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<i64>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>, %lr: tensor<f32>, %t: tensor<i64>) {
  // expected-error @below {{in_place_c1: result 2}}
  %0:3 = nn.adam_update %p, %g, %m, %v, %lr, %t {beta_1 = 0.9 : f64, beta_2 = 0.999 : f64, epsilon = 1.0e-7 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<i64>) -> (tensor<4xf32>, tensor<4xf32>, tensor<2x2xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>, %lr: tensor<f32>, %t: tensor<i64>) {
  // expected-error @below {{attribute 'beta_1' failed}}
  %0:3 = nn.adam_update %p, %g, %m, %v, %lr, %t {beta_1 = 1.0 : f64, beta_2 = 0.999 : f64, epsilon = 1.0e-7 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<i64>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>, %lr: tensor<f32>, %t: tensor<i64>) {
  // expected-error @below {{attribute 'beta_2' failed}}
  %0:3 = nn.adam_update %p, %g, %m, %v, %lr, %t {beta_1 = 0.9 : f64, beta_2 = -0.5 : f64, epsilon = 1.0e-7 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<i64>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %m: tensor<4xf32>, %v: tensor<4xf32>, %lr: tensor<f32>, %t: tensor<i64>) {
  // expected-error @below {{attribute 'epsilon' failed}}
  %0:3 = nn.adam_update %p, %g, %m, %v, %lr, %t {beta_1 = 0.9 : f64, beta_2 = 0.999 : f64, epsilon = -1.0 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<i64>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<3xf32>, %a: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{adagrad_update_c1: operand 1}}
  %0:2 = nn.adagrad_update %p, %g, %a, %lr {epsilon = 1.0e-7 : f64} : (tensor<4xf32>, tensor<3xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %a: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{in_place_c1: result 1}}
  %0:2 = nn.adagrad_update %p, %g, %a, %lr {epsilon = 1.0e-7 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<3xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %a: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{attribute 'epsilon' failed}}
  %0:2 = nn.adagrad_update %p, %g, %a, %lr {epsilon = -1.0 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<3xf32>, %m: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{lion_update_c1: operand 1}}
  %0:2 = nn.lion_update %p, %g, %m, %lr {beta_1 = 0.9 : f64, beta_2 = 0.99 : f64} : (tensor<4xf32>, tensor<3xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %m: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{in_place_c1: result 0}}
  %0:2 = nn.lion_update %p, %g, %m, %lr {beta_1 = 0.9 : f64, beta_2 = 0.99 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<3xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %m: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{attribute 'beta_1' failed}}
  %0:2 = nn.lion_update %p, %g, %m, %lr {beta_1 = 1.0 : f64, beta_2 = 0.99 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<4xf32>, %g: tensor<4xf32>, %m: tensor<4xf32>, %lr: tensor<f32>) {
  // expected-error @below {{attribute 'beta_2' failed}}
  %0:2 = nn.lion_update %p, %g, %m, %lr {beta_1 = 0.9 : f64, beta_2 = 2.0 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @forward(%a: tensor<4xf32>, %g: tensor<3xf32>, %t: tensor<i64>) {
  // expected-error @below {{accumulate_gradient_c1: operand 1}}
  %0 = nn.accumulate_gradient %a, %g, %t {steps = 4 : i64} : (tensor<4xf32>, tensor<3xf32>, tensor<i64>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%a: tensor<4xf32>, %g: tensor<4xf32>, %t: tensor<i64>) {
  // expected-error @below {{in_place_c1: result 0}}
  %0 = nn.accumulate_gradient %a, %g, %t {steps = 4 : i64} : (tensor<4xf32>, tensor<4xf32>, tensor<i64>) -> tensor<3xf32>
  return
}

// -----

func.func @forward(%a: tensor<4xf32>, %g: tensor<4xf32>, %t: tensor<i64>) {
  // expected-error @below {{attribute 'steps' failed}}
  %0 = nn.accumulate_gradient %a, %g, %t {steps = 0 : i64} : (tensor<4xf32>, tensor<4xf32>, tensor<i64>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%a: tensor<4xf32>, %p: tensor<3xf32>, %t: tensor<i64>) {
  // expected-error @below {{average_weights_c1: operand 1}}
  %0 = nn.average_weights %a, %p, %t {momentum = 0.9 : f64} : (tensor<4xf32>, tensor<3xf32>, tensor<i64>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%a: tensor<4xf32>, %p: tensor<4xf32>, %t: tensor<i64>) {
  // expected-error @below {{in_place_c1: result 0}}
  %0 = nn.average_weights %a, %p, %t {momentum = 0.9 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<i64>) -> tensor<3xf32>
  return
}

// -----

func.func @forward(%a: tensor<4xf32>, %p: tensor<4xf32>, %t: tensor<i64>) {
  // expected-error @below {{attribute 'momentum' failed}}
  %0 = nn.average_weights %a, %p, %t {momentum = 1.5 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<i64>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%g: tensor<4xf32>, %p: tensor<3xf32>) {
  // expected-error @below {{elementwise_c1: operand 1}}
  %0 = nn.regularize %g, %p {l1 = 0.0 : f64, l2 = 0.5 : f64} : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%g: tensor<4xf32>, %p: tensor<4xf32>) {
  // expected-error @below {{attribute 'l1' failed}}
  %0 = nn.regularize %g, %p {l1 = -1.0 : f64, l2 = 0.5 : f64} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%g: tensor<4xf32>, %p: tensor<4xf32>) {
  // expected-error @below {{attribute 'l2' failed}}
  %0 = nn.regularize %g, %p {l1 = 0.0 : f64, l2 = -0.5 : f64} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%g: tensor<4xf32>) {
  // expected-error @below {{elementwise_c1: operand 0}}
  %0 = nn.clip %g {low = -0.5 : f64, high = 0.5 : f64} : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @forward(%g: tensor<4xf32>, %n: tensor<f32>) {
  // expected-error @below {{elementwise_c1: operand 0}}
  %0 = nn.clip_by_norm %g, %n {norm = 1.0 : f64} : (tensor<4xf32>, tensor<f32>) -> tensor<3xf32>
  return
}

// -----

func.func @forward(%g: tensor<4xf32>, %n: tensor<4xf32>) {
  // expected-error @below {{operand #1 must be 0D tensor}}
  %0 = nn.clip_by_norm %g, %n {norm = 1.0 : f64} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%g: tensor<4xf32>, %n: tensor<f32>) {
  // expected-error @below {{attribute 'norm' failed}}
  %0 = nn.clip_by_norm %g, %n {norm = -1.0 : f64} : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return
}

// -----

func.func @forward(%g: tensor<4xf32>) {
  // expected-error @below {{result #0 must be 0D tensor}}
  %0 = nn.squared_norm %g : (tensor<4xf32>) -> tensor<1xf32>
  return
}

// -----

func.func @forward(%g: tensor<*xf32>) {
  // expected-error @below {{operand #0 must be ranked tensor}}
  %0 = nn.squared_norm %g : (tensor<*xf32>) -> tensor<f32>
  return
}

// -----

func.func @forward(%p: tensor<4xf32>) {
  // expected-error @below {{result #0 must be 0D tensor}}
  %0 = nn.absolute_sum %p : (tensor<4xf32>) -> tensor<1xf32>
  return
}

// -----

func.func @forward(%p: tensor<4xi64>) {
  // expected-error @below {{operand #0 must be ranked tensor}}
  %0 = nn.absolute_sum %p : (tensor<4xi64>) -> tensor<f32>
  return
}

// -----

func.func @forward(%t: tensor<i64>) {
  // expected-error @below {{result #0 must be 0D tensor of 64-bit signless integer values}}
  %0 = nn.increment %t : (tensor<i64>) -> tensor<1xi64>
  return
}

// -----

func.func @forward(%t: tensor<i32>) {
  // expected-error @below {{operand #0 must be 0D tensor of 64-bit signless integer values}}
  %0 = nn.increment %t : (tensor<i32>) -> tensor<i32>
  return
}
