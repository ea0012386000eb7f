// Convolutions and their gradients: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{shape_c1: has the type tensor<?x6x6x5xf32>, but its shape rule says tensor<?x6x6x6xf32>}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x5xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x3x6xf32>) {
  // expected-error @below {{the layer needs a parameter of shape 3x3x4x6, but it has 3x3x3x6}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<3x3x3x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{groups must divide the 4 channels of the input and the 6 filters, but is 3}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, groups = 3 : i64} : (tensor<?x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{attribute 'groups' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, groups = 0 : i64} : (tensor<?x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{attribute 'strides' failed to satisfy constraint: i64 dense array attribute with exactly 2 elements whose value is positive}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 0, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{attribute 'strides' failed}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{attribute 'dilations' failed}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, -1>} : (tensor<?x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{attribute 'padding' failed to satisfy constraint: i64 dense array attribute with exactly 4 elements whose value is non-negative}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, -1>} : (tensor<?x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{attribute 'padding' failed}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0>} : (tensor<?x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{attribute 'auto_padding' failed to satisfy constraint: string attribute that is one of same, valid}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, auto_padding = "full"} : (tensor<?x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{needs padding or auto_padding}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>} : (tensor<?x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{kernel_size 9x9 is larger than the layer's input, which is 8x8}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 4, 4>} : (tensor<?x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{Conv2D needs an image (height x width x channels), but its input has shape 8x4}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x4x6xf32>) {
  // expected-error @below {{operand #1 must be 4D or unranked tensor of 32-bit float values}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x?x4xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{shape_c0: the shape of operand 0 is not known}}
  %0 = nn.conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x?x4xf32>, tensor<3x3x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x6x6x6xf32>, %w: tensor<3x3x1x6xf32>) {
  // expected-error @below {{conv2d_backward_data_c1: 4 groups do not divide 4 and 6 channels}}
  %0 = nn.conv2d_backward_data %dy, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, groups = 4 : i64} : (tensor<?x6x6x6xf32>, tensor<3x3x1x6xf32>) -> tensor<?x8x8x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x6x6x6xf32>, %w: tensor<3x3x4x5xf32>) {
  // expected-error @below {{conv2d_backward_data_c2: operand 1 is 'tensor<3x3x4x5xf32>', but needs to be 'tensor<3x3x4x6xf32>'}}
  %0 = nn.conv2d_backward_data %dy, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x6x6x6xf32>, tensor<3x3x4x5xf32>) -> tensor<?x8x8x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x6x6x6xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{conv2d_backward_data_c3: the batch differs}}
  %0 = nn.conv2d_backward_data %dy, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x6x6x6xf32>, tensor<3x3x4x6xf32>) -> tensor<2x8x8x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x6x6x6xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{conv2d_backward_data_c4: the windows of 'tensor<?x6x6x6xf32>' cover 8 elements, but the padded image has 7}}
  %0 = nn.conv2d_backward_data %dy, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x6x6x6xf32>, tensor<3x3x4x6xf32>) -> tensor<?x8x7x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x6x6xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{operand #0 must be 4D tensor, static but for the batch, of 32-bit float values}}
  %0 = nn.conv2d_backward_data %dy, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x6x6xf32>, tensor<3x3x4x6xf32>) -> tensor<?x8x8x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x6x6x6xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{attribute 'strides' failed}}
  %0 = nn.conv2d_backward_data %dy, %w {strides = array<i64: 0, 0>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x6x6x6xf32>, tensor<3x3x4x6xf32>) -> tensor<?x8x8x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x6x6x6xf32>, %w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{attribute 'padding' failed}}
  %0 = nn.conv2d_backward_data %dy, %w {strides = array<i64: 1, 1>, padding = array<i64: 1>} : (tensor<?x6x6x6xf32>, tensor<3x3x4x6xf32>) -> tensor<?x8x8x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %dy: tensor<?x6x6x6xf32>) {
  // expected-error @below {{conv2d_backward_weights_c1: 3 groups do not divide 4 and 6 channels}}
  %0 = nn.conv2d_backward_weights %x, %dy {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, groups = 3 : i64} : (tensor<?x8x8x4xf32>, tensor<?x6x6x6xf32>) -> tensor<3x3x4x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %dy: tensor<?x6x6x6xf32>) {
  // expected-error @below {{conv2d_backward_weights_c2: result 0 is 'tensor<3x3x4x5xf32>', but needs to be 'tensor<3x3x4x6xf32>'}}
  %0 = nn.conv2d_backward_weights %x, %dy {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<?x6x6x6xf32>) -> tensor<3x3x4x5xf32>
  return
}

// -----

