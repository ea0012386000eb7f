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

// Runs of one length: where an attribute differs, the kernels do; where all are
// equal, it is one.
// CHECK-LABEL: exec.func @decays
// CHECK: exec.call @[[PLAIN:adagrad_update_8[a-z_]*]] ins({{.*}} : memref<8xf32>, memref<f32>)
// CHECK-NOT: exec.call @[[PLAIN]] ins
// CHECK: exec.call @[[DECAYED:adagrad_update_8[a-z_]*]] ins({{.*}} : memref<8xf32>, memref<f32>)
// CHECK: exec.call @[[PLAIN]] ins
// CHECK: exec.return
exec.kernel @adagrad_update_4(%p: tensor<4xf32>, %g: tensor<4xf32>, %a: tensor<4xf32>, %lr: tensor<f32>) attributes {in_place = array<i64: 0, 2>} {
  %0:2 = nn.adagrad_update %p, %g, %a, %lr {epsilon = 1.0e-7 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  exec.yield %0#0, %0#1 : tensor<4xf32>, tensor<4xf32>
}
exec.kernel @adagrad_update_4_b(%p: tensor<4xf32>, %g: tensor<4xf32>, %a: tensor<4xf32>, %lr: tensor<f32>) attributes {in_place = array<i64: 0, 2>} {
  %0:2 = nn.adagrad_update %p, %g, %a, %lr {epsilon = 1.0e-7 : f64, weight_decay = 5.0e-1 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>)
  exec.yield %0#0, %0#1 : tensor<4xf32>, tensor<4xf32>
}
exec.func @decays() {
  %lr = exec.slice state[0] : memref<f32>
  %g0 = exec.slice arena[0] : memref<4xf32>
  %p0 = exec.slice params[0] : memref<4xf32>
  %a0 = exec.slice state[64] : memref<4xf32>
  exec.call @adagrad_update_4 ins(%g0, %lr : memref<4xf32>, memref<f32>) outs(%p0, %a0 : memref<4xf32>, memref<4xf32>)
  %g1 = exec.slice arena[16] : memref<4xf32>
  %p1 = exec.slice params[16] : memref<4xf32>
  %a1 = exec.slice state[80] : memref<4xf32>
  exec.call @adagrad_update_4 ins(%g1, %lr : memref<4xf32>, memref<f32>) outs(%p1, %a1 : memref<4xf32>, memref<4xf32>)
  %g2 = exec.slice arena[64] : memref<4xf32>
  %p2 = exec.slice params[64] : memref<4xf32>
  %a2 = exec.slice state[128] : memref<4xf32>
  exec.call @adagrad_update_4_b ins(%g2, %lr : memref<4xf32>, memref<f32>) outs(%p2, %a2 : memref<4xf32>, memref<4xf32>)
  %g3 = exec.slice arena[80] : memref<4xf32>
  %p3 = exec.slice params[80] : memref<4xf32>
  %a3 = exec.slice state[144] : memref<4xf32>
  exec.call @adagrad_update_4_b ins(%g3, %lr : memref<4xf32>, memref<f32>) outs(%p3, %a3 : memref<4xf32>, memref<4xf32>)
  %g4 = exec.slice arena[128] : memref<4xf32>
  %p4 = exec.slice params[128] : memref<4xf32>
  %a4 = exec.slice state[192] : memref<4xf32>
  exec.call @adagrad_update_4 ins(%g4, %lr : memref<4xf32>, memref<f32>) outs(%p4, %a4 : memref<4xf32>, memref<4xf32>)
  %g5 = exec.slice arena[144] : memref<4xf32>
  %p5 = exec.slice params[144] : memref<4xf32>
  %a5 = exec.slice state[208] : memref<4xf32>
  exec.call @adagrad_update_4 ins(%g5, %lr : memref<4xf32>, memref<f32>) outs(%p5, %a5 : memref<4xf32>, memref<4xf32>)
  exec.return
}
