// RUN: lathe-opt %s --infer-shapes --split-input-file --verify-diagnostics

nn.variable parameter @k : tensor<5x5x?x8xf32>
func.func @forward(%x: tensor<?x4x4x1xf32>) -> tensor<*xf32> {
  %k = nn.read @k : tensor<5x5x?x8xf32>
  // expected-error @+1 {{kernel_size 5x5 is larger than the layer's input, which is 4x4; use a smaller one, or padding: same}}
  %0 = nn.conv2d %x, %k {strides = array<i64: 1, 1>, auto_padding = "valid"} : (tensor<?x4x4x1xf32>, tensor<5x5x?x8xf32>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}

// -----

nn.variable parameter @k : tensor<3x3x?x8xf32>
func.func @forward(%x: tensor<?x16xf32>) -> tensor<*xf32> {
  %k = nn.read @k : tensor<3x3x?x8xf32>
  // expected-error @+1 {{Conv2D needs an image (height x width x channels), but its input has shape 16}}
  %0 = nn.conv2d %x, %k {strides = array<i64: 1, 1>, auto_padding = "valid"} : (tensor<?x16xf32>, tensor<3x3x?x8xf32>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}

// -----

func.func @forward(%x: tensor<?x4x4x2xf32>) -> tensor<*xf32> {
  // expected-error @+1 {{cannot reshape 4x4x2 (32 elements) to this shape (30 elements)}}
  %0 = nn.reshape %x {shape = array<i64: 5, 6>} : (tensor<?x4x4x2xf32>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %y: tensor<?x5xf32>) -> tensor<*xf32> {
  // expected-error @+1 {{the layer needs inputs of one shape, or of shapes that differ where one has extent 1, but they have 4 and 5}}
  %0 = nn.add %x, %y : (tensor<?x4xf32>, tensor<?x5xf32>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}

// -----

nn.variable parameter @d : tensor<?x100000xf32>
func.func @forward(%x: tensor<?x100000xf32>) -> tensor<*xf32> {
  %d = nn.read @d : tensor<?x100000xf32>
  // expected-error @+1 {{shape 100000x100000, which has more than 2^29 elements}}
  %0 = nn.dense %x, %d : (tensor<?x100000xf32>, tensor<?x100000xf32>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}

// -----

nn.model @m {batch = 4096 : i64}
func.func @forward(%x: tensor<?x1024x1024xf32>) -> tensor<*xf32> {
  // expected-error @+1 {{shape 1024x1024, which is too large for a batch of 4096: choose a smaller batch_size}}
  %0 = nn.relu %x : (tensor<?x1024x1024xf32>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}