func.func @forward(%x: tensor<2x8x8x4xf32>, %dy: tensor<3x6x6x6xf32>) {
  // expected-error @below {{conv2d_backward_weights_c3: the batch differs}}
  %0 = nn.conv2d_backward_weights %x, %dy {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<2x8x8x4xf32>, tensor<3x6x6x6xf32>) -> tensor<3x3x4x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %dy: tensor<?x7x6x6xf32>) {
  // expected-error @below {{conv2d_backward_weights_c4: the windows of 'tensor<?x7x6x6xf32>' cover 9 elements, but the padded image has 8}}
  %0 = nn.conv2d_backward_weights %x, %dy {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<?x7x6x6xf32>) -> tensor<3x3x4x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %dy: tensor<?x6x6x6xf32>) {
  // expected-error @below {{conv2d_backward_weights_c5: 'tensor<3x3x4x6xf32>' does not hold 2 slices}}
  %0 = nn.conv2d_backward_weights %x, %dy {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, slices = 2 : i64} : (tensor<?x8x8x4xf32>, tensor<?x6x6x6xf32>) -> tensor<3x3x4x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %dy: tensor<?x6x6x6xf32>) {
  // expected-error @below {{conv2d_backward_weights_c2: result 0 is 'tensor<2x3x3x4x5xf32>', but needs to be 'tensor<2x3x3x4x6xf32>'}}
  %0 = nn.conv2d_backward_weights %x, %dy {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, slices = 2 : i64} : (tensor<?x8x8x4xf32>, tensor<?x6x6x6xf32>) -> tensor<2x3x3x4x5xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %dy: tensor<?x6x6x6xf32>) {
  // expected-error @below {{attribute 'dilations' failed}}
  %0 = nn.conv2d_backward_weights %x, %dy {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>, dilations = array<i64: 0, 1>} : (tensor<?x8x8x4xf32>, tensor<?x6x6x6xf32>) -> tensor<3x3x4x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x2xf32>) {
  // expected-error @below {{shape_c1: has the type tensor<?x6x6x4xf32>, but its shape rule says tensor<?x6x6x8xf32>}}
  %0 = nn.depthwise_conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<3x3x4x2xf32>) -> tensor<?x6x6x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x3x2xf32>) {
  // expected-error @below {{the layer needs a parameter of shape 3x3x4x2}}
  %0 = nn.depthwise_conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<3x3x3x2xf32>) -> tensor<?x6x6x8xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %w: tensor<3x3x4x2xf32>) {
  // expected-error @below {{DepthwiseConv2D needs an image}}
  %0 = nn.depthwise_conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4xf32>, tensor<3x3x4x2xf32>) -> tensor<?x6x6x8xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x2x8x4xf32>, %w: tensor<3x3x4x2xf32>) {
  // expected-error @below {{kernel_size 3x3 is larger}}
  %0 = nn.depthwise_conv2d %x, %w {strides = array<i64: 1, 1>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x2x8x4xf32>, tensor<3x3x4x2xf32>) -> tensor<?x6x6x8xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %w: tensor<3x3x4x2xf32>) {
  // expected-error @below {{attribute 'strides' failed}}
  %0 = nn.depthwise_conv2d %x, %w {strides = array<i64: 0, 0>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<3x3x4x2xf32>) -> tensor<?x6x6x8xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x6x6x4xf32>, %w: tensor<3x3x2x4xf32>) {
  // expected-error @below {{shape_c1: has the type tensor<?x6x6x2xf32>, but its shape rule says tensor<?x8x8x2xf32>}}
  %0 = nn.conv2d_transpose %x, %w {strides = array<i64: 1, 1>, auto_padding = "valid"} : (tensor<?x6x6x4xf32>, tensor<3x3x2x4xf32>) -> tensor<?x6x6x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x6x6x4xf32>, %w: tensor<3x3x4x2xf32>) {
  // expected-error @below {{the layer needs a parameter of shape 3x3x4x4}}
  %0 = nn.conv2d_transpose %x, %w {strides = array<i64: 1, 1>, auto_padding = "valid"} : (tensor<?x6x6x4xf32>, tensor<3x3x4x2xf32>) -> tensor<?x8x8x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x6x4xf32>, %w: tensor<3x3x2x4xf32>) {
  // expected-error @below {{Conv2DTranspose needs an image}}
  %0 = nn.conv2d_transpose %x, %w {strides = array<i64: 1, 1>, auto_padding = "valid"} : (tensor<?x6x4xf32>, tensor<3x3x2x4xf32>) -> tensor<?x8x8x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x6x6x4xf32>, %w: tensor<3x3x2x4xf32>) {
  // expected-error @below {{needs auto_padding}}
  %0 = nn.conv2d_transpose %x, %w {strides = array<i64: 1, 1>} : (tensor<?x6x6x4xf32>, tensor<3x3x2x4xf32>) -> tensor<?x8x8x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x1x1x4xf32>, %w: tensor<2x2x2x4xf32>) {
  // expected-error @below {{the layer's output would be empty}}
  %0 = nn.conv2d_transpose %x, %w {strides = array<i64: 1, 1>, auto_padding = "same", output_padding = array<i64: 0, 0>} : (tensor<?x1x1x4xf32>, tensor<2x2x2x4xf32>) -> tensor<?x1x1x2xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x6x6x4xf32>, %w: tensor<3x3x2x4xf32>) {
  // expected-error @below {{attribute 'output_padding' failed to satisfy constraint: i64 dense array attribute with exactly 2 elements whose value is non-negative}}
  %0 = nn.conv2d_transpose %x, %w {strides = array<i64: 1, 1>, auto_padding = "valid", output_padding = array<i64: -1, 0>} : (tensor<?x6x6x4xf32>, tensor<3x3x2x4xf32>) -> tensor<?x8x8x2xf32>
  return
}

