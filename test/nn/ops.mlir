// Every operation's assembly survives a round trip.
// RUN: lathe-opt %s | lathe-opt | FileCheck %s

nn.recipe @model {loss = "categorical_crossentropy", batch_size = 32 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable parameter @w : tensor<3x3x1x32xf32> {initializer = "glorot_uniform"}
nn.variable state @t : tensor<i64>

// CHECK-LABEL: func.func @convolution
func.func @convolution(%x: tensor<?x28x28x1xf32>) -> tensor<?x26x26x32xf32> {
  // CHECK: nn.read @w : tensor<3x3x1x32xf32>
  %w = nn.read @w : tensor<3x3x1x32xf32>
  // CHECK: nn.conv2d
  %y = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x28x28x1xf32>, tensor<3x3x1x32xf32>) -> tensor<?x26x26x32xf32>
  // CHECK: nn.conv2d_backward_data
  %dx = nn.conv2d_backward_data %y, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x26x26x32xf32>, tensor<3x3x1x32xf32>) -> tensor<?x28x28x1xf32>
  // CHECK: nn.conv2d_backward_weights
  %dw = nn.conv2d_backward_weights %x, %y {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x28x28x1xf32>, tensor<?x26x26x32xf32>) -> tensor<3x3x1x32xf32>
  // CHECK: nn.assign @w, %{{.*}} : tensor<3x3x1x32xf32>
  nn.assign @w, %dw : tensor<3x3x1x32xf32>
  return %y : tensor<?x26x26x32xf32>
}

// CHECK-LABEL: func.func @elementwise
func.func @elementwise(%x: tensor<?x4xf32>, %b: tensor<4xf32>) -> tensor<?x2x2xf32> {
  // CHECK: nn.bias_add
  %0 = nn.bias_add %x, %b : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  // CHECK: nn.relu
  %1 = nn.relu %0 : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %t = nn.read @t : tensor<i64>
  // CHECK: nn.dropout
  %2 = nn.dropout %1, %t, %t {rate = 0.5 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  // CHECK: nn.scale
  %3 = nn.scale %2 {scale = 2.0 : f64, offset = 1.0 : f64} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  // CHECK: nn.add
  %4 = nn.add %3, %x : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  // CHECK: nn.relu_backward
  %5 = nn.relu_backward %4, %1 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  // CHECK: nn.reshape
  %6 = nn.reshape %5 {shape = array<i64: 2, 2>} : (tensor<?x4xf32>) -> tensor<?x2x2xf32>
  return %6 : tensor<?x2x2xf32>
}

// CHECK-LABEL: func.func @classification
func.func @classification(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>, %labels: tensor<?xi32>) -> tensor<f32> {
  // CHECK: nn.dense
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  // CHECK: nn.softmax_cross_entropy
  %loss, %p = nn.softmax_cross_entropy %0, %labels : (tensor<?x3xf32>, tensor<?xi32>) -> (tensor<f32>, tensor<?x3xf32>)
  // CHECK: nn.count_correct
  %k = nn.count_correct %p, %labels : (tensor<?x3xf32>, tensor<?xi32>) -> tensor<i32>
  // CHECK: nn.softmax_cross_entropy_backward
  %dx = nn.softmax_cross_entropy_backward %p, %labels : (tensor<?x3xf32>, tensor<?xi32>) -> tensor<?x3xf32>
  // CHECK: nn.gradient %{{.*}} of %{{.*}}
  %dw = nn.gradient %loss of %w : (tensor<f32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %loss : tensor<f32>
}

// CHECK-LABEL: func.func @updates
func.func @updates(%p: tensor<8xf32>, %g: tensor<8xf32>, %s: tensor<8xf32>, %lr: tensor<f32>) {
  // CHECK: nn.sgd_update
  %0:2 = nn.sgd_update %p, %g, %s, %lr {momentum = 0.9 : f64, nesterov = true} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>)
  // CHECK: nn.rmsprop_update
  %1:2 = nn.rmsprop_update %p, %g, %s, %lr {rho = 0.9 : f64, epsilon = 1.0e-7 : f64, momentum = 0.0 : f64} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>)
  %t = nn.read @t : tensor<i64>
  // CHECK: nn.adam_update
  %2:3 = nn.adam_update %p, %g, %s, %s, %lr, %t {beta_1 = 0.9 : f64, beta_2 = 0.999 : f64, epsilon = 1.0e-7 : f64} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>, tensor<i64>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
  // CHECK: nn.increment
  %3 = nn.increment %t : (tensor<i64>) -> tensor<i64>
  // CHECK: nn.rmsprop_update {{.*}} {centered = true
  %4:4 = nn.rmsprop_update %p, %g, %s, %s, %s, %lr {rho = 0.9 : f64, epsilon = 1.0e-7 : f64, momentum = 0.5 : f64, centered = true} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
  // CHECK: nn.adagrad_update
  %5:2 = nn.adagrad_update %p, %g, %s, %lr {epsilon = 1.0e-7 : f64} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>)
  // CHECK: nn.lion_update
  %6:2 = nn.lion_update %p, %g, %s, %lr {beta_1 = 0.9 : f64, beta_2 = 0.99 : f64} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>)
  // CHECK: nn.accumulate_gradient
  %7 = nn.accumulate_gradient %s, %g, %t {steps = 4 : i64} : (tensor<8xf32>, tensor<8xf32>, tensor<i64>) -> tensor<8xf32>
  // CHECK: nn.average_weights
  %8 = nn.average_weights %s, %p, %t {momentum = 0.99 : f64} : (tensor<8xf32>, tensor<8xf32>, tensor<i64>) -> tensor<8xf32>
  // CHECK: nn.regularize
  %9 = nn.regularize %g, %p {l1 = 0.0 : f64, l2 = 1.0e-4 : f64} : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  // CHECK: nn.clip
  %10 = nn.clip %g {low = -0.5 : f64, high = 0.5 : f64} : (tensor<8xf32>) -> tensor<8xf32>
  // CHECK: nn.squared_norm
  %11 = nn.squared_norm %g : (tensor<8xf32>) -> tensor<f32>
  // CHECK: nn.absolute_sum
  %12 = nn.absolute_sum %p : (tensor<8xf32>) -> tensor<f32>
  // CHECK: nn.clip_by_norm
  %13 = nn.clip_by_norm %g, %11 {norm = 1.0 : f64} : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
  return
}

