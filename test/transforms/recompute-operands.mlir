// RUN: lathe-opt %s --recompute-operands --split-input-file | FileCheck %s

// Each reader of a cheap value gets one of its own; the mask of relu's gradient
// as well.
// CHECK-LABEL: func.func @normalized
// CHECK: nn.batch_moments
// CHECK-NEXT: %[[N1:.*]] = nn.normalize
// CHECK-NEXT: %[[R1:.*]] = nn.relu %[[N1]]
// CHECK-NEXT: nn.winograd_conv2d %[[R1]]
// CHECK-NEXT: %[[N2:.*]] = nn.normalize
// CHECK-NEXT: %[[R2:.*]] = nn.relu %[[N2]]
// CHECK-NEXT: nn.conv2d_backward_weights %[[R2]]
// CHECK-NEXT: %[[N3:.*]] = nn.normalize
// CHECK-NEXT: %[[R3:.*]] = nn.relu %[[N3]]
// CHECK-NEXT: nn.relu_backward %{{.*}}, %[[R3]]
func.func @normalized(%x: tensor<?x8x8x16xf32>, %c: tensor<16xf32>, %u: tensor<36x16x16xf32>, %dy: tensor<?x8x8x16xf32>) -> (tensor<?x8x8x16xf32>, tensor<3x3x16x16xf32>, tensor<?x8x8x16xf32>) {
  %mean, %variance = nn.batch_moments %x : (tensor<?x8x8x16xf32>) -> (tensor<16xf32>, tensor<16xf32>)
  %0 = nn.normalize %x, %mean, %variance, %c : (tensor<?x8x8x16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<?x8x8x16xf32>
  %1 = nn.relu %0 : (tensor<?x8x8x16xf32>) -> tensor<?x8x8x16xf32>
  %2 = nn.winograd_conv2d %1, %u {padding = array<i64: 1, 1, 1, 1>} : (tensor<?x8x8x16xf32>, tensor<36x16x16xf32>) -> tensor<?x8x8x16xf32>
  %3 = nn.conv2d_backward_weights %1, %dy {padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} : (tensor<?x8x8x16xf32>, tensor<?x8x8x16xf32>) -> tensor<3x3x16x16xf32>
  %4 = nn.relu_backward %dy, %1 : (tensor<?x8x8x16xf32>, tensor<?x8x8x16xf32>) -> tensor<?x8x8x16xf32>
  return %2, %3, %4 : tensor<?x8x8x16xf32>, tensor<3x3x16x16xf32>, tensor<?x8x8x16xf32>
}

// -----

// A reader that goes over elements often needs them in memory, and then all
// read them there.
// CHECK-LABEL: func.func @stored
// CHECK: %[[DX:.*]] = nn.max_pool2d_backward
// CHECK-NOT: nn.max_pool2d_backward
// CHECK: nn.conv2d_backward_weights %{{.*}}, %[[DX]]
// CHECK: nn.conv2d_backward_data %[[DX]]
func.func @stored(%x: tensor<?x8x8x16xf32>, %dy: tensor<?x4x4x16xf32>, %a: tensor<?x4x4x16xui8>, %w: tensor<3x3x16x16xf32>) -> (tensor<3x3x16x16xf32>, tensor<?x8x8x16xf32>) {
  %0 = nn.max_pool2d_backward %dy, %a {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x16xf32>, tensor<?x4x4x16xui8>) -> tensor<?x8x8x16xf32>
  %1 = nn.conv2d_backward_weights %x, %0 {padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} : (tensor<?x8x8x16xf32>, tensor<?x8x8x16xf32>) -> tensor<3x3x16x16xf32>
  %2 = nn.conv2d_backward_data %0, %w {padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} : (tensor<?x8x8x16xf32>, tensor<3x3x16x16xf32>) -> tensor<?x8x8x16xf32>
  return %1, %2 : tensor<3x3x16x16xf32>, tensor<?x8x8x16xf32>
}

// -----

// Where nothing else reads what is normalized, the kernel that makes it can
// normalize it.
// CHECK-LABEL: func.func @inference
// CHECK: %[[R:.*]] = nn.relu
// CHECK-NOT: nn.relu
// CHECK: nn.winograd_conv2d %[[R]]
// CHECK: nn.winograd_conv2d %[[R]]
func.func @inference(%x: tensor<?x8x8x16xf32>, %c: tensor<16xf32>, %u: tensor<36x16x16xf32>) -> (tensor<?x8x8x16xf32>, tensor<?x8x8x16xf32>) {
  %0 = nn.normalize %x, %c, %c, %c : (tensor<?x8x8x16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<?x8x8x16xf32>
  %1 = nn.relu %0 : (tensor<?x8x8x16xf32>) -> tensor<?x8x8x16xf32>
  %2 = nn.winograd_conv2d %1, %u {padding = array<i64: 1, 1, 1, 1>} : (tensor<?x8x8x16xf32>, tensor<36x16x16xf32>) -> tensor<?x8x8x16xf32>
  %3 = nn.winograd_conv2d %1, %u {padding = array<i64: 1, 1, 1, 1>} : (tensor<?x8x8x16xf32>, tensor<36x16x16xf32>) -> tensor<?x8x8x16xf32>
  return %2, %3 : tensor<?x8x8x16xf32>, tensor<?x8x8x16xf32>
}

// -----

// Elements of overlapping windows are sums.
// CHECK-LABEL: func.func @overlapping
// CHECK: nn.max_pool2d_backward
// CHECK-NOT: nn.max_pool2d_backward
// CHECK: return
func.func @overlapping(%x: tensor<?x9x9x16xf32>, %dy: tensor<?x4x4x16xf32>, %a: tensor<?x4x4x16xui8>, %u: tensor<36x16x16xf32>) -> (tensor<3x3x16x16xf32>, tensor<?x9x9x16xf32>) {
  %0 = nn.max_pool2d_backward %dy, %a {pool_size = array<i64: 3, 3>, strides = array<i64: 2, 2>, padding = array<i64: 0, 0, 0, 0>} : (tensor<?x4x4x16xf32>, tensor<?x4x4x16xui8>) -> tensor<?x9x9x16xf32>
  %1 = nn.conv2d_backward_weights %x, %0 {padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} : (tensor<?x9x9x16xf32>, tensor<?x9x9x16xf32>) -> tensor<3x3x16x16xf32>
  %2 = nn.winograd_conv2d %0, %u {padding = array<i64: 1, 1, 1, 1>} : (tensor<?x9x9x16xf32>, tensor<36x16x16xf32>) -> tensor<?x9x9x16xf32>
  return %1, %2 : tensor<3x3x16x16xf32>, tensor<?x9x9x16xf32>
}

// -----

// Many channels are many tasks, each of which would compute the operand.
// CHECK-LABEL: func.func @many_channels
// CHECK: %[[DX:.*]] = nn.normalize_backward
// CHECK-NOT: nn.normalize_backward
// CHECK: nn.conv2d_backward_weights %{{.*}}, %[[DX]]
// CHECK: nn.winograd_conv2d %[[DX]]
func.func @many_channels(%x: tensor<?x8x8x128xf32>, %dy: tensor<?x8x8x128xf32>, %c: tensor<128xf32>, %u: tensor<36x128x128xf32>) -> (tensor<3x3x128x128xf32>, tensor<?x8x8x128xf32>) {
  %0 = nn.normalize_backward %dy, %x, %c, %c, %c, %c : (tensor<?x8x8x128xf32>, tensor<?x8x8x128xf32>, tensor<128xf32>, tensor<128xf32>, tensor<128xf32>, tensor<128xf32>) -> tensor<?x8x8x128xf32>
  %1 = nn.conv2d_backward_weights %x, %0 {padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} : (tensor<?x8x8x128xf32>, tensor<?x8x8x128xf32>) -> tensor<3x3x128x128xf32>
  %2 = nn.winograd_conv2d %0, %u {padding = array<i64: 1, 1, 1, 1>} : (tensor<?x8x8x128xf32>, tensor<36x128x128xf32>) -> tensor<?x8x8x128xf32>
  return %1, %2 : tensor<3x3x128x128xf32>, tensor<?x8x8x128xf32>
}
