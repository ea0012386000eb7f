// RUN: lathe-opt %s --merge-updates | FileCheck %s

// CHECK-NOT: exec.kernel @sgd_update_16(
// CHECK: exec.kernel @sgd_update_48(%{{.*}}: tensor<48xf32>
exec.kernel @sgd_update_16(%p: tensor<16xf32>, %g: tensor<16xf32>, %lr: tensor<f32>) attributes {in_place = array<i64: 0>} {
  %0 = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<16xf32>, tensor<16xf32>, tensor<f32>) -> tensor<16xf32>
  exec.yield %0 : tensor<16xf32>
}
exec.kernel @sgd_update_32(%p: tensor<32xf32>, %g: tensor<32xf32>, %lr: tensor<f32>) attributes {in_place = array<i64: 0>} {
  %0 = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<32xf32>, tensor<32xf32>, tensor<f32>) -> tensor<32xf32>
  exec.yield %0 : tensor<32xf32>
}

// The first two are neighbours; the third has a gap before it.
// CHECK-LABEL: exec.func @train_step
// CHECK: exec.call @sgd_update_48 ins({{.*}} : memref<48xf32>, memref<f32>) outs({{.*}} : memref<48xf32>)
// CHECK: exec.call @sgd_update_32
// CHECK: exec.return
exec.func @train_step() {
  %lr = exec.slice state[0] : memref<f32>
  %g0 = exec.slice arena[0] : memref<16xf32>
  %p0 = exec.slice params[0] : memref<16xf32>
  exec.call @sgd_update_16 ins(%g0, %lr : memref<16xf32>, memref<f32>) outs(%p0 : memref<16xf32>)
  %g1 = exec.slice arena[64] : memref<32xf32>
  %p1 = exec.slice params[64] : memref<32xf32>
  exec.call @sgd_update_32 ins(%g1, %lr : memref<32xf32>, memref<f32>) outs(%p1 : memref<32xf32>)
  %g2 = exec.slice arena[256] : memref<32xf32>
  %p2 = exec.slice params[256] : memref<32xf32>
  exec.call @sgd_update_32 ins(%g2, %lr : memref<32xf32>, memref<f32>) outs(%p2 : memref<32xf32>)
  exec.return
}
