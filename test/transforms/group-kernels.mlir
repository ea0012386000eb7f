// RUN: lathe-opt %s --group-kernels --split-input-file | FileCheck %s

// Convolution, bias, pooling and relu are one kernel; only the pooled image and
// the winners leave it.
// CHECK-LABEL: func.func @convolution
// CHECK: %[[OUT:.*]]:2 = exec.group
// CHECK-SAME: -> (tensor<?x2x2x2xui8>, tensor<?x2x2x2xf32>)
// CHECK-NEXT: nn.conv2d
// CHECK-NEXT: nn.bias_add
// CHECK-NEXT: nn.max_pool2d_argmax
// CHECK-NEXT: nn.relu
// CHECK-NEXT: exec.yield
// CHECK-NOT: exec.group
// CHECK: return
func.func @convolution(%x: tensor<?x6x6x3xf32>, %w: tensor<3x3x3x2xf32>, %b: tensor<2xf32>) -> (tensor<?x2x2x2xf32>, tensor<?x2x2x2xui8>) {
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x6x6x3xf32>, tensor<3x3x3x2xf32>) -> tensor<?x4x4x2xf32>
  %1 = nn.bias_add %0, %b : (tensor<?x4x4x2xf32>, tensor<2xf32>) -> tensor<?x4x4x2xf32>
  %2, %a = nn.max_pool2d_argmax %1 {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x2xf32>) -> (tensor<?x2x2x2xf32>, tensor<?x2x2x2xui8>)
  %3 = nn.relu %2 : (tensor<?x2x2x2xf32>) -> tensor<?x2x2x2xf32>
  return %3, %a : tensor<?x2x2x2xf32>, tensor<?x2x2x2xui8>
}

// -----

