// RUN: lathe-opt %s --canonicalize --split-input-file | FileCheck %s

// Relu works on the pooled image.
// CHECK-LABEL: func.func @pool_before_relu
// CHECK: %[[POOL:.*]] = nn.max_pool2d %arg0
// CHECK: %[[RELU:.*]] = nn.relu %[[POOL]]
// CHECK: return %[[RELU]]
func.func @pool_before_relu(%x: tensor<?x4x4x8xf32>) -> tensor<?x2x2x8xf32> {
  %0 = nn.relu %x : (tensor<?x4x4x8xf32>) -> tensor<?x4x4x8xf32>
  %1 = nn.max_pool2d %0 {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x8xf32>) -> tensor<?x2x2x8xf32>
  return %1 : tensor<?x2x2x8xf32>
}

// -----

// A relu that something else needs stays where it is.
// CHECK-LABEL: func.func @relu_with_two_uses
// CHECK: %[[RELU:.*]] = nn.relu %arg0
// CHECK: nn.max_pool2d %[[RELU]]
func.func @relu_with_two_uses(%x: tensor<?x4x4x8xf32>) -> (tensor<?x4x4x8xf32>, tensor<?x2x2x8xf32>) {
  %0 = nn.relu %x : (tensor<?x4x4x8xf32>) -> tensor<?x4x4x8xf32>
  %1 = nn.max_pool2d %0 {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x8xf32>) -> tensor<?x2x2x8xf32>
  return %0, %1 : tensor<?x4x4x8xf32>, tensor<?x2x2x8xf32>
}

// -----

