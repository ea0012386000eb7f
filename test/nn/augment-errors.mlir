// Augmentation: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

// expected-error @below {{numbers that are not finite}}
nn.draw "uniform" {at = 0 : i64, stream = 0 : i64, numbers = array<f64: 0.0, 0x7FF0000000000000>}

// -----

// expected-error @below {{attribute 'at' failed}}
nn.draw "uniform" {at = -1 : i64, stream = 0 : i64, numbers = array<f64: 0.0, 1.0>}

// -----

func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x8xf32>) {
  // expected-error @below {{warp_c1:}}
  %0 = nn.warp %x, %d {at = 0 : i64, fill_mode = "wrap", interpolation = "nearest"} : (tensor<?x8x8x3xf32>, tensor<?x8xf32>) -> tensor<?x8x9x3xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x8xf32>) {
  // expected-error @below {{warp_c2: draws has a row for each image and 8 columns from 1 on}}
  %0 = nn.warp %x, %d {at = 1 : i64, fill_mode = "wrap", interpolation = "nearest"} : (tensor<?x8x8x3xf32>, tensor<?x8xf32>) -> tensor<?x8x8x3xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x8xf32>) {
  // expected-error @below {{attribute 'fill_mode' failed}}
  %0 = nn.warp %x, %d {at = 0 : i64, fill_mode = "mirror", interpolation = "nearest"} : (tensor<?x8x8x3xf32>, tensor<?x8xf32>) -> tensor<?x8x8x3xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x2xf32>) {
  // expected-error @below {{adjust_c1:}}
  %0 = nn.adjust %x, %d {at = 0 : i64, function = "contrast", low = 0.0, high = 1.0} : (tensor<?x8x8x3xf32>, tensor<?x2xf32>) -> tensor<?x8x8x1xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x2xf32>) {
  // expected-error @below {{adjust_c2: draws has a row for each image and 5 columns from 0 on}}
  %0 = nn.adjust %x, %d {at = 0 : i64, function = "erase", low = 0.0, high = 1.0} : (tensor<?x8x8x3xf32>, tensor<?x2xf32>) -> tensor<?x8x8x3xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x1xf32>, %d: tensor<?x2xf32>) {
  // expected-error @below {{adjust_c3: hue needs three channels}}
  %0 = nn.adjust %x, %d {at = 0 : i64, function = "hue", low = 0.0, high = 1.0} : (tensor<?x8x8x1xf32>, tensor<?x2xf32>) -> tensor<?x8x8x1xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x2xf32>, %d: tensor<?x2xf32>) {
  // expected-error @below {{adjust_c3: enhance needs one channel or three}}
  %0 = nn.adjust %x, %d {at = 0 : i64, function = "enhance", low = 0.0, high = 1.0} : (tensor<?x8x8x2xf32>, tensor<?x2xf32>) -> tensor<?x8x8x2xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x2xf32>) {
  // expected-error @below {{adjust_c4: low is less than high}}
  %0 = nn.adjust %x, %d {at = 0 : i64, function = "invert", low = 1.0, high = 1.0} : (tensor<?x8x8x3xf32>, tensor<?x2xf32>) -> tensor<?x8x8x3xf32>
  return
}

// -----

func.func @mix(%x: tensor<?x8x8x1xf32>, %d: tensor<?x6xf32>) {
  // expected-error @below {{mix_c1:}}
  %0 = nn.mix %x, %d : (tensor<?x8x8x1xf32>, tensor<?x6xf32>) -> tensor<?x8x8x3xf32>
  return
}

// -----

func.func @mix(%x: tensor<?x8x8x1xf32>, %d: tensor<?x5xf32>) {
  // expected-error @below {{mix_c2: draws has a row for each image and 6 columns from 0 on}}
  %0 = nn.mix %x, %d : (tensor<?x8x8x1xf32>, tensor<?x5xf32>) -> tensor<?x8x8x1xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x8xf32>, %f: tensor<?x8x8x3xf32>) {
  // expected-error @below {{warp_c3: the field has the input's rows and columns, and two channels}}
  %0 = nn.warp %x, %d, %f {at = 0 : i64, fill_mode = "wrap", interpolation = "nearest"} : (tensor<?x8x8x3xf32>, tensor<?x8xf32>, tensor<?x8x8x3xf32>) -> tensor<?x8x8x3xf32>
  return
}

// -----

func.func @augment(%d: tensor<?x8xf32>) {
  // expected-error @below {{noise_c1: draws has a row for each image and three columns from 6 on}}
  %0 = nn.noise %d {at = 6 : i64} : (tensor<?x8xf32>) -> tensor<?x8x8x2xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x8xf32>) {
  // expected-error @below {{blur_c1:}}
  %0 = nn.blur %x, %d {at = 0 : i64, fill_mode = "reflect", radii = array<i64: 1, 1>} : (tensor<?x8x8x3xf32>, tensor<?x8xf32>) -> tensor<?x8x8x1xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x8xf32>) {
  // expected-error @below {{blur_c2: draws has a row for each image and 9 columns from 0 on}}
  %0 = nn.blur %x, %d {at = 0 : i64, fill_mode = "reflect", radii = array<i64: 3, 4>} : (tensor<?x8x8x3xf32>, tensor<?x8xf32>) -> tensor<?x8x8x3xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x8xf32>, %y: tensor<?x8x8x1xf32>) {
  // expected-error @below {{blend_c1:}}
  %0 = nn.blend %x, %d, %y {at = 0 : i64} : (tensor<?x8x8x3xf32>, tensor<?x8xf32>, tensor<?x8x8x1xf32>) -> tensor<?x8x8x3xf32>
  return
}

// -----

func.func @augment(%x: tensor<?x8x8x3xf32>, %d: tensor<?x8xf32>) {
  // expected-error @below {{blend_c2: draws has a row for each image and 2 columns from 7 on}}
  %0 = nn.blend %x, %d, %x {at = 7 : i64} : (tensor<?x8x8x3xf32>, tensor<?x8xf32>, tensor<?x8x8x3xf32>) -> tensor<?x8x8x3xf32>
  return
}