// The gradient of relu joins the kernel that computes what it masks.
// CHECK-LABEL: func.func @backward
// CHECK: exec.group
// CHECK-NEXT: nn.dense_backward_data
// CHECK-NEXT: nn.relu_backward
// CHECK-NEXT: exec.yield
func.func @backward(%dy: tensor<?x2xf32>, %w: tensor<4x2xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = nn.dense_backward_data %dy, %w : (tensor<?x2xf32>, tensor<4x2xf32>) -> tensor<?x4xf32>
  %1 = nn.relu_backward %0, %y : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// -----

// A result that is needed twice is stored.
// CHECK-LABEL: func.func @two_uses
// CHECK: %[[D:.*]] = exec.group
// CHECK: exec.group {{.*}} = %[[D]]
func.func @two_uses(%x: tensor<?x4xf32>, %w: tensor<4x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  %1 = nn.relu %0 : (tensor<?x2xf32>) -> tensor<?x2xf32>
  return %0, %1 : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// Updates say what they overwrite.
// CHECK-LABEL: func.func @update
// CHECK: exec.group {{.*}} attributes {in_place = array<i64: 0, 2>}
func.func @update(%p: tensor<8xf32>, %g: tensor<8xf32>, %v: tensor<8xf32>, %lr: tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0:2 = nn.rmsprop_update %p, %g, %v, %lr {rho = 0.9 : f64, epsilon = 1.0e-7 : f64, momentum = 0.0 : f64} : (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<f32>) -> (tensor<8xf32>, tensor<8xf32>)
  return %0#0, %0#1 : tensor<8xf32>, tensor<8xf32>
}

// -----

// A window as large as the image is no part of a convolution's tile.
// CHECK-LABEL: func.func @global_pooling
// CHECK: exec.group
// CHECK-NEXT: nn.conv2d
// CHECK-NEXT: exec.yield
// CHECK: exec.group
// CHECK-NEXT: nn.max_pool2d
func.func @global_pooling(%x: tensor<?x7x7x3xf32>, %w: tensor<1x1x3x2xf32>) -> tensor<?x1x1x2xf32> {
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x7x7x3xf32>, tensor<1x1x3x2xf32>) -> tensor<?x7x7x2xf32>
  %1 = nn.max_pool2d %0 {pool_size = array<i64: 7, 7>, strides = array<i64: 7, 7>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x7x7x2xf32>) -> tensor<?x1x1x2xf32>
  return %1 : tensor<?x1x1x2xf32>
}

// -----

// What is computed for a convolution alone, its kernel computes on the way in;
// what follows elementwise still joins.
// CHECK-LABEL: func.func @way_in
// CHECK: exec.group
// CHECK-NEXT: nn.max_pool2d_backward
// CHECK-NEXT: nn.winograd_conv2d
// CHECK-NEXT: nn.relu_backward
// CHECK-NEXT: exec.yield
// CHECK-NOT: exec.group
// CHECK: return
func.func @way_in(%dy: tensor<?x4x4x16xf32>, %a: tensor<?x4x4x16xui8>, %u: tensor<36x16x8xf32>, %x: tensor<?x8x8x8xf32>) -> tensor<?x8x8x8xf32> {
  %0 = nn.max_pool2d_backward %dy, %a {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x16xf32>, tensor<?x4x4x16xui8>) -> tensor<?x8x8x16xf32>
  %1 = nn.winograd_conv2d %0, %u {padding = array<i64: 1, 1, 1, 1>} : (tensor<?x8x8x16xf32>, tensor<36x16x8xf32>) -> tensor<?x8x8x8xf32>
  %2 = nn.relu_backward %1, %x : (tensor<?x8x8x8xf32>, tensor<?x8x8x8xf32>) -> tensor<?x8x8x8xf32>
  return %2 : tensor<?x8x8x8xf32>
}

// -----

// Both operands of a gradient, and both of a sum.
// CHECK-LABEL: func.func @two_operands
// CHECK: exec.group
// CHECK-NEXT: nn.relu
// CHECK-NEXT: nn.scale
// CHECK-NEXT: nn.conv2d_backward_weights
// CHECK-NEXT: exec.yield
// CHECK: exec.group
// CHECK-NEXT: nn.relu
// CHECK-NEXT: nn.scale
// CHECK-NEXT: nn.add
// CHECK-NEXT: exec.yield
// CHECK-NOT: exec.group
// CHECK: return
func.func @two_operands(%x: tensor<?x8x8x16xf32>, %dy: tensor<?x8x8x16xf32>) -> (tensor<3x3x16x16xf32>, tensor<?x8x8x16xf32>) {
  %0 = nn.relu %x : (tensor<?x8x8x16xf32>) -> tensor<?x8x8x16xf32>
  %1 = nn.scale %dy {scale = 2.0 : f64, offset = 0.0 : f64} : (tensor<?x8x8x16xf32>) -> tensor<?x8x8x16xf32>
  %2 = nn.conv2d_backward_weights %0, %1 {padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} : (tensor<?x8x8x16xf32>, tensor<?x8x8x16xf32>) -> tensor<3x3x16x16xf32>
  %3 = nn.relu %x : (tensor<?x8x8x16xf32>) -> tensor<?x8x8x16xf32>
  %4 = nn.scale %dy {scale = 3.0 : f64, offset = 0.0 : f64} : (tensor<?x8x8x16xf32>) -> tensor<?x8x8x16xf32>
  %5 = nn.add %3, %4 : (tensor<?x8x8x16xf32>, tensor<?x8x8x16xf32>) -> tensor<?x8x8x16xf32>
  return %2, %5 : tensor<3x3x16x16xf32>, tensor<?x8x8x16xf32>
}

// -----

// An exponential is computed once for each element, and pixels under strides
// would be computed in vain.
// CHECK-LABEL: func.func @not_on_the_way_in
// CHECK: exec.group
// CHECK-NEXT: nn.activation
// CHECK-NEXT: exec.yield
// CHECK: exec.group
// CHECK-NEXT: nn.winograd_conv2d
// CHECK: exec.group
// CHECK-NEXT: nn.relu
// CHECK-NEXT: exec.yield
// CHECK: exec.group
// CHECK-NEXT: nn.conv2d_backward_weights
func.func @not_on_the_way_in(%x: tensor<?x8x8x16xf32>, %u: tensor<36x16x8xf32>, %dy: tensor<?x4x4x16xf32>) -> (tensor<?x8x8x8xf32>, tensor<3x3x16x16xf32>) {
  %0 = nn.activation %x {function = "sigmoid"} : (tensor<?x8x8x16xf32>) -> tensor<?x8x8x16xf32>
  %1 = nn.winograd_conv2d %0, %u {padding = array<i64: 1, 1, 1, 1>} : (tensor<?x8x8x16xf32>, tensor<36x16x8xf32>) -> tensor<?x8x8x8xf32>
  %2 = nn.relu %x : (tensor<?x8x8x16xf32>) -> tensor<?x8x8x16xf32>
  %3 = nn.conv2d_backward_weights %2, %dy {padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x8x8x16xf32>, tensor<?x4x4x16xf32>) -> tensor<3x3x16x16xf32>
  return %1, %3 : tensor<?x8x8x8xf32>, tensor<3x3x16x16xf32>
}

// -----

// The gradient of a large parameter is prepared and taken in where it is
// computed: it is never stored.
// CHECK-LABEL: func.func @large_update
// CHECK: exec.group {{.*}} attributes {in_place = array<i64: 2>}
// CHECK-NEXT: nn.dense_backward_weights
// CHECK-NEXT: nn.clip
// CHECK-NEXT: nn.sgd_update
// CHECK-NEXT: exec.yield
// CHECK-NOT: exec.group
// CHECK: return
func.func @large_update(%x: tensor<?x1024xf32>, %dy: tensor<?x256xf32>, %p: tensor<1024x256xf32>, %lr: tensor<f32>) -> tensor<1024x256xf32> {
  %g = nn.dense_backward_weights %x, %dy : (tensor<?x1024xf32>, tensor<?x256xf32>) -> tensor<1024x256xf32>
  %c = nn.clip %g {low = -0.5 : f64, high = 0.5 : f64} : (tensor<1024x256xf32>) -> tensor<1024x256xf32>
  %0 = nn.sgd_update %p, %c, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<1024x256xf32>, tensor<1024x256xf32>, tensor<f32>) -> tensor<1024x256xf32>
  return %0 : tensor<1024x256xf32>
}

