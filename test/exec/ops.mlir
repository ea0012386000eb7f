// Every operation's assembly survives a round trip.
// RUN: lathe-opt %s | lathe-opt | FileCheck %s

// CHECK: exec.layout {alignment = 64 : i64
exec.layout {params_size = 64 : i64, state_size = 0 : i64, train_arena_size = 0 : i64, predict_arena_size = 64 : i64, prepared_size = 0 : i64, prepared_place = 64 : i64, alignment = 64 : i64, batch = 8 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
// CHECK: exec.variable @"dense/kernel" params[0] : tensor<4x2xf32> {initializer = "glorot_uniform"}
exec.variable @"dense/kernel" params[0] : tensor<4x2xf32> {initializer = "glorot_uniform"}

// CHECK: exec.kernel @dense_2(%{{.*}}: tensor<?x4xf32>, %{{.*}}: tensor<4x2xf32>) schedule = #exec.schedule<gemm {column_vectors = 2, rows = 4}> {
exec.kernel @dense_2(%x: tensor<?x4xf32>, %w: tensor<4x2xf32>) schedule = #exec.schedule<gemm {column_vectors = 2, rows = 4}> {
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  // CHECK: exec.yield %{{.*}} : tensor<?x2xf32>
  exec.yield %0 : tensor<?x2xf32>
}
// CHECK: exec.kernel @increment(%{{.*}}: tensor<i64>) attributes {in_place = array<i64: 0>} {
exec.kernel @increment(%t: tensor<i64>) attributes {in_place = array<i64: 0>} {
  %0 = nn.increment %t : (tensor<i64>) -> tensor<i64>
  exec.yield %0 : tensor<i64>
}

// CHECK: exec.func @predict(%[[IMAGES:.*]]: memref<?x4xf32>, %[[OUT:.*]]: memref<?x2xf32>) {
exec.func @predict(%images: memref<?x4xf32>, %probabilities: memref<?x2xf32>) {
  // CHECK: %[[W:.*]] = exec.slice params[0] : memref<4x2xf32>
  %w = exec.slice params[0] : memref<4x2xf32>
  %t = exec.slice state[8] : memref<i64>
  // CHECK: exec.call @dense_2 ins(%[[IMAGES]], %[[W]] : memref<?x4xf32>, memref<4x2xf32>) outs(%[[OUT]] : memref<?x2xf32>)
  exec.call @dense_2 ins(%images, %w : memref<?x4xf32>, memref<4x2xf32>) outs(%probabilities : memref<?x2xf32>)
  // CHECK: exec.call @increment outs(%{{.*}} : memref<i64>)
  exec.call @increment outs(%t : memref<i64>)
  // CHECK: exec.return
  exec.return
}

// CHECK-LABEL: func.func @tensors
func.func @tensors(%x: tensor<?x4xf32>, %w: tensor<4x2xf32>) -> tensor<?x2xf32> {
  // CHECK: exec.group (%[[A:.*]] = %{{.*}}) : (tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = exec.group (%a = %x) : (tensor<?x4xf32>) -> tensor<?x4xf32> {
    // CHECK: nn.relu %[[A]]
    %1 = nn.relu %a : (tensor<?x4xf32>) -> tensor<?x4xf32>
    exec.yield %1 : tensor<?x4xf32>
  }
  // CHECK: exec.dispatch @dense_2(%{{.*}}, %{{.*}}) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  %2 = exec.dispatch @dense_2(%0, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}
