// RUN: rm -rf %t && split-file %s %t
// RUN: for case in %t/*.mlir; do lathe-opt $case --derive-steps | FileCheck $case || exit 1; done

//--- one-output.mlir
// From the logits, on whose right side of 0 a sample is right.
nn.recipe @model {loss = "binary_crossentropy", batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}, class_names = ["a", "b"]}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable parameter @w : tensor<4x1xf32> {l1 = 0.5 : f64, l2 = 0.25 : f64}
// CHECK-LABEL: func.func @predict
// CHECK: nn.activation {{.*}} {function = "sigmoid"}
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[LABELS:[a-z0-9]+]]: tensor<?xi32>)
// CHECK: %[[W:.*]] = nn.read @w
// CHECK: %[[LOGITS:.*]] = nn.dense
// CHECK: %[[LOSS:.*]] = nn.loss %[[LOGITS]], %[[LABELS]] {from_logits = true, function = "binary_crossentropy"}
// CHECK: %[[COUNT:.*]] = nn.count_correct %[[LOGITS]], %[[LABELS]] {threshold = 0.000000e+00 : f64}
// The penalties are reported; the gradient is that of the loss alone.
// CHECK: %[[L1:.*]] = nn.absolute_sum %[[W]]
// CHECK: nn.scale %[[L1]] {offset = 0.000000e+00 : f64, scale = 5.000000e-01 : f64}
// CHECK: %[[L2:.*]] = nn.squared_norm %[[W]]
// CHECK: nn.scale %[[L2]] {offset = 0.000000e+00 : f64, scale = 2.500000e-01 : f64}
// CHECK: %[[ALL:.*]] = nn.add
// CHECK: nn.gradient %[[LOSS]] of %[[W]]
// CHECK: return %[[ALL]], %[[COUNT]]
func.func @forward(%x: tensor<?x4xf32>) -> tensor<?x1xf32> {
  %w = nn.read @w : tensor<4x1xf32>
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x1xf32>) -> tensor<?x1xf32>
  %1 = nn.activation %0 {function = "sigmoid"} : (tensor<?x1xf32>) -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

//--- several-labels.mlir
nn.recipe @model {loss = "binary_focal_crossentropy", loss_arguments = {alpha = 0.25 : f64, apply_class_balancing = true, from_logits = false, gamma = 2.0 : f64, label_smoothing = 0.0 : f64}, batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable parameter @w : tensor<4x3xf32>
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[LABELS:[a-z0-9]+]]: tensor<?x3xi32>)
// CHECK: %[[P:.*]] = nn.activation
// CHECK: nn.loss %[[P]], %[[LABELS]] {alpha = 2.500000e-01 : f64, apply_class_balancing = true, function = "binary_focal_crossentropy", gamma = 2.000000e+00 : f64}
// CHECK: nn.count_correct %[[P]], %[[LABELS]] {threshold = 5.000000e-01 : f64}
func.func @forward(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = nn.read @w : tensor<4x3xf32>
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %1 = nn.activation %0 {function = "sigmoid"} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}

//--- squared-error.mlir
nn.recipe @model {loss = "mean_squared_error", batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable parameter @w : tensor<4x3xf32>
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[LABELS:[a-z0-9]+]]: tensor<?xi32>)
// CHECK: %[[P:.*]] = nn.softmax
// CHECK: nn.loss %[[P]], %[[LABELS]] {function = "mean_squared_error"}
// CHECK: nn.count_correct %[[P]], %[[LABELS]] :
func.func @forward(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = nn.read @w : tensor<4x3xf32>
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %1 = nn.softmax %0 : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}

//--- class-weight.mlir
// Weights count in training only; classes behind the last one given weigh 1.
nn.recipe @model {loss = "categorical_crossentropy", class_weight = array<f64: 0.5, 3.0>, batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable parameter @w : tensor<4x3xf32>
// CHECK-LABEL: func.func @evaluate_batch
// CHECK-NOT: nn.constant
// CHECK: nn.softmax_cross_entropy %{{[^,]*}}, %{{[^,]*}} : (tensor<?x3xf32>, tensor<?xi32>) ->
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[LABELS:[a-z0-9]+]]: tensor<?xi32>)
// CHECK: %[[WEIGHTS:.*]] = nn.constant dense<[5.000000e-01, 3.000000e+00, 1.000000e+00]> : tensor<3xf32>
// CHECK: nn.softmax_cross_entropy %{{.*}}, %[[LABELS]], %[[WEIGHTS]] :
func.func @forward(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = nn.read @w : tensor<4x3xf32>
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %1 = nn.softmax %0 : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}

//--- class-weight-of-one-output.mlir
// One output tells two classes apart.
nn.recipe @model {loss = "squared_hinge", class_weight = array<f64: 1.0, 3.0>, batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable parameter @w : tensor<4x1xf32>
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[LABELS:[a-z0-9]+]]: tensor<?xi32>)
// CHECK: %[[WEIGHTS:.*]] = nn.constant dense<[1.000000e+00, 3.000000e+00]> : tensor<2xf32>
// CHECK: nn.loss %{{.*}}, %[[LABELS]], %[[WEIGHTS]] {function = "squared_hinge"}
func.func @forward(%x: tensor<?x4xf32>) -> tensor<?x1xf32> {
  %w = nn.read @w : tensor<4x1xf32>
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

//--- sample-weight.mlir
// Samples' weights are the third argument of both steps, class weights count
// besides in training.
nn.recipe @model {loss = "categorical_crossentropy", class_weight = array<f64: 0.5>, sample_weight, batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable parameter @w : tensor<4x3xf32>
// CHECK-LABEL: func.func @predict
// CHECK-SAME: (%{{.*}}: tensor<?x4xf32>)
// CHECK-LABEL: func.func @evaluate_batch
// CHECK-SAME: %[[LABELS:[a-z0-9]+]]: tensor<?xi32>, %[[SAMPLES:[a-z0-9]+]]: tensor<?xf32>)
// CHECK: nn.softmax_cross_entropy %{{.*}}, %[[LABELS]], %[[SAMPLES]] : (tensor<?x3xf32>, tensor<?xi32>, tensor<?xf32>)
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[LABELS:[a-z0-9]+]]: tensor<?xi32>, %[[SAMPLES:[a-z0-9]+]]: tensor<?xf32>)
// CHECK: %[[CLASSES:.*]] = nn.constant
// CHECK: nn.softmax_cross_entropy %{{.*}}, %[[LABELS]], %[[CLASSES]], %[[SAMPLES]] :
func.func @forward(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = nn.read @w : tensor<4x3xf32>
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %1 = nn.softmax %0 : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}

//--- sample-weight-of-several-labels.mlir
nn.recipe @model {loss = "binary_crossentropy", sample_weight, batch_size = 8 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}
nn.variable state @"optimizer/iteration" : tensor<i64>
nn.variable parameter @w : tensor<4x3xf32>
// CHECK-LABEL: func.func @train_step
// CHECK-SAME: %[[LABELS:[a-z0-9]+]]: tensor<?x3xi32>, %[[SAMPLES:[a-z0-9]+]]: tensor<?xf32>)
// CHECK: nn.loss %{{.*}}, %[[LABELS]], %[[SAMPLES]] {
func.func @forward(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = nn.read @w : tensor<4x3xf32>
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x3xf32>
  %1 = nn.activation %0 {function = "sigmoid"} : (tensor<?x3xf32>) -> tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}
