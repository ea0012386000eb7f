// RUN: split-file %s %t
// RUN: lathe-opt %t/rmsprop.mlir --append-optimizer | FileCheck %t/rmsprop.mlir
// RUN: lathe-opt %t/sgd.mlir --append-optimizer | FileCheck %t/sgd.mlir
// RUN: lathe-opt %t/adam.mlir --append-optimizer | FileCheck %t/adam.mlir
// RUN: lathe-opt %t/options.mlir --append-optimizer | FileCheck %t/options.mlir
// RUN: lathe-opt %t/accumulation.mlir --append-optimizer | FileCheck %t/accumulation.mlir

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

//--- options.mlir
nn.recipe @m {loss = "", batch_size = 1 : i64, epochs = 1 : i64, optimizer = {name = "sgd", momentum = 0.0 : f64, nesterov = false, weight_decay = 0.1 : f64, exclude_from_weight_decay = ["bias"], global_clipnorm = 2.0 : f64, use_ema = true, ema_momentum = 0.5 : f64}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable state @"optimizer/learning_rate" : tensor<f32>
nn.variable parameter @"a/kernel" : tensor<4xf32> {l2 = 0.5 : f64, learning_rate_multiplier = 3.0 : f64}
nn.variable parameter @"a/bias" : tensor<2xf32>
// CHECK: nn.variable state @"ema/a/kernel" : tensor<4xf32>
// CHECK-NEXT: nn.variable state @"ema/a/bias" : tensor<2xf32>
func.func @train_step(%g: tensor<4xf32>, %h: tensor<2xf32>) {
  // CHECK: %[[R:.*]] = nn.regularize %arg0, %{{.*}} {l1 = 0.000000e+00 : f64, l2 = 5.000000e-01 : f64}
  // CHECK: %[[N:.*]] = nn.squared_norm %[[R]]
  // CHECK: %[[M:.*]] = nn.squared_norm %arg1
  // CHECK: %[[ALL:.*]] = nn.add %[[N]], %[[M]]
  // CHECK: %[[C:.*]] = nn.clip_by_norm %[[R]], %[[ALL]] {norm = 2.000000e+00 : f64}
  // CHECK: %[[D:.*]] = nn.clip_by_norm %arg1, %[[ALL]]
  // CHECK: %[[LR:.*]] = nn.scale %{{.*}} {offset = 0.000000e+00 : f64, scale = 3.000000e+00 : f64}
  // CHECK: %[[P:.*]] = nn.sgd_update %{{.*}}, %[[C]], %[[LR]] {{.*}}weight_decay = 1.000000e-01
  // CHECK: %[[E:.*]] = nn.average_weights %{{.*}}, %[[P]], %{{.*}} {momentum = 5.000000e-01 : f64}
  // CHECK: nn.assign @"ema/a/kernel", %[[E]]
  nn.apply_gradient @"a/kernel", %g : tensor<4xf32>
  // CHECK: nn.sgd_update %{{.*}}, %[[D]]
  // CHECK-NOT: weight_decay
  nn.apply_gradient @"a/bias", %h : tensor<2xf32>
  return
}

//--- accumulation.mlir
nn.recipe @m {loss = "", batch_size = 1 : i64, epochs = 1 : i64, optimizer = {name = "sgd", momentum = 0.0 : f64, nesterov = false, clipvalue = 1.0 : f64, gradient_accumulation_steps = 4 : i64}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable state @"optimizer/learning_rate" : tensor<f32>
nn.variable parameter @a : tensor<4xf32>
// CHECK: nn.variable state @"optimizer/gradient/a" : tensor<4xf32>
// CHECK: nn.variable state @"optimizer/updates" : tensor<i64>
// CHECK: func.func @train_step
func.func @train_step(%g: tensor<4xf32>) {
  // CHECK: %[[S:.*]] = nn.accumulate_gradient %{{.*}}, %arg0, %{{.*}} {steps = 4 : i64}
  // CHECK: nn.assign @"optimizer/gradient/a", %[[S]]
  nn.apply_gradient @a, %g : tensor<4xf32>
  return
}
// CHECK: func.func @update_step()
// CHECK: %[[G:.*]] = nn.read @"optimizer/gradient/a"
// CHECK: %[[C:.*]] = nn.clip %[[G]] {high = 1.000000e+00 : f64, low = -1.000000e+00 : f64}
// CHECK: nn.sgd_update %{{.*}}, %[[C]]
// CHECK: nn.increment
