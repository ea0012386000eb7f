// RUN: lathe-opt %s --prepare-weights --split-input-file | FileCheck %s

// What predict and evaluate_batch both compute of parameters is computed once;
// what both read as it is stays.
// CHECK-DAG: nn.variable prepared @"prepared/0" : tensor<36x8x16xf32>
// CHECK-DAG: nn.variable prepared @"prepared/1" : tensor<36x8x16xf32>
// CHECK-NOT: @"prepared/2"
nn.variable parameter @w : tensor<3x3x8x16xf32>
nn.variable parameter @b : tensor<16xf32>
nn.variable state @s : tensor<3x3x8x16xf32>

// CHECK-LABEL: func.func @prepare()
// CHECK: %[[W:.*]] = nn.read @w
// CHECK: %[[U:.*]] = nn.winograd_filter %[[W]] :
// CHECK: nn.assign @"prepared/0", %[[U]]
// CHECK: %[[T:.*]] = nn.relu
// CHECK: %[[V:.*]] = nn.winograd_filter %[[T]] :
// CHECK: nn.assign @"prepared/1", %[[V]]
// CHECK-NOT: nn.read @b

// CHECK-LABEL: func.func @predict
// CHECK: %[[U:.*]] = nn.read @"prepared/0"
// CHECK: %[[Y:.*]] = nn.winograd_conv2d %{{.*}}, %[[U]]
// CHECK: %[[B:.*]] = nn.read @b
// CHECK: nn.bias_add %[[Y]], %[[B]]
func.func @predict(%x: tensor<?x6x6x8xf32>) -> tensor<?x4x4x16xf32> {
  %w = nn.read @w : tensor<3x3x8x16xf32>
  %u = nn.winograd_filter %w : (tensor<3x3x8x16xf32>) -> tensor<36x8x16xf32>
  %y = nn.winograd_conv2d %x, %u {padding = array<i64: 0, 0, 0, 0>} : (tensor<?x6x6x8xf32>, tensor<36x8x16xf32>) -> tensor<?x4x4x16xf32>
  %b = nn.read @b : tensor<16xf32>
  %z = nn.bias_add %y, %b : (tensor<?x4x4x16xf32>, tensor<16xf32>) -> tensor<?x4x4x16xf32>
  return %z : tensor<?x4x4x16xf32>
}

// State may change between two steps.
// CHECK-LABEL: func.func @evaluate_batch
// CHECK: nn.read @"prepared/0"
// CHECK: nn.read @"prepared/1"
// CHECK: %[[S:.*]] = nn.read @s
// CHECK: nn.winograd_filter %[[S]]
func.func @evaluate_batch(%x: tensor<?x6x6x8xf32>) -> (tensor<?x4x4x16xf32>, tensor<?x4x4x16xf32>, tensor<?x4x4x16xf32>) {
  %w = nn.read @w : tensor<3x3x8x16xf32>
  %u = nn.winograd_filter %w : (tensor<3x3x8x16xf32>) -> tensor<36x8x16xf32>
  %y = nn.winograd_conv2d %x, %u {padding = array<i64: 0, 0, 0, 0>} : (tensor<?x6x6x8xf32>, tensor<36x8x16xf32>) -> tensor<?x4x4x16xf32>
  %r = nn.relu %w : (tensor<3x3x8x16xf32>) -> tensor<3x3x8x16xf32>
  %v = nn.winograd_filter %r : (tensor<3x3x8x16xf32>) -> tensor<36x8x16xf32>
  %z = nn.winograd_conv2d %x, %v {padding = array<i64: 0, 0, 0, 0>} : (tensor<?x6x6x8xf32>, tensor<36x8x16xf32>) -> tensor<?x4x4x16xf32>
  %s = nn.read @s : tensor<3x3x8x16xf32>
  %t = nn.winograd_filter %s : (tensor<3x3x8x16xf32>) -> tensor<36x8x16xf32>
  %q = nn.winograd_conv2d %x, %t {padding = array<i64: 0, 0, 0, 0>} : (tensor<?x6x6x8xf32>, tensor<36x8x16xf32>) -> tensor<?x4x4x16xf32>
  return %y, %z, %q : tensor<?x4x4x16xf32>, tensor<?x4x4x16xf32>, tensor<?x4x4x16xf32>
}

// Training changes the parameters: it reads them as they are.
// CHECK-LABEL: func.func @train_step
// CHECK: nn.winograd_filter
func.func @train_step(%x: tensor<?x6x6x8xf32>) -> tensor<?x4x4x16xf32> {
  %w = nn.read @w : tensor<3x3x8x16xf32>
  %u = nn.winograd_filter %w : (tensor<3x3x8x16xf32>) -> tensor<36x8x16xf32>
  %y = nn.winograd_conv2d %x, %u {padding = array<i64: 0, 0, 0, 0>} : (tensor<?x6x6x8xf32>, tensor<36x8x16xf32>) -> tensor<?x4x4x16xf32>
  return %y : tensor<?x4x4x16xf32>
}

// -----

// A step that computes of parameters alone still ends.
// CHECK-LABEL: func.func @predict
// CHECK: %[[Y:.*]] = nn.read @"prepared/0"
// CHECK: return %[[Y]]
nn.variable parameter @w : tensor<4xf32>
func.func @predict() -> tensor<4xf32> {
  %w = nn.read @w : tensor<4xf32>
  %y = nn.relu %w : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
