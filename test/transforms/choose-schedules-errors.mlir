// RUN: lathe-opt %s --choose-schedules --verify-diagnostics

// expected-error @+1 {{kernel two_products has no schedule: a kernel has one anchor, not both dense and dense}}
exec.kernel @two_products(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>) {
  %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %1 = nn.dense %0, %w : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  exec.yield %1 : tensor<?x4xf32>
}
