// RUN: lathe-opt %s --set-machine=machine='znver4{isa=x86-64-v4,cores=8}' | FileCheck %s
// RUN: lathe-opt %s --set-machine=machine='generic{isa=x86-64-v2,l2=262144}' --choose-schedules | FileCheck --check-prefix=SMALL %s
// RUN: lathe-opt %s --set-machine=machine='generic{isa=x86-64-v2}' --choose-schedules | FileCheck --check-prefix=LARGE %s

// CHECK: module attributes {exec.machine = "znver4{isa=x86-64-v4, cores=8}"}
module {
  // Half a MB of weights leaves a small L2, not one of a MB.
  // SMALL: schedule = #exec.schedule<sliced
  // LARGE: schedule = #exec.schedule<gemm
  exec.kernel @product(%x: tensor<1x256xf32>, %w: tensor<256x512xf32>) {
    %0 = nn.dense %x, %w : (tensor<1x256xf32>, tensor<256x512xf32>) -> tensor<1x512xf32>
    exec.yield %0 : tensor<1x512xf32>
  }
}
