// Reshaping, padding, joining, resizing: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.reshape %x {shape = array<i64: 12>} : (tensor<?x3x4xf32>) -> tensor<?x11xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{cannot reshape 3x4 (12 elements) to this shape (13 elements)}}
  %0 = nn.reshape %x {shape = array<i64: 13>} : (tensor<?x3x4xf32>) -> tensor<?x13xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{extents are positive, or -1 for one that follows}}
  %0 = nn.reshape %x {shape = array<i64: -3, -4>} : (tensor<?x3x4xf32>) -> tensor<?x12xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{cannot reshape 3x4 (12 elements)}}
  %0 = nn.reshape %x {shape = array<i64: -1, -1>} : (tensor<?x3x4xf32>) -> tensor<?x12xf32>
  return
}

// -----

func.func @forward(%x: tensor<f32>) {
  // expected-error @below {{a single element cannot be reshaped to several}}
  %0 = nn.reshape %x {shape = array<i64: 2>} : (tensor<f32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{requires the same element type}}
  %0 = nn.reshape %x {shape = array<i64: 12>} : (tensor<?x3x4xf32>) -> tensor<?x12xi64>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.expand_dims %x {axis = 1 : i64} : (tensor<?x3x4xf32>) -> tensor<?x3x1x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{the layer cannot take an input of shape 3x4}}
  %0 = nn.expand_dims %x {axis = 4 : i64} : (tensor<?x3x4xf32>) -> tensor<?x3x4x1xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{the layer cannot take an input of shape 3x4}}
  %0 = nn.expand_dims %x {axis = -1 : i64} : (tensor<?x3x4xf32>) -> tensor<?x3x4x1xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x1x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.squeeze %x {axis = 1 : i64} : (tensor<?x1x4xf32>) -> tensor<?x1xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{dimension 1 cannot be removed from an input of shape 3x4}}
  %0 = nn.squeeze %x {axis = 1 : i64} : (tensor<?x3x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{dimension 3 cannot be removed from an input of shape 3x4}}
  %0 = nn.squeeze %x {axis = 3 : i64} : (tensor<?x3x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{dimension -1 cannot be removed from an input of shape 3x4}}
  %0 = nn.squeeze %x {axis = -1 : i64} : (tensor<?x3x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{shape_c1: has the type tensor<?x3x4xf32>, but its shape rule says tensor<?x4x3xf32>}}
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 1>} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{dims must hold each of the input's 2 dimensions once, counted from 1; the input has shape 3x4}}
  %0 = nn.transpose %x {permutation = array<i64: 0, 1, 1>} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{dims must hold each of the input's 2 dimensions once, counted from 1; the input has shape 3x4}}
  %0 = nn.transpose %x {permutation = array<i64: 0, 1>} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{dims must hold each of the input's 2 dimensions once, counted from 1; the input has shape 3x4}}
  %0 = nn.transpose %x {permutation = array<i64: 1, 0, 2>} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{dims must hold each of the input's 2 dimensions once, counted from 1; the input has shape 3x4}}
  %0 = nn.transpose %x {permutation = array<i64: 0, 1, 3>} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{dims must hold each of the input's 2 dimensions once, counted from 1; the input has shape 3x4}}
  %0 = nn.transpose %x {permutation = array<i64: 0, 1, -1>} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{dims must hold each of the input's 2 dimensions once, counted from 1; the input has shape 3x4}}
  %0 = nn.transpose %x {permutation = array<i64>} : (tensor<?x3x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<f32>) {
  // expected-error @below {{dims must hold each of the input's 0 dimensions once}}
  %0 = nn.transpose %x {permutation = array<i64: 0>} : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.pad %x {low = array<i64: 0, 1>, high = array<i64: 0, 1>} : (tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{the layer needs an input of 1 dimensions, but its input has shape 3x4}}
  %0 = nn.pad %x {low = array<i64: 0, 1>, high = array<i64: 0, 1>} : (tensor<?x3x4xf32>) -> tensor<?x5x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{the layer needs an input of 1 dimensions}}
  %0 = nn.pad %x {low = array<i64: 0, 1>, high = array<i64: 0>} : (tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{the layer needs an input of 0 dimensions}}
  %0 = nn.pad %x {low = array<i64>, high = array<i64>} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<2x4xf32>) {
  // expected-error @below {{pads or cuts the batch}}
  %0 = nn.pad %x {low = array<i64: 1, 0>, high = array<i64: 0, 0>} : (tensor<2x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{nothing of the input remains}}
  %0 = nn.pad %x {low = array<i64: 0, -2>, high = array<i64: 0, -2>} : (tensor<?x4xf32>) -> tensor<?x1xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x3x4xf32>, %b: tensor<?x3x2xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.concatenate %a, %b {axis = -1 : i64} : (tensor<?x3x4xf32>, tensor<?x3x2xf32>) -> tensor<?x3x5xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x3x4xf32>, %b: tensor<?x3x2xf32>) {
  // expected-error @below {{Concatenate needs inputs that agree in all dimensions but the joined one}}
  %0 = nn.concatenate %a, %b {axis = 1 : i64} : (tensor<?x3x4xf32>, tensor<?x3x2xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x3x4xf32>, %b: tensor<?x3xf32>) {
  // expected-error @below {{Concatenate needs inputs that agree}}
  %0 = nn.concatenate %a, %b {axis = 2 : i64} : (tensor<?x3x4xf32>, tensor<?x3xf32>) -> tensor<?x3x5xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x3x4xf32>, %b: tensor<?x3x4xf32>) {
  // expected-error @below {{axis 0 is not an axis of shape 3x4}}
  %0 = nn.concatenate %a, %b {axis = 0 : i64} : (tensor<?x3x4xf32>, tensor<?x3x4xf32>) -> tensor<?x3x8xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x3x4xf32>, %b: tensor<?x3x4xf32>) {
  // expected-error @below {{axis 3 is not an axis of shape 3x4}}
  %0 = nn.concatenate %a, %b {axis = 3 : i64} : (tensor<?x3x4xf32>, tensor<?x3x4xf32>) -> tensor<?x3x8xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x3x4xf32>, %b: tensor<?x3x4xf32>) {
  // expected-error @below {{axis -4 is not an axis of shape 3x4}}
  %0 = nn.concatenate %a, %b {axis = -4 : i64} : (tensor<?x3x4xf32>, tensor<?x3x4xf32>) -> tensor<?x3x8xf32>
  return
}

// -----

func.func @forward() {
  // expected-error @below {{expected 1 or more operands, but found 0}}
  %0 = nn.concatenate {axis = 1 : i64} : () -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%a: tensor<?x3xf32>, %b: tensor<?x3xi64>) {
  // expected-error @below {{requires the same element type}}
  %0 = nn.concatenate %a, %b {axis = 1 : i64} : (tensor<?x3xf32>, tensor<?x3xi64>) -> tensor<?x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>, %t: tensor<1x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.prepend %x, %t : (tensor<?x3x4xf32>, tensor<1x4xf32>) -> tensor<?x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>, %t: tensor<2x4xf32>) {
  // expected-error @below {{the layer needs a parameter of shape 1x4}}
  %0 = nn.prepend %x, %t : (tensor<?x3x4xf32>, tensor<2x4xf32>) -> tensor<?x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %t: tensor<1x4xf32>) {
  // expected-error @below {{the layer needs a sequence (rows x channels)}}
  %0 = nn.prepend %x, %t : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>, %t: tensor<4xf32>) {
  // expected-error @below {{operand #1 must be 2D or unranked tensor}}
  %0 = nn.prepend %x, %t : (tensor<?x3x4xf32>, tensor<4xf32>) -> tensor<?x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x3x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.resize %x {interpolation = "nearest", size = array<i64: 6, 6>} : (tensor<?x3x3x4xf32>) -> tensor<?x6x5x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{the layer needs an image}}
  %0 = nn.resize %x {interpolation = "nearest", size = array<i64: 6, 6>} : (tensor<?x3x4xf32>) -> tensor<?x6x6x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x3x4xf32>) {
  // expected-error @below {{needs a size or factors}}
  %0 = nn.resize %x {interpolation = "nearest"} : (tensor<?x3x3x4xf32>) -> tensor<?x6x6x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x3x4xf32>) {
  // expected-error @below {{attribute 'size' failed}}
  %0 = nn.resize %x {interpolation = "nearest", size = array<i64: 0, 6>} : (tensor<?x3x3x4xf32>) -> tensor<?x6x6x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x3x4xf32>) {
  // expected-error @below {{attribute 'factors' failed}}
  %0 = nn.resize %x {interpolation = "nearest", factors = array<i64: 2>} : (tensor<?x3x3x4xf32>) -> tensor<?x6x6x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x3x4xf32>) {
  // expected-error @below {{attribute 'interpolation' failed to satisfy constraint: string attribute that is one of bilinear, nearest}}
  %0 = nn.resize %x {interpolation = "bicubic", size = array<i64: 6, 6>} : (tensor<?x3x3x4xf32>) -> tensor<?x6x6x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x6x6x4xf32>) {
  // expected-error @below {{resize_backward_c1: result 0 is 'tensor<?x3x3x5xf32>', but needs to be 'tensor<?x3x3x4xf32>'}}
  %0 = nn.resize_backward %dy {interpolation = "nearest"} : (tensor<?x6x6x4xf32>) -> tensor<?x3x3x5xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x6x6x4xf32>) {
  // expected-error @below {{attribute 'interpolation' failed}}
  %0 = nn.resize_backward %dy {interpolation = "cubic"} : (tensor<?x6x6x4xf32>) -> tensor<?x3x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x4xf32>) {
  // expected-error @below {{the layer needs an image (height x width x channels), but its input has shape 3x4}}
  %0 = nn.resample %x {axis = 1 : i64, size = 6 : i64, filter = "bicubic"} : (tensor<?x3x4xf32>) -> tensor<?x6x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x3x4xf32>) {
  // expected-error @below {{attribute 'axis' failed}}
  %0 = nn.resample %x {axis = 3 : i64, size = 6 : i64, filter = "bicubic"} : (tensor<?x3x3x4xf32>) -> tensor<?x3x3x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x3x4xf32>) {
  // expected-error @below {{attribute 'filter' failed}}
  %0 = nn.resample %x {axis = 1 : i64, size = 6 : i64, filter = "gaussian"} : (tensor<?x3x3x4xf32>) -> tensor<?x6x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x3x3x4xf32>) {
  // expected-error @below {{resample_c1: 'area' has no antialias}}
  %0 = nn.resample %x {axis = 1 : i64, size = 6 : i64, filter = "area", antialias} : (tensor<?x3x3x4xf32>) -> tensor<?x6x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20000x3x4xf32>) {
  // expected-error @below {{an image of more than 2^14 rows or columns cannot be filtered}}
  %0 = nn.resample %x {axis = 1 : i64, size = 6 : i64, filter = "area"} : (tensor<?x20000x3x4xf32>) -> tensor<?x6x3x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x6x3x4xf32>) {
  // expected-error @below {{resample_backward_c1: result 0 is 'tensor<?x3x3x5xf32>', but needs to be 'tensor<?x3x3x4xf32>'}}
  %0 = nn.resample_backward %dy {axis = 1 : i64, filter = "area"} : (tensor<?x6x3x4xf32>) -> tensor<?x3x3x5xf32>
  return
}
