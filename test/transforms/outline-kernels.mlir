// RUN: lathe-opt %s --group-kernels --outline-kernels | FileCheck %s

// Equal groups share a kernel; one that differs in an attribute has its own.
// CHECK: exec.kernel @relu_4(
// CHECK: exec.kernel @scale_4(
// CHECK: exec.kernel @scale_4_b(
// Updates are kernels for vectors.
// CHECK: exec.kernel @sgd_update_2x2(%{{.*}}: tensor<4xf32>, %{{.*}}: tensor<4xf32>, %{{.*}}: tensor<f32>) attributes {in_place = array<i64: 0>}
// A name that the module has is not taken.
// CHECK: exec.kernel @relu_5_b(
// CHECK-LABEL: func.func @steps
// CHECK: exec.dispatch @relu_4
// CHECK: exec.dispatch @relu_4
// CHECK: exec.dispatch @scale_4(
// CHECK: exec.dispatch @scale_4_b(
func.func @steps(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %p: tensor<2x2xf32>, %g: tensor<2x2xf32>, %lr: tensor<f32>)
    -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<2x2xf32>) {
  %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = nn.relu %y : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %2 = nn.scale %x {scale = 2.0 : f64, offset = 0.0 : f64} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %3 = nn.scale %x {scale = 3.0 : f64, offset = 0.0 : f64} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %4 = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<f32>) -> tensor<2x2xf32>
  return %0, %1, %2, %3, %4 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<2x2xf32>
}

nn.variable parameter @relu_5 : tensor<5xf32>
func.func @taken(%x: tensor<?x5xf32>) -> tensor<?x5xf32> {
  %0 = nn.relu %x : (tensor<?x5xf32>) -> tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}
