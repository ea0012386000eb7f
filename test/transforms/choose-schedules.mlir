// RUN: lathe-opt %s --choose-schedules | FileCheck %s

// A kernel gets a default; one that has a schedule keeps it.
// CHECK: exec.kernel @plain({{.*}}) schedule = #exec.schedule<{{[a-z]+}}
exec.kernel @plain(%x: tensor<?x64xf32>, %w: tensor<64x64xf32>) {
  %0 = nn.dense %x, %w : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  exec.yield %0 : tensor<?x64xf32>
}
// CHECK: exec.kernel @tuned({{.*}}) schedule = #exec.schedule<gemm {rows = 3}>
exec.kernel @tuned(%x: tensor<?x64xf32>, %w: tensor<64x64xf32>) schedule = #exec.schedule<gemm {rows = 3}> {
  %0 = nn.dense %x, %w : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32>
  exec.yield %0 : tensor<?x64xf32>
}
