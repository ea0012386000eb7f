// RUN: split-file %s %t
// RUN: lathe-opt %t/rmsprop.mlir --append-optimizer | FileCheck %t/rmsprop.mlir
// RUN: lathe-opt %t/sgd.mlir --append-optimizer | FileCheck %t/sgd.mlir
// RUN: lathe-opt %t/adam.mlir --append-optimizer | FileCheck %t/adam.mlir

//--- rmsprop.mlir
nn.recipe @m {loss = "", batch_size = 1 : i64, epochs = 1 : i64, optimizer = {name = "rmsprop", rho = 0.9 : f64, epsilon = 1.0e-7 : f64, momentum = 0.0 : f64}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable state @"optimizer/learning_rate" : tensor<f32>
nn.variable parameter @a : tensor<4xf32>
nn.variable parameter @b : tensor<2x2xf32>
// CHECK: nn.variable state @"optimizer/velocity/a" : tensor<4xf32>
// CHECK-NEXT: nn.variable state @"optimizer/velocity/b" : tensor<2x2xf32>
func.func @train_step(%g: tensor<4xf32>, %h: tensor<2x2xf32>) {
  // CHECK: %[[P:.*]] = nn.read @a
  // CHECK: %[[LR:.*]] = nn.read @"optimizer/learning_rate"
  // CHECK: %[[V:.*]] = nn.read @"optimizer/velocity/a"
  // CHECK: %[[Q:.*]], %[[W:.*]] = nn.rmsprop_update %[[P]], %arg0, %[[V]], %[[LR]] {epsilon = 9.9999999999999995E-8 : f64, momentum = 0.000000e+00 : f64, rho = 9.000000e-01 : f64}
  // CHECK: nn.assign @a, %[[Q]]
  // CHECK: nn.assign @"optimizer/velocity/a", %[[W]]
  nn.apply_gradient @a, %g : tensor<4xf32>
  // CHECK: nn.rmsprop_update %{{.*}}, %arg1
  nn.apply_gradient @b, %h : tensor<2x2xf32>
  // CHECK-NOT: nn.apply_gradient
  return
}

//--- sgd.mlir
nn.recipe @m {loss = "", batch_size = 1 : i64, epochs = 1 : i64, optimizer = {name = "sgd", momentum = 0.0 : f64, nesterov = false}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable state @"optimizer/learning_rate" : tensor<f32>
nn.variable parameter @a : tensor<4xf32>
func.func @train_step(%g: tensor<4xf32>) {
  // Without momentum there is no slot.
  // CHECK-NOT: optimizer/momentum
  // CHECK: nn.sgd_update %{{.*}}, %arg0, %{{.*}} {momentum = 0.000000e+00 : f64, nesterov = false} : (tensor<4xf32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  nn.apply_gradient @a, %g : tensor<4xf32>
  return
}

//--- adam.mlir
nn.recipe @m {loss = "", batch_size = 1 : i64, epochs = 1 : i64, optimizer = {name = "adam", beta_1 = 0.9 : f64, beta_2 = 0.999 : f64, epsilon = 1.0e-7 : f64}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable state @"optimizer/learning_rate" : tensor<f32>
nn.variable parameter @a : tensor<4xf32>
func.func @train_step(%g: tensor<4xf32>) {
  // CHECK: %[[T:.*]] = nn.read @"optimizer/iteration"
  // CHECK: %[[M:.*]] = nn.read @"optimizer/momentum/a"
  // CHECK: %[[V:.*]] = nn.read @"optimizer/velocity/a"
  // CHECK: nn.adam_update %{{.*}}, %arg0, %[[M]], %[[V]], %{{.*}}, %[[T]]
  nn.apply_gradient @a, %g : tensor<4xf32>
  return
}