// -----

// One that something else needs as well is stored.
// CHECK-LABEL: func.func @norm_of_a_large_gradient
// CHECK: exec.group
// CHECK-NEXT: nn.dense_backward_weights
// CHECK-NEXT: exec.yield
// CHECK: exec.group
// CHECK-NEXT: nn.squared_norm
// CHECK: nn.sgd_update
func.func @norm_of_a_large_gradient(%x: tensor<?x1024xf32>, %dy: tensor<?x256xf32>, %p: tensor<1024x256xf32>, %lr: tensor<f32>) -> (tensor<1024x256xf32>, tensor<f32>) {
  %g = nn.dense_backward_weights %x, %dy : (tensor<?x1024xf32>, tensor<?x256xf32>) -> tensor<1024x256xf32>
  %n = nn.squared_norm %g : (tensor<1024x256xf32>) -> tensor<f32>
  %0 = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<1024x256xf32>, tensor<1024x256xf32>, tensor<f32>) -> tensor<1024x256xf32>
  return %0, %n : tensor<1024x256xf32>, tensor<f32>
}

// -----

// Small parameters share an update, and vectors would not divide odd rows.
// CHECK-LABEL: func.func @updates_apart
// CHECK-COUNT-4: exec.group
func.func @updates_apart(%x: tensor<?x1024xf32>, %dy: tensor<?x128xf32>, %p: tensor<1024x128xf32>, %odd: tensor<?x257xf32>, %q: tensor<1024x257xf32>, %lr: tensor<f32>) -> (tensor<1024x128xf32>, tensor<1024x257xf32>) {
  %g = nn.dense_backward_weights %x, %dy : (tensor<?x1024xf32>, tensor<?x128xf32>) -> tensor<1024x128xf32>
  %0 = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<1024x128xf32>, tensor<1024x128xf32>, tensor<f32>) -> tensor<1024x128xf32>
  %h = nn.dense_backward_weights %x, %odd : (tensor<?x1024xf32>, tensor<?x257xf32>) -> tensor<1024x257xf32>
  %1 = nn.sgd_update %q, %h, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<1024x257xf32>, tensor<1024x257xf32>, tensor<f32>) -> tensor<1024x257xf32>
  return %0, %1 : tensor<1024x128xf32>, tensor<1024x257xf32>
}

// -----

// What reads one result keeps its place behind the kernel: work on another
// result, further down, is a kernel of its own.
// CHECK-LABEL: func.func @several_results
// CHECK: exec.group
// CHECK-NEXT: nn.batch_norm_factors
// CHECK-NEXT: exec.yield
// CHECK: exec.group
// CHECK: nn.softmax
// CHECK: exec.group
// CHECK-NEXT: nn.clip
func.func @several_results(%s: tensor<4xf32>, %t: tensor<4xf32>, %scale: tensor<4xf32>, %v: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %slope, %offset, %dg = nn.batch_norm_factors %s, %t, %scale, %v {epsilon = 1.0e-3 : f64, positions = 1 : i64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  %0 = nn.softmax %slope : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.clip %dg {low = -0.5 : f64, high = 0.5 : f64} : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %offset, %1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
