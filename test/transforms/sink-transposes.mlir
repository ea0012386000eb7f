// RUN: lathe-opt %s --sink-transposes --split-input-file | FileCheck %s

// Between layers nothing is left; the bias is turned when compiling.
// CHECK-LABEL: func.func @forward
// CHECK-SAME: (%[[X:.*]]: tensor<?x8x8x4xf32>)
// CHECK-NOT: nn.transpose
// CHECK: %[[RELU:.*]] = nn.relu %{{.*}} : (tensor<?x8x8x4xf32>)
// CHECK-NOT: nn.transpose
// CHECK: return %[[RELU]]
nn.model @m {batch = 1 : i64}
nn.variable parameter @bias : tensor<4x1x1xf32> {initializer = "data", data = dense<[[[1.0]], [[2.0]], [[3.0]], [[4.0]]]> : tensor<4x1x1xf32>}
func.func @forward(%x: tensor<?x8x8x4xf32>) -> tensor<?x8x8x4xf32> {
  %b = nn.read @bias : tensor<4x1x1xf32>
  %0 = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x8x8xf32>
  %1 = nn.add %0, %b : (tensor<?x4x8x8xf32>, tensor<4x1x1xf32>) -> tensor<?x4x8x8xf32>
  %2 = nn.relu %1 : (tensor<?x4x8x8xf32>) -> tensor<?x4x8x8xf32>
  %3 = nn.transpose %2 {permutation = array<i64: 0, 2, 3, 1>} : (tensor<?x4x8x8xf32>) -> tensor<?x8x8x4xf32>
  return %3 : tensor<?x8x8x4xf32>
}

// -----

// A parameter with several extents begins with its elements moved.
// CHECK: nn.variable parameter @w : tensor<2x3x1xf32>
// CHECK-SAME{LITERAL}: dense<[[[1.000000e+00], [3.000000e+00], [5.000000e+00]], [[2.000000e+00], [4.000000e+00], [6.000000e+00]]]>
// CHECK-SAME{LITERAL}: nn.layout = "[1,3,2] [3,2] (1,0) [2,3,1]"
// CHECK-LABEL: func.func @forward
// CHECK-NOT: nn.transpose
nn.model @m {batch = 1 : i64}
nn.variable parameter @w : tensor<1x3x2xf32> {initializer = "data", data = dense<[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]> : tensor<1x3x2xf32>}
func.func @forward(%x: tensor<2x3x1xf32>) -> tensor<2x3x1xf32> {
  %w = nn.read @w : tensor<1x3x2xf32>
  %t = nn.transpose %w {permutation = array<i64: 2, 1, 0>} : (tensor<1x3x2xf32>) -> tensor<2x3x1xf32>
  %y = nn.multiply %x, %t : (tensor<2x3x1xf32>, tensor<2x3x1xf32>) -> tensor<2x3x1xf32>
  return %y : tensor<2x3x1xf32>
}

// -----

// The rows of a product behind a flattened image: channels of 2 before rows of 3.
// CHECK: nn.variable parameter @w : tensor<6x1xf32>
// CHECK-SAME{LITERAL}: dense<[[0.000000e+00], [3.000000e+00], [1.000000e+00], [4.000000e+00], [2.000000e+00], [5.000000e+00]]>
// CHECK-SAME{LITERAL}: nn.layout = "[6,1] [2,3] (1,0) [6,1]"
// CHECK-LABEL: func.func @forward
// CHECK-NOT: nn.transpose
// CHECK: %[[FLAT:.*]] = nn.reshape %arg0
// CHECK: nn.dense %[[FLAT]]
nn.model @m {batch = 1 : i64}
nn.variable parameter @w : tensor<6x1xf32> {initializer = "data", data = dense<[[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]> : tensor<6x1xf32>}
func.func @forward(%x: tensor<?x3x1x2xf32>) -> tensor<?x1xf32> {
  %w = nn.read @w : tensor<6x1xf32>
  %0 = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<?x3x1x2xf32>) -> tensor<?x2x3x1xf32>
  %1 = nn.reshape %0 {shape = array<i64: 6>} : (tensor<?x2x3x1xf32>) -> tensor<?x6xf32>
  %2 = nn.dense %1, %w : (tensor<?x6xf32>, tensor<6x1xf32>) -> tensor<?x1xf32>
  return %2 : tensor<?x1xf32>
}

// -----

// One that was in another order before, and in a third one in its graph.
// CHECK: nn.variable parameter @w : tensor<6x2xf32>
// CHECK-SAME{LITERAL}: nn.graph_layout = "[6,2] [2,3,2] (1,0,2) [6,2]"
// CHECK-SAME{LITERAL}: nn.layout = "[2,6] [2,2,3] (2,1,0) [6,2]"
// CHECK-LABEL: func.func @forward
// CHECK-NOT: nn.transpose
nn.model @m {batch = 1 : i64}
nn.variable parameter @w : tensor<6x2xf32> {initializer = "constant", value = 1.0, nn.layout = "[2,6] (1,0)", nn.graph_layout = "[6,2]"}
func.func @forward(%x: tensor<?x3x1x2xf32>) -> tensor<?x2xf32> {
  %w = nn.read @w : tensor<6x2xf32>
  %0 = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<?x3x1x2xf32>) -> tensor<?x2x3x1xf32>
  %1 = nn.reshape %0 {shape = array<i64: 6>} : (tensor<?x2x3x1xf32>) -> tensor<?x6xf32>
  %2 = nn.dense %1, %w : (tensor<?x6xf32>, tensor<6x2xf32>) -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