// CHECK-LABEL: func.func @bias_backward_of_pooling
// CHECK: nn.bias_backward %arg0
// CHECK-NOT: nn.max_pool2d_backward
func.func @bias_backward_of_pooling(%dy: tensor<?x2x2x8xf32>, %a: tensor<?x2x2x8xui8>) -> tensor<8xf32> {
  %0 = nn.max_pool2d_backward %dy, %a {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x2x2x8xf32>, tensor<?x2x2x8xui8>) -> tensor<?x4x4x8xf32>
  %1 = nn.bias_backward %0 : (tensor<?x4x4x8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// -----

// Elementwise work moves to the producer's side of a reshape.
// CHECK-LABEL: func.func @sink_reshape
// CHECK-SAME: (%[[X:.*]]: tensor<?x2x2x8xf32>, %[[Y:.*]]: tensor<?x32xf32>)
// CHECK: %[[V:.*]] = nn.reshape %[[Y]]
// CHECK: %[[D:.*]] = nn.relu_backward %[[X]], %[[V]] : (tensor<?x2x2x8xf32>
// CHECK: nn.reshape %[[D]] {{.*}} -> tensor<?x32xf32>
func.func @sink_reshape(%x: tensor<?x2x2x8xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %0 = nn.reshape %x {shape = array<i64: 32>} : (tensor<?x2x2x8xf32>) -> tensor<?x32xf32>
  %1 = nn.relu_backward %0, %y : (tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}

// -----

// Only shapes move: what changes the type of elements still does.
// CHECK-LABEL: func.func @sink_below_cast
// CHECK: %[[C:.*]] = nn.cast %arg0 {element_type = i64} : (tensor<1x1xf32>) -> tensor<1x1xi64>
// CHECK: nn.reshape %[[C]] {{.*}} : (tensor<1x1xi64>) -> tensor<i64>
func.func @sink_below_cast(%x: tensor<1x1xf32>) -> tensor<i64> {
  %0 = nn.reshape %x {shape = array<i64>} : (tensor<1x1xf32>) -> tensor<f32>
  %1 = nn.cast %0 {element_type = i64} : (tensor<f32>) -> tensor<i64>
  return %1 : tensor<i64>
}

// -----

// CHECK-LABEL: func.func @sink_below_select
// CHECK: %[[A:.*]] = nn.reshape %arg1 {{.*}} : (tensor<?x6xi64>) -> tensor<?x2x3xi64>
// CHECK: %[[S:.*]] = nn.select %arg0, %[[A]], %arg2 : (tensor<?x2x3xui8>, tensor<?x2x3xi64>, tensor<i64>) -> tensor<?x2x3xi64>
// CHECK: nn.reshape %[[S]] {{.*}} : (tensor<?x2x3xi64>) -> tensor<?x6xi64>
func.func @sink_below_select(%c: tensor<?x2x3xui8>, %a: tensor<?x6xi64>, %b: tensor<i64>) -> tensor<?x6xi64> {
  %0 = nn.reshape %c {shape = array<i64: 6>} : (tensor<?x2x3xui8>) -> tensor<?x6xui8>
  %1 = nn.select %0, %a, %b : (tensor<?x6xui8>, tensor<?x6xi64>, tensor<i64>) -> tensor<?x6xi64>
  return %1 : tensor<?x6xi64>
}

// -----

// A single element is broadcast to any shape, and a constant has no view.
// CHECK-LABEL: func.func @sink_below_scalars
// CHECK: %[[ONE:.*]] = nn.constant dense<1.000000e+00> : tensor<f32>
// CHECK: %[[B:.*]] = nn.compare %arg0, %[[ONE]] {{.*}} : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x1xui8>
// CHECK: nn.reshape %[[B]] {{.*}} : (tensor<1x1xui8>) -> tensor<ui8>
func.func @sink_below_scalars(%x: tensor<1x1xf32>) -> tensor<ui8> {
  %one = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.reshape %x {shape = array<i64>} : (tensor<1x1xf32>) -> tensor<f32>
  %1 = nn.compare %0, %one {predicate = "gt"} : (tensor<f32>, tensor<f32>) -> tensor<ui8>
  return %1 : tensor<ui8>
}

// -----

// CHECK-LABEL: func.func @reshape_constant
// CHECK: %[[C:.*]] = nn.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00{{\]\]}}> : tensor<1x2xf32>
// CHECK: return %[[C]]
func.func @reshape_constant() -> tensor<1x2xf32> {
  %c = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = nn.reshape %c {shape = array<i64: 2>} : (tensor<2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// CHECK-LABEL: func.func @reshape_back
// CHECK-NEXT: return %arg0
func.func @reshape_back(%x: tensor<?x2x2x8xf32>) -> tensor<?x2x2x8xf32> {
  %0 = nn.reshape %x {shape = array<i64: 32>} : (tensor<?x2x2x8xf32>) -> tensor<?x32xf32>
  %1 = nn.reshape %0 {shape = array<i64: 2, 2, 8>} : (tensor<?x32xf32>) -> tensor<?x2x2x8xf32>
  return %1 : tensor<?x2x2x8xf32>
}

// -----

// The gradient of relu followed by dropout needs no random numbers.
// CHECK-LABEL: func.func @relu_and_dropout
// CHECK: %[[Y:.*]] = nn.relu %arg0
// CHECK: %[[Z:.*]] = nn.dropout %[[Y]]
// CHECK: %[[S:.*]] = nn.scale %arg1 {{{.*}}scale = 2.000000e+00
// CHECK: nn.relu_backward %[[S]], %[[Z]]
func.func @relu_and_dropout(%x: tensor<?x4xf32>, %dz: tensor<?x4xf32>, %t: tensor<i64>, %s: tensor<i64>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %y = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %z = nn.dropout %y, %t, %s {rate = 0.5 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  %dy = nn.dropout %dz, %t, %s {rate = 0.5 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  %dx = nn.relu_backward %dy, %y : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %z, %dx : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// Another key means other elements: nothing to save.
// CHECK-LABEL: func.func @relu_and_another_dropout
// CHECK-NOT: nn.scale
func.func @relu_and_another_dropout(%x: tensor<?x4xf32>, %dz: tensor<?x4xf32>, %t: tensor<i64>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %y = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %z = nn.dropout %y, %t, %t {rate = 0.5 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  %dy = nn.dropout %dz, %t, %t {rate = 0.5 : f64, key = 2 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  %dx = nn.relu_backward %dy, %y : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %z, %dx : tensor<?x4xf32>, tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func.func @identities
// CHECK-NEXT: return %arg0
func.func @identities(%x: tensor<?x4xf32>, %t: tensor<i64>) -> tensor<?x4xf32> {
  %0 = nn.scale %x {scale = 1.0 : f64, offset = 0.0 : f64} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = nn.dropout %0, %t, %t {rate = 0.0 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func.func @loss_seed
// CHECK: nn.softmax_cross_entropy_backward %arg0, %arg1 : (tensor<?x3xf32>, tensor<?xi32>)
func.func @loss_seed(%p: tensor<?x3xf32>, %labels: tensor<?xi32>) -> tensor<?x3xf32> {
  %one = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.softmax_cross_entropy_backward %p, %labels, %one : (tensor<?x3xf32>, tensor<?xi32>, tensor<f32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @weighted_loss_seed
// CHECK: nn.loss_backward %arg0, %arg1, %arg2 {function = "hinge"} : (tensor<?x3xf32>, tensor<?xi32>, tensor<3xf32>)
func.func @weighted_loss_seed(%x: tensor<?x3xf32>, %labels: tensor<?xi32>, %w: tensor<3xf32>) -> tensor<?x3xf32> {
  %one = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.loss_backward %x, %labels, %w, %one {function = "hinge"} : (tensor<?x3xf32>, tensor<?xi32>, tensor<3xf32>, tensor<f32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
