// RUN: split-file %s %t
// RUN: not lathe-opt %t/typed.mlir --verify-stage=stage=typed 2>&1 | FileCheck %s --check-prefix=TYPED
// RUN: not lathe-opt %t/stepped.mlir --verify-stage=stage=stepped 2>&1 | FileCheck %s --check-prefix=STEPPED
// RUN: not lathe-opt %t/planned.mlir --verify-stage=stage=planned 2>&1 | FileCheck %s --check-prefix=PLANNED
// RUN: not lathe-opt %t/planned.mlir --verify-stage=stage=cooked 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// RUN: not lathe-opt %t/layout.mlir --verify-stage=stage=typed 2>&1 | FileCheck %s --check-prefix=LAYOUT
// RUN: not lathe-opt %t/words.mlir --verify-stage=stage=typed 2>&1 | FileCheck %s --check-prefix=LAYOUT
// RUN: not lathe-opt %t/placed.mlir --verify-stage=stage=planned 2>&1 | FileCheck %s --check-prefix=PLACED

// TYPED: has an untyped result
// TYPED: 'infer-shapes' should have seen to it
//--- typed.mlir
func.func @forward(%x: tensor<?x4xf32>) {
  %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<*xf32>
  return
}

// STEPPED: 'nn.gradient' op is left
// STEPPED: 'differentiate' should have seen to it
//--- stepped.mlir
func.func @predict(%loss: tensor<f32>, %w: tensor<4xf32>) {
  %0 = nn.gradient %loss of %w : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// PLANNED: has no schedule
// PLANNED: 'choose-schedules' should have seen to it
// UNKNOWN: unknown stage cooked
//--- planned.mlir
exec.kernel @relu(%x: tensor<?x4xf32>) {
  %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  exec.yield %0 : tensor<?x4xf32>
}

// LAYOUT: has a layout of another shape
// LAYOUT: 'sink-transposes' should have seen to it
//--- layout.mlir
nn.variable parameter @w : tensor<2x3xf32> {nn.layout = "[2,3] (1,0)"}
//--- words.mlir
nn.variable parameter @w : tensor<2x3xf32> {nn.graph_layout = "channels last"}
// PLACED: has a layout of another shape
// PLACED: 'plan-memory' should have seen to it
//--- placed.mlir
exec.variable @w params[0] : tensor<2x3xf32> {nn.layout = "[7]"}