// -----

// Elements that are held in memory stay there; the attribute says how to read them.
// CHECK: nn.variable
// CHECK-SAME{LITERAL}: data = #nn.moved<dense_resource<held> : tensor<1x2x3xf32>, "[1,2,3] [2,3] (1,0) [1,3,2]"> : tensor<1x3x2xf32>
// CHECK-LABEL: func.func @forward
// CHECK-NOT: nn.transpose
nn.model @m {batch = 1 : i64}
nn.variable parameter @w : tensor<1x2x3xf32> {initializer = "data", data = dense_resource<held> : tensor<1x2x3xf32>}
func.func @forward(%x: tensor<?x3xf32>) -> tensor<?x2xf32> {
  %w = nn.read @w : tensor<1x2x3xf32>
  %0 = nn.transpose %w {permutation = array<i64: 0, 2, 1>} : (tensor<1x2x3xf32>) -> tensor<1x3x2xf32>
  %1 = nn.reshape %0 {shape = array<i64: 2>} : (tensor<1x3x2xf32>) -> tensor<3x2xf32>
  %2 = nn.dense %x, %1 : (tensor<?x3xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}
{-#
  dialect_resources: {builtin: {held: "0x04000000000000000000803F0000004000004040000080400000A040"}}
#-}

// -----

// A matrix that two products read keeps its rows, so that the transpose stays.
// CHECK-LABEL: func.func @forward
// CHECK: nn.transpose
nn.model @m {batch = 1 : i64}
nn.variable parameter @w : tensor<6x6xf32> {initializer = "data", data = dense<1.0> : tensor<6x6xf32>}
func.func @forward(%x: tensor<?x3x1x2xf32>) -> tensor<?x6xf32> {
  %w = nn.read @w : tensor<6x6xf32>
  %0 = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<?x3x1x2xf32>) -> tensor<?x2x3x1xf32>
  %1 = nn.reshape %0 {shape = array<i64: 6>} : (tensor<?x2x3x1xf32>) -> tensor<?x6xf32>
  %2 = nn.dense %1, %w : (tensor<?x6xf32>, tensor<6x6xf32>) -> tensor<?x6xf32>
  %3 = nn.dense %2, %w : (tensor<?x6xf32>, tensor<6x6xf32>) -> tensor<?x6xf32>
  return %3 : tensor<?x6xf32>
}

// -----

// CHECK-LABEL: func.func @forward
// CHECK: nn.concatenate %arg0, %arg1 {axis = 3 : i64}
// CHECK: %[[PAD:.*]] = nn.pad %{{.*}} {high = array<i64: 0, 1, 2, 0>, low = array<i64: 0, 0, 1, 0>}
// CHECK-NOT: nn.transpose
// CHECK: return %[[PAD]]
nn.model @m {batch = 1 : i64}
func.func @forward(%x: tensor<?x8x8x4xf32>, %y: tensor<?x8x8x2xf32>) -> tensor<?x9x11x6xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<?x8x8x4xf32>) -> tensor<?x4x8x8xf32>
  %1 = nn.transpose %y {permutation = array<i64: 0, 3, 1, 2>} : (tensor<?x8x8x2xf32>) -> tensor<?x2x8x8xf32>
  %2 = nn.concatenate %0, %1 {axis = 1 : i64} : (tensor<?x4x8x8xf32>, tensor<?x2x8x8xf32>) -> tensor<?x6x8x8xf32>
  %3 = nn.pad %2 {low = array<i64: 0, 0, 0, 1>, high = array<i64: 0, 0, 1, 2>} : (tensor<?x6x8x8xf32>) -> tensor<?x6x9x11xf32>
  %4 = nn.transpose %3 {permutation = array<i64: 0, 2, 3, 1>} : (tensor<?x6x9x11xf32>) -> tensor<?x9x11x6xf32>
  return %4 : tensor<?x9x11x6xf32>
}

// -----

// Behind a softmax, which knows its last dimension, it stays; and so do those
// that a model file asks for.
// CHECK-LABEL: func.func @forward
// CHECK: nn.softmax
// CHECK: nn.transpose
nn.model @m {batch = 1 : i64}
func.func @forward(%x: tensor<?x4x6xf32>) -> tensor<?x6x4xf32> {
  %0 = nn.softmax %x : (tensor<?x4x6xf32>) -> tensor<?x4x6xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 0, 2, 1>} : (tensor<?x4x6xf32>) -> tensor<?x6x4xf32>
  return %1 : tensor<?x6x4xf32>
}

// -----

// CHECK-LABEL: func.func @forward
// CHECK-COUNT-2: nn.transpose
func.func @forward(%x: tensor<?x4x6xf32>) -> tensor<?x4x6xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 1>} : (tensor<?x4x6xf32>) -> tensor<?x6x4xf32>
  %1 = nn.transpose %0 {permutation = array<i64: 0, 2, 1>} : (tensor<?x6x4xf32>) -> tensor<?x4x6xf32>
  return %1 : tensor<?x4x6xf32>
}
