// RUN: lathe-opt %s --plan-memory --split-input-file --verify-diagnostics

func.func @predict(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error @+1 {{is no kernel}}
  %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

func.func @predict(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error @+1 {{result 0 has no kernel that writes it}}
  return %x : tensor<?x4xf32>
}

// -----

nn.variable parameter @a : tensor<4xf32>
nn.variable parameter @b : tensor<4xf32>
func.func @step() {
  %0 = nn.read @a : tensor<4xf32>
  // expected-error @+1 {{the new value of @b has no kernel that writes it}}
  nn.assign @b, %0 : tensor<4xf32>
  return
}

// -----

// The new value is written over the old one, which is still needed.
nn.variable parameter @a : tensor<4xf32>
exec.kernel @relu_4(%x: tensor<4xf32>) {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  exec.yield %0 : tensor<4xf32>
}
func.func @step() -> tensor<4xf32> {
  %0 = nn.read @a : tensor<4xf32>
  %1 = exec.dispatch @relu_4(%0) : (tensor<4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{reads the old value of @a, which another kernel has overwritten}}
  %2 = exec.dispatch @relu_4(%0) : (tensor<4xf32>) -> tensor<4xf32>
  nn.assign @a, %1 : tensor<4xf32>
  return %2 : tensor<4xf32>
}
