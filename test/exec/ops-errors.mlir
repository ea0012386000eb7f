// RUN: lathe-opt %s --split-input-file --verify-diagnostics

func.func @dispatch(%x: tensor<4xf32>) {
  // expected-error @+1 {{names no kernel}}
  %0 = exec.dispatch @missing(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

exec.func @call(%x: memref<4xf32>) {
  // expected-error @+1 {{names no kernel}}
  exec.call @missing ins(%x : memref<4xf32>) outs(%x : memref<4xf32>)
  exec.return
}

// -----

// expected-error @+1 {{expected valid keyword or string}}
exec.kernel @nothing() schedule = #exec.schedule<{rows = 4}> {
  exec.yield
}
