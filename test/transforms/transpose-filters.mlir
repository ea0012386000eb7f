// RUN: lathe-opt %s --transpose-filters | FileCheck %s

// What the layer's padding does not cover, its gradient's does.
// CHECK-LABEL: func.func @large
// CHECK: %[[T:.*]] = nn.transpose_filter %arg1 : (tensor<3x3x128x256xf32>) -> tensor<3x3x256x128xf32>
// CHECK: nn.conv2d %arg0, %[[T]] {padding = array<i64: 1, 2, 0, 1>, strides = array<i64: 1, 1>} : (tensor<?x7x6x256xf32>, tensor<3x3x256x128xf32>) -> tensor<?x8x5x128xf32>
func.func @large(%dy: tensor<?x7x6x256xf32>, %w: tensor<3x3x128x256xf32>) -> tensor<?x8x5x128xf32> {
  %0 = nn.conv2d_backward_data %dy, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 0, 2, 1>} : (tensor<?x7x6x256xf32>, tensor<3x3x128x256xf32>) -> tensor<?x8x5x128xf32>
  return %0 : tensor<?x8x5x128xf32>
}

// Small filters, strides and dilations stay.
// CHECK-LABEL: func.func @others
// CHECK-NOT: transpose_filter
func.func @others(%dy: tensor<?x7x7x256xf32>, %w: tensor<1x1x64x256xf32>, %v: tensor<3x3x256x256xf32>, %dz: tensor<?x4x4x256xf32>) -> (tensor<?x7x7x64xf32>, tensor<?x8x8x256xf32>, tensor<?x8x8x256xf32>) {
  %0 = nn.conv2d_backward_data %dy, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x7x7x256xf32>, tensor<1x1x64x256xf32>) -> tensor<?x7x7x64xf32>
  %1 = nn.conv2d_backward_data %dz, %v {strides = array<i64: 2, 2>, padding = array<i64: 0, 1, 0, 1>} : (tensor<?x4x4x256xf32>, tensor<3x3x256x256xf32>) -> tensor<?x8x8x256xf32>
  %2 = nn.conv2d_backward_data %dz, %v {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 2, 2>} : (tensor<?x4x4x256xf32>, tensor<3x3x256x256xf32>) -> tensor<?x8x8x256xf32>
  return %0, %1, %2 : tensor<?x7x7x64xf32>, tensor<?x8x8x256xf32>, tensor<?x8x8x256xf32>
}
