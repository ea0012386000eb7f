// RUN: lathe-opt %s --use-winograd --split-input-file | FileCheck %s

// Many images, or large ones, pay for the filter's transform.
// CHECK-LABEL: func.func @forward
// CHECK: %[[U:.*]] = nn.winograd_filter %arg1 : (tensor<3x3x64x64xf32>) -> tensor<36x64x64xf32>
// CHECK: nn.winograd_conv2d %arg0, %[[U]] {padding = array<i64: 1, 1, 0, 0>}
// CHECK-NOT: nn.conv2d
func.func @forward(%x: tensor<?x56x56x64xf32>, %w: tensor<3x3x64x64xf32>) -> tensor<?x56x54x64xf32> {
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 0, 0>} : (tensor<?x56x56x64xf32>, tensor<3x3x64x64xf32>) -> tensor<?x56x54x64xf32>
  return %0 : tensor<?x56x54x64xf32>
}

// -----

// What the layer's padding does not cover, its gradient's does.
// CHECK-LABEL: func.func @backward
// CHECK: nn.winograd_filter %arg1 {transposed = true} : (tensor<3x3x32x64xf32>) -> tensor<36x64x32xf32>
// CHECK: nn.winograd_conv2d {{.*}} {padding = array<i64: 1, 1, 2, 2>}
func.func @backward(%dy: tensor<?x56x54x64xf32>, %w: tensor<3x3x32x64xf32>) -> tensor<?x56x56x32xf32> {
  %0 = nn.conv2d_backward_data %dy, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 0, 0>} : (tensor<?x56x54x64xf32>, tensor<3x3x32x64xf32>) -> tensor<?x56x56x32xf32>
  return %0 : tensor<?x56x56x32xf32>
}

// -----

// One small image does not; nor do filters that leave the caches.
// CHECK-LABEL: func.func @small
// CHECK-NOT: winograd
func.func @small(%x: tensor<?x7x7x512xf32>, %w: tensor<3x3x512x512xf32>, %z: tensor<?x4x4x64xf32>, %v: tensor<3x3x64x64xf32>) -> (tensor<?x7x7x512xf32>, tensor<?x4x4x64xf32>) {
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x7x7x512xf32>, tensor<3x3x512x512xf32>) -> tensor<?x7x7x512xf32>
  %1 = nn.conv2d %z, %v {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x4x4x64xf32>, tensor<3x3x64x64xf32>) -> tensor<?x4x4x64xf32>
  return %0, %1 : tensor<?x7x7x512xf32>, tensor<?x4x4x64xf32>
}

// -----

// In inference the filter's transform is made beforehand.
// CHECK-LABEL: func.func @predict
// CHECK: nn.winograd_filter
// CHECK: nn.winograd_conv2d
// CHECK-LABEL: func.func @train_step
// CHECK-NOT: winograd
func.func @predict(%x: tensor<?x14x14x256xf32>, %w: tensor<3x3x256x256xf32>) -> tensor<?x14x14x256xf32> {
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x14x14x256xf32>, tensor<3x3x256x256xf32>) -> tensor<?x14x14x256xf32>
  return %0 : tensor<?x14x14x256xf32>
}
func.func @train_step(%x: tensor<?x14x14x256xf32>, %w: tensor<3x3x256x256xf32>) -> tensor<?x14x14x256xf32> {
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x14x14x256xf32>, tensor<3x3x256x256xf32>) -> tensor<?x14x14x256xf32>
  return %0 : tensor<?x14x14x256xf32>
}

// -----

// Strides, dilations, groups and other windows stay as they are.
// CHECK-LABEL: func.func @others
// CHECK-NOT: winograd
func.func @others(%x: tensor<?x56x56x64xf32>, %w: tensor<3x3x64x64xf32>, %g: tensor<3x3x32x64xf32>, %v: tensor<5x5x64x64xf32>) -> (tensor<?x28x28x64xf32>, tensor<?x54x54x64xf32>, tensor<?x56x56x64xf32>, tensor<?x56x56x64xf32>) {
  %0 = nn.conv2d %x, %w {strides = array<i64: 2, 2>, padding = array<i64: 1, 0, 1, 0>} : (tensor<?x56x56x64xf32>, tensor<3x3x64x64xf32>) -> tensor<?x28x28x64xf32>
  %1 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, dilations = array<i64: 2, 2>} : (tensor<?x56x56x64xf32>, tensor<3x3x64x64xf32>) -> tensor<?x54x54x64xf32>
  %2 = nn.conv2d %x, %g {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>, groups = 2 : i64} : (tensor<?x56x56x64xf32>, tensor<3x3x32x64xf32>) -> tensor<?x56x56x64xf32>
  %3 = nn.conv2d %x, %v {strides = array<i64: 1, 1>, padding = array<i64: 2, 2, 2, 2>} : (tensor<?x56x56x64xf32>, tensor<5x5x64x64xf32>) -> tensor<?x56x56x64xf32>
  return %0, %1, %2, %3 : tensor<?x28x28x64xf32>, tensor<?x54x54x64xf32>, tensor<?x56x56x64xf32>, tensor<?x56x56x64xf32>
}
