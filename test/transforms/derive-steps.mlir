// RUN: lathe-opt %s --derive-steps | FileCheck %s

nn.recipe @model {loss = "categorical_crossentropy", batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"},
  early_stopping = {monitor = "val_loss", restore_best_weights = true}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable state @seed : tensor<i64>
nn.variable parameter @w : tensor<4x3xf32>
// What fit remembers, in one run.
// CHECK: nn.variable state @"fit/epoch" : tensor<i64>
// CHECK-NEXT: nn.variable state @"fit/step" : tensor<i64>
// CHECK: nn.variable state @"fit/loss_sum" : tensor<f64>
// CHECK: nn.variable state @"best/w" : tensor<4x3xf32>

// CHECK-NOT: @forward
// CHECK-LABEL: func.func @predict(%{{.*}}: tensor<?x4xf32>) -> tensor<?x3xf32>
// CHECK-NOT: nn.dropout
// CHECK: nn.softmax
// CHECK-LABEL: func.func @evaluate_batch
// CHECK-SAME: tensor<?xi32>) -> (tensor<f32>, tensor<i32>)
// CHECK-NOT: nn.dropout
// CHECK: nn.softmax_cross_entropy
// CHECK-LABEL: func.func @train_step
// CHECK: nn.dropout
// CHECK: %[[LOSS:.*]], %{{.*}} = nn.softmax_cross_entropy
// CHECK: nn.count_correct
// CHECK: %[[G:.*]] = nn.gradient %[[LOSS]] of
// CHECK: nn.apply_gradient @w, %[[G]]
// CHECK: nn.increment
// CHECK: nn.assign @"optimizer/iteration"
func.func @forward(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %t = nn.read @"optimizer/iteration" : tensor<i64>
  %s = nn.read @seed : tensor<i64>
  %0 = nn.dropout %x, %t, %s {rate = 0.5 : f64, key = 1 : i64} : (tensor<?x4xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  %w = nn.read @w : tensor<4x3xf32>
  %1 = nn.dense %0, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %2 = nn.softmax %1 : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %2 : tensor<?x3xf32>
}
