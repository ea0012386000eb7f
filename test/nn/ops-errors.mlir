// RUN: lathe-opt %s --split-input-file --verify-diagnostics

func.func @read() {
  // expected-error @+1 {{names no variable}}
  %0 = nn.read @missing : tensor<4xf32>
  return
}

// -----

nn.variable parameter @w : tensor<4xf32>
func.func @read() {
  // expected-error @+1 {{the variable @w has 'tensor<4xf32>'}}
  %0 = nn.read @w : tensor<5xf32>
  return
}

// -----

nn.variable parameter @w : tensor<4xf32>
func.func @assign(%x: tensor<5xf32>) {
  // expected-error @+1 {{the variable @w has 'tensor<4xf32>'}}
  nn.assign @w, %x : tensor<5xf32>
  return
}

// -----

func.func @gradient(%loss: tensor<f32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{needs a gradient of the type of each value}}
  %0 = nn.gradient %loss of %w : (tensor<f32>, tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @labels(%x: tensor<?x3xf32>, %labels: tensor<?xf32>) {
  // expected-error @+1 {{operand #1 must be tensor of 32-bit signless integer values}}
  %0 = nn.count_correct %x, %labels : (tensor<?x3xf32>, tensor<?xf32>) -> tensor<i32>
  return
}
