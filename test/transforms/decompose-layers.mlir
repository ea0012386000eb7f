// RUN: lathe-opt %s --infer-shapes --decompose-layers | FileCheck %s

// CHECK: nn.variable parameter @alpha : tensor<1x1x6xf32>
nn.variable parameter @alpha : tensor<*xf32>
// CHECK: nn.variable parameter @w : tensor<6x3xf32>
nn.variable parameter @w : tensor<?x?xf32>

// y = relu(x) - alpha·relu(-x)
// CHECK-LABEL: func.func @prelu(%arg0: tensor<?x4x4x6xf32>)
func.func @prelu(%x: tensor<?x4x4x6xf32>) -> tensor<*xf32> {
  // CHECK: %[[ALPHA:.+]] = nn.read @alpha : tensor<1x1x6xf32>
  %alpha = nn.read @alpha : tensor<*xf32>
  // CHECK: %[[POSITIVE:.+]] = nn.relu %arg0
  // CHECK: %[[FLIPPED:.+]] = nn.scale %arg0 {offset = 0.000000e+00 : f64, scale = -1.000000e+00 : f64}
  // CHECK: %[[NEGATIVE:.+]] = nn.relu %[[FLIPPED]]
  // CHECK: %[[SCALED:.+]] = nn.multiply %[[NEGATIVE]], %[[ALPHA]]
  // CHECK: nn.subtract %[[POSITIVE]], %[[SCALED]]
  %0 = nn.prelu %x, %alpha {shared_axes = array<i64: 1, 2>} : (tensor<?x4x4x6xf32>, tensor<*xf32>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}

// CHECK-LABEL: func.func @groups
func.func @groups(%x: tensor<?x4x4x6xf32>) -> tensor<*xf32> {
  // CHECK: %[[GROUPS:.+]] = nn.reshape %arg0 {{.*}} -> tensor<?x16x2x3xf32>
  // CHECK: %[[Y:.+]] = nn.standardize %[[GROUPS]] {axes = array<i64: 1, 3>, epsilon = 1.000000e-03 : f64}
  // CHECK: nn.reshape %[[Y]] {{.*}} -> tensor<?x4x4x6xf32>
  %0 = nn.group_standardize %x {groups = 2 : i64, epsilon = 1.0e-3 : f64} : (tensor<?x4x4x6xf32>) -> tensor<*xf32>
  // A group for each channel.
  // CHECK: nn.reshape {{.*}} -> tensor<?x16x6x1xf32>
  %1 = nn.group_standardize %0 {groups = -1 : i64, epsilon = 1.0e-3 : f64} : (tensor<*xf32>) -> tensor<*xf32>
  return %1 : tensor<*xf32>
}

// CHECK-LABEL: func.func @like
func.func @like(%x: tensor<?x6xf32>, %z: tensor<?x3xf32>) -> tensor<*xf32> {
  // CHECK: nn.dense %arg0, %{{.*}} : (tensor<?x6xf32>, tensor<6x3xf32>) -> tensor<?x3xf32>
  %w = nn.read @w : tensor<?x?xf32>
  %0 = nn.dense_like %x, %w, %z : (tensor<?x6xf32>, tensor<?x?xf32>, tensor<?x3xf32>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}
