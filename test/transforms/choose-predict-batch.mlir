// RUN: lathe-opt %s --set-machine=machine='generic{isa=x86-64-v4}' --choose-predict-batch | FileCheck %s

// Images of 800 KB for each sample: few samples stay in L2 and L3.
// CHECK: exec.layout {{.*}}batch = 32 : i64{{.*}}predict_batch = [[PART:[0-9]+]] : i64
exec.layout {params_size = 64 : i64, state_size = 64 : i64, train_arena_size = 805306368 : i64,
  predict_arena_size = 805306368 : i64, prepared_size = 0 : i64, prepared_place = 0 : i64,
  alignment = 64 : i64, batch = 32 : i64, train_stage = array<i64: -1, -1>, evaluate_stage = array<i64: -1, -1>}
nn.recipe @model {loss = "", batch_size = 32 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}

// Of predictions alone, and of training as well.
// CHECK: exec.kernel @forward({{.*}}) attributes {samples = [[PART]] : i64}
exec.kernel @forward(%x: tensor<?x56x56x64xf32>) {
  %0 = nn.relu %x : (tensor<?x56x56x64xf32>) -> tensor<?x56x56x64xf32>
  exec.yield %0 : tensor<?x56x56x64xf32>
}
// CHECK: exec.kernel @shared({{[^)]*}}) {
exec.kernel @shared(%x: tensor<?x56x56x64xf32>) {
  %0 = nn.add %x, %x : (tensor<?x56x56x64xf32>, tensor<?x56x56x64xf32>) -> tensor<?x56x56x64xf32>
  exec.yield %0 : tensor<?x56x56x64xf32>
}

exec.func @predict(%x: memref<?x56x56x64xf32>, %y: memref<?x56x56x64xf32>) {
  %a = exec.slice arena[0] : memref<?x56x56x64xf32>
  exec.call @forward ins(%x : memref<?x56x56x64xf32>) outs(%a : memref<?x56x56x64xf32>)
  exec.call @shared ins(%a : memref<?x56x56x64xf32>) outs(%y : memref<?x56x56x64xf32>)
  exec.return
}
exec.func @train_step(%x: memref<?x56x56x64xf32>, %y: memref<?x56x56x64xf32>) {
  exec.call @shared ins(%x : memref<?x56x56x64xf32>) outs(%y : memref<?x56x56x64xf32>)
  exec.return
}