// CHECK-LABEL: func.func @layers_to_decompose
func.func @layers_to_decompose(%x: tensor<?x4x4x6xf32>, %alpha: tensor<1x1x6xf32>, %w: tensor<6x3xf32>, %z: tensor<?x4x4x3xf32>) {
  // CHECK: nn.prelu %{{.*}}, %{{.*}} {shared_axes = array<i64: 1, 2>}
  %0 = nn.prelu %x, %alpha {shared_axes = array<i64: 1, 2>} : (tensor<?x4x4x6xf32>, tensor<1x1x6xf32>) -> tensor<?x4x4x6xf32>
  // CHECK: nn.group_standardize %{{.*}} {epsilon = 1.000000e-03 : f64, groups = 2 : i64}
  %1 = nn.group_standardize %x {groups = 2 : i64, epsilon = 1.0e-3 : f64} : (tensor<?x4x4x6xf32>) -> tensor<?x4x4x6xf32>
  // CHECK: nn.dense_like %{{.*}}, %{{.*}}, %{{.*}} :
  %2 = nn.dense_like %x, %w, %z : (tensor<?x4x4x6xf32>, tensor<6x3xf32>, tensor<?x4x4x3xf32>) -> tensor<?x4x4x3xf32>
  return
}

// CHECK-LABEL: func.func @losses
func.func @losses(%x: tensor<?x3xf32>, %labels: tensor<?xi32>, %w: tensor<3xf32>) -> tensor<f32> {
  // CHECK: nn.loss %arg0, %arg1, %arg2 {function = "hinge"}
  %loss = nn.loss %x, %labels, %w {function = "hinge"} : (tensor<?x3xf32>, tensor<?xi32>, tensor<3xf32>) -> tensor<f32>
  // CHECK: nn.loss_backward
  %dx = nn.loss_backward %x, %labels, %w, %loss {function = "hinge"} : (tensor<?x3xf32>, tensor<?xi32>, tensor<3xf32>, tensor<f32>) -> tensor<?x3xf32>
  // CHECK: nn.count_correct %arg0, %arg1 {threshold = 5.000000e-01 : f64}
  %k = nn.count_correct %x, %labels {threshold = 0.5 : f64} : (tensor<?x3xf32>, tensor<?xi32>) -> tensor<i32>
  return %loss : tensor<f32>
}

// CHECK-LABEL: func.func @functions
func.func @functions(%x: tensor<?x8xf32>, %k: tensor<?x8xi64>, %c: tensor<?x8xui8>) {
  // CHECK: nn.math %arg0 {function = "floor"}
  %0 = nn.math %x {function = "floor"} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: nn.combine %arg1, %arg1 {function = "divide"} : (tensor<?x8xi64>, tensor<?x8xi64>) -> tensor<?x8xi64>
  %1 = nn.combine %k, %k {function = "divide"} : (tensor<?x8xi64>, tensor<?x8xi64>) -> tensor<?x8xi64>
  // CHECK: nn.compare %arg0, %arg0 {predicate = "gt"} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xui8>
  %2 = nn.compare %x, %x {predicate = "gt"} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xui8>
  // CHECK: nn.select %arg2, %arg1, %arg1
  %3 = nn.select %c, %k, %k : (tensor<?x8xui8>, tensor<?x8xi64>, tensor<?x8xi64>) -> tensor<?x8xi64>
  // CHECK: nn.cast %arg1 {element_type = f32}
  %4 = nn.cast %k {element_type = f32} : (tensor<?x8xi64>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func.func @axes
func.func @axes(%x: tensor<?x7x8xf32>, %n: tensor<3xi64>) {
  // CHECK: nn.axis_reduce %arg0 {function = "product"} : (tensor<?x7x8xf32>) -> tensor<?x8xf32>
  %0 = nn.axis_reduce %x {function = "product"} : (tensor<?x7x8xf32>) -> tensor<?x8xf32>
  // CHECK: nn.axis_arg %arg0 {function = "maximum", last = false} : (tensor<?x7x8xf32>) -> tensor<?x8xi64>
  %1 = nn.axis_arg %x {function = "maximum", last = false} : (tensor<?x7x8xf32>) -> tensor<?x8xi64>
  // CHECK: nn.gather %arg0, %arg1 : (tensor<?x7x8xf32>, tensor<3xi64>) -> tensor<?x3x8xf32>
  %2 = nn.gather %x, %n : (tensor<?x7x8xf32>, tensor<3xi64>) -> tensor<?x3x8xf32>
  return
}

// CHECK: nn.model @graph {batch = 4 : i64}
nn.model @graph {batch = 4 : i64}
// CHECK: nn.variable parameter @held : tensor<2xf32> {data = dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>, initializer = "data"}
nn.variable parameter @held : tensor<2xf32> {initializer = "data", data = dense<[1.0, 2.0]> : tensor<2xf32>}
