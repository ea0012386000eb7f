// RUN: lathe-opt %s --set-machine=machine='generic{isa=x86-64-v4,cores=16}' --slice-gradients | FileCheck %s
// RUN: lathe-opt %s --set-machine=machine='generic{isa=x86-64-v4,cores=1}' --slice-gradients | FileCheck %s --check-prefix=FEW

nn.recipe @m {loss = "", batch_size = 128 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}

// CHECK-LABEL: func.func @train_step
// FEW-LABEL: func.func @train_step
func.func @train_step(%x: tensor<?x32x32x16xf32>, %dy: tensor<?x32x32x16xf32>) -> tensor<3x3x16x16xf32> {
  // CHECK: %[[SLICES:.*]] = nn.conv2d_backward_weights {{.*}}slices = 64 : i64{{.*}} -> tensor<64x3x3x16x16xf32>
  // CHECK: %[[ROWS:.*]] = nn.reshape %[[SLICES]] {{.*}} -> tensor<64x9x256xf32>
  // CHECK: %[[SUM:.*]] = nn.reduce %[[ROWS]] {axes = array<i64: 0>, function = "sum", keepdims = false} : {{.*}} -> tensor<9x256xf32>
  // CHECK: %[[DW:.*]] = nn.reshape %[[SUM]] {{.*}} -> tensor<3x3x16x16xf32>
  // CHECK: return %[[DW]]
  // FEW: slices = 4 : i64
  %0 = nn.conv2d_backward_weights %x, %dy {strides = array<i64: 1, 1>, padding = array<i64: 1, 1, 1, 1>} : (tensor<?x32x32x16xf32>, tensor<?x32x32x16xf32>) -> tensor<3x3x16x16xf32>
  return %0 : tensor<3x3x16x16xf32>
}