// -----

func.func @forward(%w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{transpose_filter_c1: result 0 is 'tensor<3x3x4x6xf32>', but needs to be 'tensor<3x3x6x4xf32>'}}
  %0 = nn.transpose_filter %w : (tensor<3x3x4x6xf32>) -> tensor<3x3x4x6xf32>
  return
}

// -----

func.func @forward(%w: tensor<3x4x6xf32>) {
  // expected-error @below {{operand #0 must be 4D tensor}}
  %0 = nn.transpose_filter %w : (tensor<3x4x6xf32>) -> tensor<3x3x4x6xf32>
  return
}

// -----

func.func @forward(%w: tensor<5x5x4x6xf32>) {
  // expected-error @below {{winograd_filter_c1: operand 0 is 'tensor<5x5x4x6xf32>', but needs to be 'tensor<3x3x4x6xf32>'}}
  %0 = nn.winograd_filter %w : (tensor<5x5x4x6xf32>) -> tensor<36x4x6xf32>
  return
}

// -----

func.func @forward(%w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{winograd_filter_c2: result 0 is 'tensor<36x6x4xf32>', but needs to be 'tensor<36x4x6xf32>'}}
  %0 = nn.winograd_filter %w : (tensor<3x3x4x6xf32>) -> tensor<36x6x4xf32>
  return
}

// -----

func.func @forward(%w: tensor<3x3x4x6xf32>) {
  // expected-error @below {{winograd_filter_c2: result 0 is 'tensor<36x4x6xf32>', but needs to be 'tensor<36x6x4xf32>'}}
  %0 = nn.winograd_filter %w {transposed = true} : (tensor<3x3x4x6xf32>) -> tensor<36x4x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %u: tensor<16x4x6xf32>) {
  // expected-error @below {{winograd_conv2d_c1: operand 1 is 'tensor<16x4x6xf32>', but needs to be 'tensor<36x4x6xf32>'}}
  %0 = nn.winograd_conv2d %x, %u {padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<16x4x6xf32>) -> tensor<?x6x6x6xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %u: tensor<36x4x6xf32>) {
  // expected-error @below {{winograd_conv2d_c2: result 0 is 'tensor<?x8x8x6xf32>', but needs to be 'tensor<?x6x6x6xf32>'}}
  %0 = nn.winograd_conv2d %x, %u {padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>, tensor<36x4x6xf32>) -> tensor<?x8x8x6xf32>
  return
}

// -----

func.func @forward(%w: tensor<3x3x4x64xf32>) {
  // expected-error @below {{pack_filter_c1: operand 0 is 'tensor<3x3x4x64xf32>', but needs to be 'tensor<1x1x4x64xf32>'}}
  %0 = nn.pack_filter %w : (tensor<3x3x4x64xf32>) -> tensor<2x4x32xf32>
  return
}

// -----

func.func @forward(%w: tensor<1x1x4x64xf32>) {
  // expected-error @below {{pack_filter_c2: 'tensor<3x4x32xf32>' does not hold the channels of 'tensor<1x1x4x64xf32>'}}
  %0 = nn.pack_filter %w : (tensor<1x1x4x64xf32>) -> tensor<3x4x32xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %p: tensor<2x3x32xf32>) {
  // expected-error @below {{packed_conv2d_c1: operand 1 is 'tensor<2x3x32xf32>', but needs to be 'tensor<2x4x32xf32>'}}
  %0 = nn.packed_conv2d %x, %p : (tensor<?x8x8x4xf32>, tensor<2x3x32xf32>) -> tensor<?x8x8x64xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>, %p: tensor<2x4x32xf32>) {
  // expected-error @below {{packed_conv2d_c2: result 0 is 'tensor<?x8x7x64xf32>', but needs to be 'tensor<?x8x8x64xf32>'}}
  %0 = nn.packed_conv2d %x, %p : (tensor<?x8x8x4xf32>, tensor<2x4x32xf32>) -> tensor<?x8x7x64xf32>
  return
}
