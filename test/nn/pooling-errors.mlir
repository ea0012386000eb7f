// Pooling and its gradients: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.max_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x4xf32>) {
  // expected-error @below {{pooling needs an image}}
  %0 = nn.max_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x1x8x4xf32>) {
  // expected-error @below {{pool_size 2x2 is larger than the layer's input, which is 1x8}}
  %0 = nn.max_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x1x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{attribute 'pool_size' failed}}
  %0 = nn.max_pool2d %x {pool_size = array<i64: 0, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{attribute 'strides' failed}}
  %0 = nn.max_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 0, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{attribute 'padding' failed}}
  %0 = nn.max_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, -1, 0>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{needs padding or auto_padding}}
  %0 = nn.max_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{attribute 'auto_padding' failed}}
  %0 = nn.max_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, auto_padding = ""} : (tensor<?x8x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.avg_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x3x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x4xf32>) {
  // expected-error @below {{pooling needs an image}}
  %0 = nn.avg_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x1x8x4xf32>) {
  // expected-error @below {{pool_size 2x2 is larger than the layer's input, which is 1x8}}
  %0 = nn.avg_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x1x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{attribute 'pool_size' failed}}
  %0 = nn.avg_pool2d %x {pool_size = array<i64: 0, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{attribute 'strides' failed}}
  %0 = nn.avg_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 0, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{attribute 'padding' failed}}
  %0 = nn.avg_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, -1, 0>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{needs padding or auto_padding}}
  %0 = nn.avg_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{attribute 'auto_padding' failed}}
  %0 = nn.avg_pool2d %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, auto_padding = ""} : (tensor<?x8x8x4xf32>) -> tensor<?x4x4x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{max_pool2d_argmax_c1: result 0 is 'tensor<?x4x3x4xf32>', but needs to be 'tensor<?x4x4x4xf32>'}}
  %0:2 = nn.max_pool2d_argmax %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>) -> (tensor<?x4x3x4xf32>, tensor<?x4x4x4xui8>)
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{max_pool2d_argmax_c2: result 1}}
  %0:2 = nn.max_pool2d_argmax %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>) -> (tensor<?x4x4x4xf32>, tensor<?x4x3x4xui8>)
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{max_pool2d_argmax_c2: numbers of the elements of such windows are 'ui8'}}
  %0:2 = nn.max_pool2d_argmax %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>) -> (tensor<?x4x4x4xf32>, tensor<?x4x4x4xi32>)
  return
}

// -----

func.func @forward(%x: tensor<?x8x1x4xf32>) {
  // expected-error @below {{pool_size 2x2 is larger}}
  %0:2 = nn.max_pool2d_argmax %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x1x4xf32>) -> (tensor<?x4x4x4xf32>, tensor<?x4x4x4xui8>)
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{attribute 'strides' failed}}
  %0:2 = nn.max_pool2d_argmax %x {pool_size = array<i64: 2, 2>, strides = array<i64: 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x8x8x4xf32>) -> (tensor<?x4x4x4xf32>, tensor<?x4x4x4xui8>)
  return
}

// -----

func.func @forward(%dy: tensor<?x4x4x4xf32>, %a: tensor<?x4x4x4xui8>) {
  // expected-error @below {{max_pool2d_backward_c1: operand 0 is 'tensor<?x4x4x4xf32>', but needs to be 'tensor<?x4x3x4xf32>'}}
  %0 = nn.max_pool2d_backward %dy, %a {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x4xf32>, tensor<?x4x4x4xui8>) -> tensor<?x8x6x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4x4x4xf32>, %a: tensor<?x4x4x3xui8>) {
  // expected-error @below {{max_pool2d_backward_c2: operand 1}}
  %0 = nn.max_pool2d_backward %dy, %a {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x4xf32>, tensor<?x4x4x3xui8>) -> tensor<?x8x8x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4x4x4xf32>, %a: tensor<?x4x4x4xi32>) {
  // expected-error @below {{max_pool2d_backward_c2: numbers of the elements}}
  %0 = nn.max_pool2d_backward %dy, %a {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x4xf32>, tensor<?x4x4x4xi32>) -> tensor<?x8x8x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4x4x4xf32>, %a: tensor<?x4x4x4xui8>) {
  // expected-error @below {{attribute 'padding' failed}}
  %0 = nn.max_pool2d_backward %dy, %a {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0>} : (tensor<?x4x4x4xf32>, tensor<?x4x4x4xui8>) -> tensor<?x8x8x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4x4x4xf32>) {
  // expected-error @below {{avg_pool2d_backward_c1: operand 0}}
  %0 = nn.avg_pool2d_backward %dy {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x4xf32>) -> tensor<?x8x6x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4x4x4xf32>) {
  // expected-error @below {{pool_size 2x2 is larger}}
  %0 = nn.avg_pool2d_backward %dy {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x4xf32>) -> tensor<?x1x8x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4x4x4xf32>) {
  // expected-error @below {{attribute 'pool_size' failed}}
  %0 = nn.avg_pool2d_backward %dy {pool_size = array<i64: 0, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x4xf32>) -> tensor<?x8x8x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x8x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.global_max_pool %x {keepdims = false} : (tensor<?x8x8x4xf32>) -> tensor<?x1x1x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x8x4xf32>) {
  // expected-error @below {{pooling needs an image}}
  %0 = nn.global_max_pool %x {keepdims = false} : (tensor<?x8x4xf32>) -> tensor<?x4xf32>
  return
}
