// Pictures before the network: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x20x16xf32>) {
  // expected-error @below {{the layer needs an image (height x width x channels), but its input has shape 20x16}}
  %0 = nn.fit_image %x {mode = "crop", size = array<i64: 8, 8>, interpolation = "bilinear", fill_value = 0.0} : (tensor<?x20x16xf32>) -> tensor<?x8x8xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20x16x3xf32>) {
  // expected-error @below {{attribute 'mode' failed}}
  %0 = nn.fit_image %x {mode = "squeeze", size = array<i64: 8, 8>, interpolation = "bilinear", fill_value = 0.0} : (tensor<?x20x16x3xf32>) -> tensor<?x8x8x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20x16x3xf32>) {
  // expected-error @below {{fit_image_c1: 'nearest' has no antialias}}
  %0 = nn.fit_image %x {mode = "crop", size = array<i64: 8, 8>, interpolation = "nearest", antialias, fill_value = 0.0} : (tensor<?x20x16x3xf32>) -> tensor<?x8x8x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20x16x4xf32>) {
  // expected-error @below {{the layer needs three colours, but its input has shape 20x16x4}}
  %0 = nn.prepare %x {function = "grayscale", numbers = array<f64: 1.0>, low = 0.0, high = 255.0} : (tensor<?x20x16x4xf32>) -> tensor<?x20x16x1xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20x16x4xf32>) {
  // expected-error @below {{attribute 'function' failed}}
  %0 = nn.prepare %x {function = "sepia", numbers = array<f64: 1.0>, low = 0.0, high = 255.0} : (tensor<?x20x16x4xf32>) -> tensor<?x20x16x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20x16x2xf32>) {
  // expected-error @below {{the layer needs three colours, but its input has shape 20x16x2}}
  %0 = nn.convert_color %x {to = "lab", low = 0.0, high = 255.0} : (tensor<?x20x16x2xf32>) -> tensor<?x20x16x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20x16x3xf32>) {
  // expected-error @below {{attribute 'to' failed}}
  %0 = nn.convert_color %x {to = "hsv", low = 0.0, high = 255.0} : (tensor<?x20x16x3xf32>) -> tensor<?x20x16x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20x16x3xf32>) {
  // expected-error @below {{8 x 9 tiles are too many for an image of 20 x 16: a tile needs 2 x 2 pixels}}
  %0 = nn.tone_curves %x {method = "clahe", tiles = array<i64: 8, 9>, bins = 256 : i64, clip_limit = 2.0, low = 0.0, high = 255.0} : (tensor<?x20x16x3xf32>) -> tensor<?x72x3x256xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4097x4097x1xf32>) {
  // expected-error @below {{an image of more than 2^24 pixels cannot be counted}}
  %0 = nn.tone_curves %x {method = "equalize", tiles = array<i64: 1, 1>, bins = 256 : i64, clip_limit = 0.0, low = 0.0, high = 255.0} : (tensor<?x4097x4097x1xf32>) -> tensor<?x1x1x256xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20x16x3xf32>, %c: tensor<?x8x3x256xf32>) {
  // expected-error @below {{needs curves of each tile of each image}}
  %0 = nn.apply_curves %x, %c {method = "clahe", tiles = array<i64: 4, 4>, low = 0.0, high = 255.0} : (tensor<?x20x16x3xf32>, tensor<?x8x3x256xf32>) -> tensor<?x20x16x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20x16x3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>, %c: tensor<4xf32>) {
  // expected-error @below {{}}
  %0 = nn.adapted_norm %x, %m, %v, %c : (tensor<?x20x16x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4xf32>) -> tensor<?x20x16x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20x16x3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>, %c: tensor<3xf32>) {
  %0 = nn.adapted_norm %x, %m, %v, %c : (tensor<?x20x16x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x20x16x3xf32>
  // expected-error @below {{another layer before this one adapts already}}
  %1 = nn.adapted_norm %0, %m, %v, %c : (tensor<?x20x16x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x20x16x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x20x16x3xf32>, %m: tensor<3xf32>, %v: tensor<3x4xf32>, %w: tensor<3x3xf32>) {
  // expected-error @below {{}}
  %0 = nn.adapted_whitening %x, %m, %v, %w, %m {whole = false} : (tensor<?x20x16x3xf32>, tensor<3xf32>, tensor<3x4xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<?x20x16x3xf32>
  return
}

// -----

func.func @adapt(%m: tensor<3xf32>, %v: tensor<1xf32>) {
  // expected-error @below {{merge_moments_c1:}}
  %0, %1, %2 = nn.merge_moments %m, %m, %m, %m, %v : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<1xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @forward(%x: tensor<?x20x16xf32>) {
  // expected-error @below {{the layer needs an image (height x width x channels), but its input has shape 20x16}}
  %0 = nn.random_window %x {size = array<i64: 8, 8>} : (tensor<?x20x16xf32>) -> tensor<?x8x8xf32>
  return
}
