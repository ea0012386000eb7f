// RUN: lathe-opt %s --infer-shapes --verify-stage=stage=typed | FileCheck %s

// CHECK: nn.variable parameter @k : tensor<3x5x3x8xf32>
nn.variable parameter @k : tensor<3x5x?x8xf32>
nn.variable parameter @b : tensor<8xf32>
// CHECK: nn.variable parameter @d : tensor<200x2xf32>
nn.variable parameter @d : tensor<?x2xf32>

// CHECK: func.func @forward(%{{.*}}: tensor<?x20x19x3xf32>) -> tensor<?x2xf32>
func.func @forward(%x: tensor<?x20x19x3xf32>) -> tensor<*xf32> {
  %k = nn.read @k : tensor<3x5x?x8xf32>
  // "same": ceil(20 / 2) x ceil(19 / 2); the odd row of padding at the end.
  // CHECK: nn.conv2d {{.*}}padding = array<i64: 0, 1, 2, 2>{{.*}} -> tensor<?x10x10x8xf32>
  %0 = nn.conv2d %x, %k {strides = array<i64: 2, 2>, auto_padding = "same"} : (tensor<?x20x19x3xf32>, tensor<3x5x?x8xf32>) -> tensor<*xf32>
  %b = nn.read @b : tensor<8xf32>
  // CHECK: nn.bias_add {{.*}} -> tensor<?x10x10x8xf32>
  %1 = nn.bias_add %0, %b : (tensor<*xf32>, tensor<8xf32>) -> tensor<*xf32>
  // CHECK: nn.max_pool2d {{.*}} -> tensor<?x5x5x8xf32>
  %2 = nn.max_pool2d %1 {pool_size = array<i64: 2, 2>, strides = array<i64: 2, 2>, auto_padding = "valid"} : (tensor<*xf32>) -> tensor<*xf32>
  // CHECK: nn.reshape {{.*}} -> tensor<?x200xf32>
  %3 = nn.reshape %2 {shape = array<i64: -1>} : (tensor<*xf32>) -> tensor<*xf32>
  %d = nn.read @d : tensor<?x2xf32>
  // CHECK: nn.dense {{.*}} -> tensor<?x2xf32>
  %4 = nn.dense %3, %d : (tensor<*xf32>, tensor<?x2xf32>) -> tensor<*xf32>
  // CHECK: nn.softmax {{.*}} -> tensor<?x2xf32>
  %5 = nn.softmax %4 : (tensor<*xf32>) -> tensor<*xf32>
  return %5 : tensor<*xf32>
}

// Functions of any elements and operations along an axis.
// CHECK-LABEL: func.func @elements
func.func @elements(%x: tensor<?x7x8xf32>, %n: tensor<3xi64>) -> tensor<*xf32> {
  // CHECK: nn.compare %{{.*}} -> tensor<?x7x8xui8>
  %0 = nn.compare %x, %x {predicate = "gt"} : (tensor<?x7x8xf32>, tensor<?x7x8xf32>) -> tensor<*xui8>
  // CHECK: nn.axis_arg {{.*}} -> tensor<?x8xi64>
  %1 = nn.axis_arg %x {function = "maximum", last = false} : (tensor<?x7x8xf32>) -> tensor<*xi64>
  // CHECK: nn.axis_reduce {{.*}} -> tensor<?x8xf32>
  %2 = nn.axis_reduce %x {function = "sum"} : (tensor<?x7x8xf32>) -> tensor<*xf32>
  // CHECK: %[[Y:.*]] = nn.gather {{.*}} -> tensor<?x3x8xf32>
  %3 = nn.gather %x, %n : (tensor<?x7x8xf32>, tensor<3xi64>) -> tensor<*xf32>
  // CHECK: return %[[Y]] : tensor<?x3x8xf32>
  return %3 : tensor<*xf32>
}

// CHECK-LABEL: func.func @empty
func.func @empty(%x: tensor<?x0x100000x100000xf32>, %y: tensor<0x3x4xf32>) -> tensor<*xf32> {
  // CHECK: nn.relu {{.*}} -> tensor<?x0x100000x100000xf32>
  %0 = nn.relu %x : (tensor<?x0x100000x100000xf32>) -> tensor<*xf32>
  // CHECK: nn.transpose {{.*}} -> tensor<0x4x3xf32>
  %1 = nn.transpose %y {permutation = array<i64: 0, 2, 1>} : (tensor<0x3x4xf32>) -> tensor<*xf32>
  return %1 : tensor<*xf32>
}
