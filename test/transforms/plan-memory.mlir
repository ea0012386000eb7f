// RUN: lathe-opt %s --plan-memory | FileCheck %s

// CHECK: exec.layout {alignment = 64 : i64, batch = 16 : i64
// CHECK-SAME: params_size = 192 : i64
nn.recipe @model {loss = "categorical_crossentropy", batch_size = 16 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
// Tensors are aligned to 64 bytes, scalars are packed.
// CHECK: exec.variable @a params[0] : tensor<4x4xf32>
// CHECK: exec.variable @b params[64] : tensor<4xf32>
// CHECK: exec.variable @c params[128] : tensor<4xf32>
// CHECK: exec.variable @s state[0] : tensor<i64>
// CHECK: exec.variable @t state[8] : tensor<f32>
nn.variable parameter @a : tensor<4x4xf32>
nn.variable parameter @b : tensor<4xf32>
nn.variable parameter @c : tensor<4xf32>
nn.variable state @s : tensor<i64>
nn.variable state @t : tensor<f32>

exec.kernel @dense(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>) {
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  exec.yield %0 : tensor<?x4xf32>
}
exec.kernel @gradient(%x: tensor<?x4xf32>) {
  %0 = nn.bias_backward %x : (tensor<?x4xf32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
exec.kernel @update(%p: tensor<4xf32>, %g: tensor<4xf32>, %lr: tensor<f32>) attributes {in_place = array<i64: 0>} {
  %0 = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false} : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}

// Three in a row need memory for two; the result is the caller's memory.
// CHECK-LABEL: exec.func @predict(%arg0: memref<?x4xf32>, %arg1: memref<?x2x2xf32>)
// CHECK: exec.slice arena[[[FIRST:[0-9]+]]] : memref<?x4xf32>
// CHECK: exec.slice arena[[[SECOND:[0-9]+]]] : memref<?x4xf32>
// CHECK: exec.slice arena[[[FIRST]]] : memref<?x4xf32>
// CHECK: exec.call @dense {{.*}} outs(%arg1 : memref<?x2x2xf32>)
func.func @predict(%x: tensor<?x4xf32>) -> tensor<?x2x2xf32> {
  %a = nn.read @a : tensor<4x4xf32>
  %0 = exec.dispatch @dense(%x, %a) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %1 = exec.dispatch @dense(%0, %a) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %2 = exec.dispatch @dense(%1, %a) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %3 = exec.dispatch @dense(%2, %a) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %4 = nn.reshape %3 {shape = array<i64: 2, 2>} : (tensor<?x4xf32>) -> tensor<?x2x2xf32>
  return %4 : tensor<?x2x2xf32>
}

// Updates write over their variables; gradients lie as the parameters do: @c's
// 64 bytes behind @b's.
// CHECK-LABEL: exec.func @update_all
// CHECK: exec.slice arena[0] : memref<4xf32>
// CHECK: exec.slice arena[64] : memref<4xf32>
// CHECK: %[[B:.*]] = exec.slice params[64] : memref<4xf32>
// CHECK: exec.call @update ins({{.*}}) outs(%[[B]] : memref<4xf32>)
func.func @update_all(%x: tensor<?x4xf32>) {
  %0 = exec.dispatch @gradient(%x) : (tensor<?x4xf32>) -> tensor<4xf32>
  %1 = exec.dispatch @gradient(%x) : (tensor<?x4xf32>) -> tensor<4xf32>
  %lr = nn.read @t : tensor<f32>
  %b = nn.read @b : tensor<4xf32>
  %2 = exec.dispatch @update(%b, %0, %lr) : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  nn.assign @b, %2 : tensor<4xf32>
  %c = nn.read @c : tensor<4xf32>
  %3 = exec.dispatch @update(%c, %1, %lr) : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  nn.assign @c, %3 : tensor<4xf32>
  return
}
