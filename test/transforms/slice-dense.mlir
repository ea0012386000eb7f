// RUN: lathe-opt %s --set-machine=machine='generic{isa=x86-64-v4,cores=16}' --slice-dense | FileCheck %s
// RUN: lathe-opt %s --set-machine=machine='generic{isa=x86-64-v4,cores=1}' --slice-dense | FileCheck %s --check-prefix=ONE

nn.recipe @m {loss = "", batch_size = 32 : i64, epochs = 1 : i64, optimizer = {name = "sgd"}}

// CHECK-LABEL: func.func @predict
// ONE-LABEL: func.func @predict
func.func @predict(%x: tensor<?x36992xf32>, %w: tensor<36992x512xf32>, %v: tensor<512x64xf32>) -> tensor<?x64xf32> {
  // CHECK: %[[SLICES:.*]] = nn.partial_dense %arg0, %arg1 : {{.*}} -> tensor<?x[[S:[0-9]+]]x512xf32>
  // CHECK: %[[SUM:.*]] = nn.reduce %[[SLICES]] {axes = array<i64: 1>, function = "sum", keepdims = false} : (tensor<?x[[S]]x512xf32>) -> tensor<?x512xf32>
  // ONE-NOT: nn.partial_dense
  %0 = nn.dense %x, %w : (tensor<?x36992xf32>, tensor<36992x512xf32>) -> tensor<?x512xf32>
  // A short one stays whole.
  // CHECK: nn.dense %[[SUM]]
  %1 = nn.dense %0, %v : (tensor<?x512xf32>, tensor<512x64xf32>) -> tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}
