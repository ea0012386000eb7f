// RUN: lathe-opt %s --compose-warps --split-input-file | FileCheck %s

// Rotation, flip and zoom are one resampling; another fill mode is one of its own.
// CHECK: nn.draw "rotation" {at = 0
// CHECK: nn.draw "flip" {at = 0
// CHECK: nn.draw "zoom" {at = 0
// CHECK: nn.draw "translation" {at = 24
// CHECK-LABEL: func.func @augment
// CHECK-SAME: %[[IMAGES:.*]]: tensor<?x8x8x3xf32>, %[[DRAWS:.*]]: tensor<?x32xf32>
// CHECK-NEXT: %[[ONE:.*]] = nn.warp %[[IMAGES]], %[[DRAWS]] {at = 0 : i64, fill_mode = "reflect", interpolation = "bilinear"}
// CHECK-NEXT: %[[TWO:.*]] = nn.warp %[[ONE]], %[[DRAWS]] {at = 24 : i64, fill_mode = "constant", fill_value = 1.000000e+00 : f64, interpolation = "bilinear"}
// CHECK-NEXT: return %[[TWO]]
nn.draw "rotation" {at = 0 : i64, stream = 0 : i64, numbers = array<f64: -0.3, 0.3, 8.0, 8.0>}
nn.draw "flip" {at = 8 : i64, stream = 1 : i64, numbers = array<f64: 0.5, 0.0, 8.0, 8.0>}
nn.draw "zoom" {at = 16 : i64, stream = 2 : i64, numbers = array<f64: 0.8, 1.2, 0.8, 1.2, 1.0, 8.0, 8.0>}
nn.draw "translation" {at = 24 : i64, stream = 3 : i64, numbers = array<f64: -1.0, 1.0, -1.0, 1.0>}
func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x32xf32>) -> tensor<?x8x8x3xf32> {
  %0 = nn.warp %x, %d {at = 0 : i64, fill_mode = "reflect", interpolation = "bilinear"} : (tensor<?x8x8x3xf32>, tensor<?x32xf32>) -> tensor<?x8x8x3xf32>
  %1 = nn.warp %0, %d {at = 8 : i64, fill_mode = "nearest", interpolation = "bilinear"} : (tensor<?x8x8x3xf32>, tensor<?x32xf32>) -> tensor<?x8x8x3xf32>
  %2 = nn.warp %1, %d {at = 16 : i64, fill_mode = "reflect", interpolation = "bilinear"} : (tensor<?x8x8x3xf32>, tensor<?x32xf32>) -> tensor<?x8x8x3xf32>
  %3 = nn.warp %2, %d {at = 24 : i64, fill_mode = "constant", fill_value = 1.0 : f64, interpolation = "bilinear"} : (tensor<?x8x8x3xf32>, tensor<?x32xf32>) -> tensor<?x8x8x3xf32>
  return %3 : tensor<?x8x8x3xf32>
}

// -----

// A flip first takes the border of what follows; colours stand between others.
// CHECK-LABEL: func.func @augment
// CHECK-NEXT: nn.warp {{.*}} {at = 0 : i64, fill_mode = "wrap", interpolation = "nearest", projective}
// CHECK-NEXT: nn.adjust
// CHECK-NEXT: nn.warp {{.*}} {at = 16
nn.draw "flip" {at = 0 : i64, stream = 0 : i64, numbers = array<f64: 0.5, 0.0, 8.0, 8.0>}
nn.draw "perspective" {at = 8 : i64, stream = 1 : i64, numbers = array<f64: 1.0, 1.0, 0.3, 8.0, 8.0>}
nn.draw "shear" {at = 16 : i64, stream = 2 : i64, numbers = array<f64: -0.1, 0.1, 0.0, 0.0>}
func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x24xf32>) -> tensor<?x8x8x3xf32> {
  %0 = nn.warp %x, %d {at = 0 : i64, fill_mode = "nearest", interpolation = "bilinear"} : (tensor<?x8x8x3xf32>, tensor<?x24xf32>) -> tensor<?x8x8x3xf32>
  %1 = nn.warp %0, %d {at = 8 : i64, fill_mode = "wrap", interpolation = "nearest", projective} : (tensor<?x8x8x3xf32>, tensor<?x24xf32>) -> tensor<?x8x8x3xf32>
  %2 = nn.adjust %1, %d {at = 0 : i64, function = "invert", low = 0.0, high = 1.0} : (tensor<?x8x8x3xf32>, tensor<?x24xf32>) -> tensor<?x8x8x3xf32>
  %3 = nn.warp %2, %d {at = 16 : i64, fill_mode = "wrap", interpolation = "nearest"} : (tensor<?x8x8x3xf32>, tensor<?x24xf32>) -> tensor<?x8x8x3xf32>
  return %3 : tensor<?x8x8x3xf32>
}

// -----

// What displaces pixels takes in what is before it, and nothing takes it in; a
// crop goes with any fill mode.
// CHECK: nn.draw "crop" {at = 0
// CHECK: nn.draw "rotation" {at = 0
// CHECK: nn.draw "shift" {at = 0
// CHECK-LABEL: func.func @augment
// CHECK-SAME: %[[IMAGES:.*]]: tensor<?x8x8x3xf32>, %[[DRAWS:.*]]: tensor<?x32xf32>, %[[FIELD:.*]]: tensor
// CHECK-NEXT: %[[ONE:.*]] = nn.warp %[[IMAGES]], %[[DRAWS]], %[[FIELD]] {at = 0 : i64, fill_mode = "reflect", interpolation = "bilinear"}
// CHECK-NEXT: %[[TWO:.*]] = nn.warp %[[ONE]], %[[DRAWS]] {at = 24
// CHECK-NEXT: return %[[TWO]]
nn.draw "crop" {at = 0 : i64, stream = 0 : i64, numbers = array<f64: 8.0, 6.0, 1.0, 8.0, 6.0, 1.0>}
nn.draw "rotation" {at = 8 : i64, stream = 1 : i64, numbers = array<f64: -0.3, 0.3, 8.0, 8.0>}
nn.draw "shift" {at = 16 : i64, stream = 2 : i64, numbers = array<f64: 0.0, 0.0>}
nn.draw "flip" {at = 24 : i64, stream = 3 : i64, numbers = array<f64: 0.5, 0.0, 8.0, 8.0>}
func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x32xf32>, %f: tensor<?x8x8x2xf32>) -> tensor<?x8x8x3xf32> {
  %0 = nn.warp %x, %d {at = 0 : i64, fill_mode = "nearest", interpolation = "bilinear"} : (tensor<?x8x8x3xf32>, tensor<?x32xf32>) -> tensor<?x8x8x3xf32>
  %1 = nn.warp %0, %d {at = 8 : i64, fill_mode = "reflect", interpolation = "bilinear"} : (tensor<?x8x8x3xf32>, tensor<?x32xf32>) -> tensor<?x8x8x3xf32>
  %2 = nn.warp %1, %d, %f {at = 16 : i64, fill_mode = "reflect", interpolation = "bilinear"} : (tensor<?x8x8x3xf32>, tensor<?x32xf32>, tensor<?x8x8x2xf32>) -> tensor<?x8x8x3xf32>
  %3 = nn.warp %2, %d {at = 24 : i64, fill_mode = "nearest", interpolation = "bilinear"} : (tensor<?x8x8x3xf32>, tensor<?x32xf32>) -> tensor<?x8x8x3xf32>
  return %3 : tensor<?x8x8x3xf32>
}
