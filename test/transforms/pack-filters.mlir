// RUN: lathe-opt %s --pack-filters --split-input-file | FileCheck %s

// A large filter of one pixel is packed in inference; training changes it
// between two uses.
nn.variable parameter @w : tensor<1x1x256x512xf32>

// CHECK-LABEL: func.func @predict
// CHECK: %[[W:.*]] = nn.read @w
// CHECK: %[[P:.*]] = nn.pack_filter %[[W]] : (tensor<1x1x256x512xf32>) -> tensor<16x256x32xf32>
// CHECK: nn.packed_conv2d %arg0, %[[P]] : (tensor<?x14x14x256xf32>, tensor<16x256x32xf32>) -> tensor<?x14x14x512xf32>
func.func @predict(%x: tensor<?x14x14x256xf32>) -> tensor<?x14x14x512xf32> {
  %w = nn.read @w : tensor<1x1x256x512xf32>
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x14x14x256xf32>, tensor<1x1x256x512xf32>) -> tensor<?x14x14x512xf32>
  return %0 : tensor<?x14x14x512xf32>
}

// CHECK-LABEL: func.func @evaluate_batch
// CHECK: nn.packed_conv2d
func.func @evaluate_batch(%x: tensor<?x14x14x256xf32>) -> tensor<?x14x14x512xf32> {
  %w = nn.read @w : tensor<1x1x256x512xf32>
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x14x14x256xf32>, tensor<1x1x256x512xf32>) -> tensor<?x14x14x512xf32>
  return %0 : tensor<?x14x14x512xf32>
}

// CHECK-LABEL: func.func @train_step
// CHECK: nn.conv2d
func.func @train_step(%x: tensor<?x14x14x256xf32>) -> tensor<?x14x14x512xf32> {
  %w = nn.read @w : tensor<1x1x256x512xf32>
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x14x14x256xf32>, tensor<1x1x256x512xf32>) -> tensor<?x14x14x512xf32>
  return %0 : tensor<?x14x14x512xf32>
}

// -----

// Strides, padding, groups, other windows, parts of vectors, single pixels,
// small filters and those that are computed stay as they are.
nn.variable parameter @w : tensor<1x1x256x512xf32>
nn.variable parameter @half : tensor<1x1x128x512xf32>
nn.variable parameter @wide : tensor<3x3x256x512xf32>
nn.variable parameter @odd : tensor<1x1x256x500xf32>
nn.variable parameter @small : tensor<1x1x64x128xf32>
nn.variable state @s : tensor<1x1x256x512xf32>

// CHECK-LABEL: func.func @predict
// CHECK-NOT: pack
func.func @predict(%x: tensor<?x14x14x256xf32>, %p: tensor<?x1x1x256xf32>, %c: tensor<?x14x14x64xf32>)
    -> (tensor<?x7x7x512xf32>, tensor<?x16x16x512xf32>, tensor<?x14x14x512xf32>, tensor<?x12x12x512xf32>, tensor<?x14x14x500xf32>,
        tensor<?x1x1x512xf32>, tensor<?x14x14x128xf32>, tensor<?x14x14x512xf32>, tensor<?x14x14x512xf32>) {
  %w = nn.read @w : tensor<1x1x256x512xf32>
  %half = nn.read @half : tensor<1x1x128x512xf32>
  %wide = nn.read @wide : tensor<3x3x256x512xf32>
  %odd = nn.read @odd : tensor<1x1x256x500xf32>
  %small = nn.read @small : tensor<1x1x64x128xf32>
  %s = nn.read @s : tensor<1x1x256x512xf32>
  %r = nn.relu %w : (tensor<1x1x256x512xf32>) -> tensor<1x1x256x512xf32>
  %0 = nn.conv2d %x, %w {strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x14x14x256xf32>, tensor<1x1x256x512xf32>) -> tensor<?x7x7x512xf32>
  %1 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x14x14x256xf32>, tensor<1x1x256x512xf32>) -> tensor<?x16x16x512xf32>
  %2 = nn.conv2d %x, %half {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, groups = 2 : i64} : (tensor<?x14x14x256xf32>, tensor<1x1x128x512xf32>) -> tensor<?x14x14x512xf32>
  %3 = nn.conv2d %x, %wide {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x14x14x256xf32>, tensor<3x3x256x512xf32>) -> tensor<?x12x12x512xf32>
  %4 = nn.conv2d %x, %odd {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x14x14x256xf32>, tensor<1x1x256x500xf32>) -> tensor<?x14x14x500xf32>
  %5 = nn.conv2d %p, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x1x1x256xf32>, tensor<1x1x256x512xf32>) -> tensor<?x1x1x512xf32>
  %6 = nn.conv2d %c, %small {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x14x14x64xf32>, tensor<1x1x64x128xf32>) -> tensor<?x14x14x128xf32>
  %7 = nn.conv2d %x, %s {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x14x14x256xf32>, tensor<1x1x256x512xf32>) -> tensor<?x14x14x512xf32>
  %8 = nn.conv2d %x, %r {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x14x14x256xf32>, tensor<1x1x256x512xf32>) -> tensor<?x14x14x512xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7, %8 : tensor<?x7x7x512xf32>, tensor<?x16x16x512xf32>, tensor<?x14x14x512xf32>, tensor<?x12x12x512xf32>, tensor<?x14x14x500xf32>, tensor<?x1x1x512xf32>, tensor<?x14x14x128xf32>, tensor<?x14x14x512xf32>, tensor<?x14x14x512xf32>
}
