// RUN: lathe-opt %s --decompose-layers | FileCheck %s

// The middle 16 rows of 20, as 8x8 has the same aspect ratio.
// CHECK-LABEL: @crop
// CHECK: %[[P:.*]] = nn.pad %{{.*}} {high = array<i64: 0, -2, 0, 0>, low = array<i64: 0, -2, 0, 0>} : (tensor<?x20x16x3xf32>) -> tensor<?x16x16x3xf32>
// CHECK: nn.resize %[[P]] {interpolation = "bilinear", size = array<i64: 8, 8>}
func.func @crop(%x: tensor<?x20x16x3xf32>) -> tensor<?x8x8x3xf32> {
  %y = nn.fit_image %x {mode = "crop", size = array<i64: 8, 8>, interpolation = "bilinear", fill_value = 7.0} : (tensor<?x20x16x3xf32>) -> tensor<?x8x8x3xf32>
  return %y : tensor<?x8x8x3xf32>
}

// CHECK-LABEL: @pad
// CHECK: %[[S:.*]] = nn.scale %{{.*}} {offset = -7.000000e+00 : f64
// CHECK: %[[P:.*]] = nn.pad %[[S]] {high = array<i64: 0, 0, 2, 0>, low = array<i64: 0, 0, 2, 0>} : (tensor<?x20x16x3xf32>) -> tensor<?x20x20x3xf32>
// CHECK: %[[T:.*]] = nn.scale %[[P]] {offset = 7.000000e+00 : f64
// CHECK: nn.resize %[[T]]
func.func @pad(%x: tensor<?x20x16x3xf32>) -> tensor<?x8x8x3xf32> {
  %y = nn.fit_image %x {mode = "pad", size = array<i64: 8, 8>, interpolation = "nearest", fill_value = 7.0} : (tensor<?x20x16x3xf32>) -> tensor<?x8x8x3xf32>
  return %y : tensor<?x8x8x3xf32>
}

// CHECK-LABEL: @center
// CHECK: nn.pad %{{.*}} {high = array<i64: 0, -6, -5, 0>, low = array<i64: 0, -6, -4, 0>} : (tensor<?x20x16x3xf32>) -> tensor<?x8x7x3xf32>
func.func @center(%x: tensor<?x20x16x3xf32>) -> tensor<?x8x7x3xf32> {
  %y = nn.fit_image %x {mode = "center", size = array<i64: 8, 7>, interpolation = "bilinear", fill_value = 0.0} : (tensor<?x20x16x3xf32>) -> tensor<?x8x7x3xf32>
  return %y : tensor<?x8x7x3xf32>
}

// Rows first, as they become fewer; their pixels are all channels. Columns become rows.
// CHECK-LABEL: @stretch
// CHECK: %[[R:.*]] = nn.resample %{{.*}} {antialias, axis = 1 : i64, filter = "lanczos3", size = 7 : i64} : (tensor<?x20x1x48xf32>) -> tensor<?x7x1x48xf32>
// CHECK: %[[X:.*]] = nn.reshape %[[R]] {{.*}} -> tensor<?x7x16x3xf32>
// CHECK: nn.transpose %[[X]] {permutation = array<i64: 0, 2, 1, 3>}
// CHECK: nn.resample %{{.*}} {antialias, axis = 1 : i64, filter = "lanczos3", size = 8 : i64} : (tensor<?x16x1x21xf32>) -> tensor<?x8x1x21xf32>
// CHECK: nn.transpose {{.*}} -> tensor<?x7x8x3xf32>
func.func @stretch(%x: tensor<?x20x16x3xf32>) -> tensor<?x7x8x3xf32> {
  %y = nn.fit_image %x {mode = "stretch", size = array<i64: 7, 8>, interpolation = "lanczos3", antialias, fill_value = 0.0} : (tensor<?x20x16x3xf32>) -> tensor<?x7x8x3xf32>
  return %y : tensor<?x7x8x3xf32>
}

// Columns first, as there will be more rows.
// CHECK-LABEL: @features
// CHECK: %[[C:.*]] = nn.resample %{{.*}} {axis = 2 : i64, filter = "area", size = 8 : i64} : (tensor<?x6x16x32xf32>) -> tensor<?x6x8x32xf32>
// CHECK: nn.reshape %[[C]] {{.*}} -> tensor<?x6x1x256xf32>
// CHECK: nn.resample %{{.*}} {axis = 1 : i64, filter = "area", size = 7 : i64}
func.func @features(%x: tensor<?x6x16x32xf32>) -> tensor<?x7x8x32xf32> {
  %y = nn.fit_image %x {mode = "stretch", size = array<i64: 7, 8>, interpolation = "area", fill_value = 0.0} : (tensor<?x6x16x32xf32>) -> tensor<?x7x8x32xf32>
  return %y : tensor<?x7x8x32xf32>
}

// What has its size already is not filtered.
// CHECK-LABEL: @rows
// CHECK: nn.resample %{{.*}} {axis = 1 : i64, filter = "bicubic", size = 7 : i64}
// CHECK-NOT: nn.resample
func.func @rows(%x: tensor<?x20x16x3xf32>) -> tensor<?x7x16x3xf32> {
  %y = nn.fit_image %x {mode = "stretch", size = array<i64: 7, 16>, interpolation = "bicubic", fill_value = 0.0} : (tensor<?x20x16x3xf32>) -> tensor<?x7x16x3xf32>
  return %y : tensor<?x7x16x3xf32>
}

// Grey has L alone.
// CHECK-LABEL: @grey
// CHECK: %[[S:.*]] = nn.scale %{{.*}} {offset = -0.000000e+00 : f64, scale = 2.550000e+02 : f64}
// CHECK: return %[[S]]
func.func @grey(%x: tensor<?x20x16x1xf32>) -> tensor<?x20x16x1xf32> {
  %y = nn.convert_color %x {to = "lab", low = 0.0, high = 1.0} : (tensor<?x20x16x1xf32>) -> tensor<?x20x16x1xf32>
  return %y : tensor<?x20x16x1xf32>
}

// CHECK-LABEL: @colours
// CHECK: nn.convert_color
func.func @colours(%x: tensor<?x20x16x3xf32>) -> tensor<?x20x16x3xf32> {
  %y = nn.convert_color %x {to = "lab", low = 0.0, high = 1.0} : (tensor<?x20x16x3xf32>) -> tensor<?x20x16x3xf32>
  return %y : tensor<?x20x16x3xf32>
}

// CHECK-LABEL: @standardize
// CHECK: %[[MEAN:.*]] = nn.reduce %{{.*}} {axes = array<i64: 1, 2, 3>, function = "mean", keepdims = true}
// CHECK: %[[X:.*]] = nn.subtract %{{.*}}, %[[MEAN]]
// CHECK: %[[LEAST:.*]] = nn.constant dense<2.500000e-01> : tensor<f32>
// CHECK: nn.maximum %{{.*}}, %[[LEAST]]
// CHECK: nn.multiply %[[X]]
func.func @standardize(%x: tensor<?x2x2x4xf32>) -> tensor<?x2x2x4xf32> {
  %y = nn.prepare %x {function = "standardize", numbers = array<f64>, low = 0.0, high = 1.0} : (tensor<?x2x2x4xf32>) -> tensor<?x2x2x4xf32>
  return %y : tensor<?x2x2x4xf32>
}
