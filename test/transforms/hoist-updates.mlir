// RUN: lathe-opt %s --hoist-updates | FileCheck %s

nn.variable parameter @large : tensor<512x512xf32>
nn.variable parameter @small : tensor<4xf32>

exec.kernel @forward(%x: tensor<?x512xf32>, %w: tensor<512x512xf32>) {
  %y = nn.dense %x, %w : (tensor<?x512xf32>, tensor<512x512xf32>) -> tensor<?x512xf32>
  exec.yield %y : tensor<?x512xf32>
}
exec.kernel @gradient(%x: tensor<?x512xf32>) {
  %dw = nn.dense_backward_weights %x, %x : (tensor<?x512xf32>, tensor<?x512xf32>) -> tensor<512x512xf32>
  exec.yield %dw : tensor<512x512xf32>
}
exec.kernel @regularize(%dw: tensor<512x512xf32>, %w: tensor<512x512xf32>) {
  %sum = nn.add %dw, %w : (tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  exec.yield %sum : tensor<512x512xf32>
}
exec.kernel @update(%w: tensor<512x512xf32>, %dw: tensor<512x512xf32>) attributes {in_place = array<i64: 0>} {
  %n = nn.moving_average %w, %dw {momentum = 0.9 : f64} : (tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  exec.yield %n : tensor<512x512xf32>
}
exec.kernel @update_small(%w: tensor<4xf32>, %dw: tensor<4xf32>) attributes {in_place = array<i64: 0>} {
  %n = nn.moving_average %w, %dw {momentum = 0.9 : f64} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  exec.yield %n : tensor<4xf32>
}

exec.kernel @gradient_and_update(%x: tensor<?x512xf32>, %w: tensor<512x512xf32>) attributes {in_place = array<i64: 1>} {
  %dw = nn.dense_backward_weights %x, %x : (tensor<?x512xf32>, tensor<?x512xf32>) -> tensor<512x512xf32>
  %n = nn.moving_average %w, %dw {momentum = 0.9 : f64} : (tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  exec.yield %n : tensor<512x512xf32>
}

// The large update stands behind the last kernel that reads the old weights, and
// what prepares its gradient went before it; the small one stays at the end.
// CHECK-LABEL: func.func @train_step
func.func @train_step(%x: tensor<?x512xf32>, %g: tensor<4xf32>) -> tensor<?x512xf32> {
  %w = nn.read @large : tensor<512x512xf32>
  // CHECK: %[[DW:.*]] = exec.dispatch @gradient
  %dw = exec.dispatch @gradient(%x) : (tensor<?x512xf32>) -> tensor<512x512xf32>
  // CHECK-NEXT: %[[PREPARED:.*]] = exec.dispatch @regularize(%[[DW]]
  // CHECK-NEXT: exec.dispatch @forward
  %y = exec.dispatch @forward(%x, %w) : (tensor<?x512xf32>, tensor<512x512xf32>) -> tensor<?x512xf32>
  // CHECK-NEXT: %[[NEW:.*]] = exec.dispatch @update({{.*}}, %[[PREPARED]])
  // CHECK-NEXT: nn.assign @large, %[[NEW]]
  // CHECK-NEXT: exec.dispatch @gradient(%{{.*}})
  %z = exec.dispatch @gradient(%y) : (tensor<?x512xf32>) -> tensor<512x512xf32>
  %v = nn.read @small : tensor<4xf32>
  // CHECK: exec.dispatch @update_small
  %v1 = exec.dispatch @update_small(%v, %g) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  nn.assign @small, %v1 : tensor<4xf32>
  %sum = exec.dispatch @regularize(%dw, %w) : (tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  %w1 = exec.dispatch @update(%w, %sum) : (tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  nn.assign @large, %w1 : tensor<512x512xf32>
  return %y : tensor<?x512xf32>
}

// An update that computes its gradient waits for those who read the old weights,
// though it could begin before them.
// CHECK-LABEL: func.func @fused_update
func.func @fused_update(%x: tensor<?x512xf32>) -> tensor<?x512xf32> {
  %w = nn.read @large : tensor<512x512xf32>
  // CHECK: %[[Y:.*]] = exec.dispatch @forward(%arg0
  %y = exec.dispatch @forward(%x, %w) : (tensor<?x512xf32>, tensor<512x512xf32>) -> tensor<?x512xf32>
  // CHECK-NEXT: %[[NEW:.*]] = exec.dispatch @gradient_and_update(%arg0
  // CHECK-NEXT: nn.assign @large, %[[NEW]]
  // CHECK-NEXT: exec.dispatch @gradient(%[[Y]])
  %z = exec.dispatch @gradient(%y) : (tensor<?x512xf32>) -> tensor<512x512xf32>
  %w1 = exec.dispatch @gradient_and_update(%x, %w) : (tensor<?x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  nn.assign @large, %w1 : tensor<512x512xf32>
  return %y : tensor<?x512xf32>
}

exec.kernel @sgd(%w: tensor<262144xf32>, %dw: tensor<262144xf32>, %lr: tensor<f32>) attributes {in_place = array<i64: 0>} {
  %n = nn.sgd_update %w, %dw, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<262144xf32>, tensor<262144xf32>, tensor<f32>) -> tensor<262144xf32>
  exec.yield %n : tensor<262144xf32>
}
exec.kernel @sgd_small(%w: tensor<4xf32>, %dw: tensor<4xf32>, %lr: tensor<f32>) attributes {in_place = array<i64: 0>} {
  %n = nn.sgd_update %w, %dw, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  exec.yield %n : tensor<4xf32>
}

// No parameter is updated before all gradients are there.
// CHECK-LABEL: func.func @gradients_first
func.func @gradients_first(%x: tensor<?x512xf32>, %g: tensor<4xf32>, %lr: tensor<f32>) -> tensor<?x512xf32> {
  %w = nn.read @large : tensor<512x512xf32>
  // CHECK: %[[DW:.*]] = exec.dispatch @gradient
  %dw = exec.dispatch @gradient(%x) : (tensor<?x512xf32>) -> tensor<512x512xf32>
  // CHECK: exec.dispatch @forward
  %y = exec.dispatch @forward(%x, %w) : (tensor<?x512xf32>, tensor<512x512xf32>) -> tensor<?x512xf32>
  // CHECK: exec.dispatch @sgd({{.*}}%[[DW]]
  // CHECK: exec.dispatch @sgd_small
  %v = nn.read @small : tensor<4xf32>
  %v1 = exec.dispatch @sgd_small(%v, %g, %lr) : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  nn.assign @small, %v1 : tensor<4xf32>
  %w1 = exec.dispatch @sgd(%w, %dw, %lr) : (tensor<512x512xf32>, tensor<512x512xf32>, tensor<f32>) -> tensor<512x512xf32>
  nn.assign @large, %w1 : tensor<512x512xf32>
  return %y : tensor<?x512xf32>
}
