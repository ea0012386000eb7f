// RUN: lathe-opt %s --differentiate --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @dense
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x3xf32>, %[[B:.*]]: tensor<3xf32>, %[[L:.*]]: tensor<?xi32>)
// CHECK: %[[LOGITS:.*]] = nn.bias_add
// CHECK: %{{.*}}, %[[P:.*]] = nn.softmax_cross_entropy %[[LOGITS]], %[[L]]
// CHECK: %[[D:.*]] = nn.softmax_cross_entropy_backward %[[P]], %[[L]] :
// CHECK-DAG: %[[DB:.*]] = nn.bias_backward %[[D]]
// CHECK-DAG: %[[DW:.*]] = nn.dense_backward_weights %[[X]], %[[D]]
// The input needs no gradient.
// CHECK-NOT: nn.dense_backward_data
// CHECK: return %[[DW]], %[[DB]]
func.func @dense(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>, %b: tensor<3xf32>, %labels: tensor<?xi32>) -> (tensor<4x3xf32>, tensor<3xf32>) {
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %1 = nn.bias_add %0, %b : (tensor<?x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %loss, %p = nn.softmax_cross_entropy %1, %labels : (tensor<?x3xf32>, tensor<?xi32>) -> (tensor<f32>, tensor<?x3xf32>)
  %g:2 = nn.gradient %loss of %w, %b : (tensor<f32>, tensor<4x3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>)
  return %g#0, %g#1 : tensor<4x3xf32>, tensor<3xf32>
}

// -----

// What is used twice gets the sum of two gradients.
// CHECK-LABEL: func.func @sum
// CHECK-SAME: (%[[W:.*]]: tensor<?x3xf32>
// CHECK: %[[R:.*]] = nn.relu %[[W]]
// CHECK: %[[D:.*]] = nn.softmax_cross_entropy_backward
// CHECK: %[[DR:.*]] = nn.relu_backward %[[D]], %[[R]]
// CHECK: %[[S:.*]] = nn.add %[[D]], %[[DR]]
// CHECK: return %[[S]]
func.func @sum(%w: tensor<?x3xf32>, %labels: tensor<?xi32>) -> tensor<?x3xf32> {
  %0 = nn.relu %w : (tensor<?x3xf32>) -> tensor<?x3xf32>
  %1 = nn.add %w, %0 : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  %loss, %p = nn.softmax_cross_entropy %1, %labels : (tensor<?x3xf32>, tensor<?xi32>) -> (tensor<f32>, tensor<?x3xf32>)
  %g = nn.gradient %loss of %w : (tensor<f32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %g : tensor<?x3xf32>
}

// -----

// CHECK-LABEL: func.func @convolution
// CHECK: %[[Y:.*]], %[[A:.*]] = nn.max_pool2d_argmax
// CHECK: %[[D:.*]] = nn.reshape %{{.*}} -> tensor<?x2x2x2xf32>
// CHECK: %[[DP:.*]] = nn.max_pool2d_backward %[[D]], %[[A]]
// CHECK: nn.conv2d_backward_weights %arg0, %[[DP]] {padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
func.func @convolution(%x: tensor<?x4x4x3xf32>, %w: tensor<3x3x3x2xf32>, %labels: tensor<?xi32>) -> tensor<3x3x3x2xf32> {
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x4x4x3xf32>, tensor<3x3x3x2xf32>) -> tensor<?x4x4x2xf32>
  %1, %a = nn.max_pool2d_argmax %0 {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x2xf32>) -> (tensor<?x2x2x2xf32>, tensor<?x2x2x2xui8>)
  %2 = nn.reshape %1 {shape = array<i64: 8>} : (tensor<?x2x2x2xf32>) -> tensor<?x8xf32>
  %loss, %p = nn.softmax_cross_entropy %2, %labels : (tensor<?x8xf32>, tensor<?xi32>) -> (tensor<f32>, tensor<?x8xf32>)
  %g = nn.gradient %loss of %w : (tensor<f32>, tensor<3x3x3x2xf32>) -> tensor<3x3x3x2xf32>
  return %g : tensor<3x3x3x2xf32>
}
