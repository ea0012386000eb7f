// RUN: lathe-opt %s --derive-steps | FileCheck %s
// What Normalization measures: the forward pass as far as it, and nothing behind it.

nn.recipe @model {loss = "categorical_crossentropy", batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable state @seed : tensor<i64>
nn.variable parameter @mean : tensor<4xf32> {trainable = false}
nn.variable parameter @variance : tensor<4xf32> {initializer = "ones", trainable = false}
nn.variable parameter @count : tensor<4xf32> {trainable = false}
nn.variable parameter @w : tensor<4x3xf32>

// CHECK-LABEL: func.func @predict
// CHECK: %[[D:.*]] = nn.math %{{.*}} {function = "sqrt"}
// CHECK: %[[M:.*]] = nn.maximum %[[D]]
// CHECK: %[[S:.*]] = nn.math %[[M]] {function = "reciprocal"}
// CHECK: nn.normalize %{{.*}}, %{{.*}}, %[[S]], %{{.*}}

// CHECK-LABEL: func.func @adapt(%{{.*}}: tensor<?x4xf32>) {
// CHECK: %[[X:.*]] = nn.scale
// CHECK: %[[BM:.*]], %[[BV:.*]] = nn.batch_moments %[[X]]
// CHECK: %[[NM:.*]], %[[NV:.*]], %[[NC:.*]] = nn.merge_moments %{{.*}}, %{{.*}}, %{{.*}}, %[[BM]], %[[BV]]
// CHECK: nn.assign @mean, %[[NM]]
// CHECK: nn.assign @variance, %[[NV]]
// CHECK: nn.assign @count, %[[NC]]
// CHECK-NOT: nn.dense
// CHECK: return{{ *$}}
func.func @forward(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %0 = nn.scale %x {scale = 2.0 : f64, offset = 0.0 : f64} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %m = nn.read @mean : tensor<4xf32>
  %v = nn.read @variance : tensor<4xf32>
  %c = nn.read @count : tensor<4xf32>
  %1 = nn.adapted_norm %0, %m, %v, %c : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %w = nn.read @w : tensor<4x3xf32>
  %2 = nn.dense %1, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %3 = nn.softmax %2 : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %3 : tensor<?x3xf32>
}
