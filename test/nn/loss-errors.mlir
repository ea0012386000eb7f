// Softmax, losses, metrics: each constraint, violated.
// RUN: lathe-opt %s --verify-stage=stage=typed --split-input-file --verify-diagnostics=only-expected

func.func @forward(%x: tensor<?x4xf32>) {
  // expected-error @below {{shape_c1: has the type}}
  %0 = nn.softmax %x : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<f32>) {
  // expected-error @below {{the layer needs an input of 1 dimensions or more}}
  %0 = nn.softmax %x : (tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %y: tensor<?x3xf32>) {
  // expected-error @below {{softmax_backward_c1: operand 1 is 'tensor<?x3xf32>', but needs to be 'tensor<?x4xf32>'}}
  %0 = nn.softmax_backward %dy, %y : (tensor<?x4xf32>, tensor<?x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%dy: tensor<?x4xf32>, %y: tensor<?x4xf32>) {
  // expected-error @below {{softmax_backward_c1: operand 0}}
  %0 = nn.softmax_backward %dy, %y : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x1xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<3xi32>) {
  // expected-error @below {{softmax_cross_entropy_c1: operand 1 is 'tensor<3xi32>', but needs to be 'tensor<?xi32>'}}
  %0:2 = nn.softmax_cross_entropy %x, %l : (tensor<?x4xf32>, tensor<3xi32>) -> (tensor<f32>, tensor<?x4xf32>)
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?x3xi32>) {
  // expected-error @below {{softmax_cross_entropy_c1: operand 1 is 'tensor<?x3xi32>', but needs to be 'tensor<?x4xi32>'}}
  %0:2 = nn.softmax_cross_entropy %x, %l : (tensor<?x4xf32>, tensor<?x3xi32>) -> (tensor<f32>, tensor<?x4xf32>)
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>, %w: tensor<5xf32>) {
  // expected-error @below {{softmax_cross_entropy_c2: 'tensor<5xf32>' is no weight of samples or classes}}
  %0:2 = nn.softmax_cross_entropy %x, %l, %w : (tensor<?x4xf32>, tensor<?xi32>, tensor<5xf32>) -> (tensor<f32>, tensor<?x4xf32>)
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{softmax_cross_entropy_c3: result 1 is 'tensor<?x3xf32>', but needs to be 'tensor<?x4xf32>'}}
  %0:2 = nn.softmax_cross_entropy %x, %l : (tensor<?x4xf32>, tensor<?xi32>) -> (tensor<f32>, tensor<?x3xf32>)
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{result #0 must be 0D tensor}}
  %0:2 = nn.softmax_cross_entropy %x, %l : (tensor<?x4xf32>, tensor<?xi32>) -> (tensor<1xf32>, tensor<?x4xf32>)
  return
}

// -----

func.func @forward(%x: tensor<?x2x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{operand #0 must be 2D tensor}}
  %0:2 = nn.softmax_cross_entropy %x, %l : (tensor<?x2x4xf32>, tensor<?xi32>) -> (tensor<f32>, tensor<?x2x4xf32>)
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{attribute 'label_smoothing' failed to satisfy constraint: 64-bit float attribute from 0 to 1}}
  %0:2 = nn.softmax_cross_entropy %x, %l {label_smoothing = 1.5 : f64} : (tensor<?x4xf32>, tensor<?xi32>) -> (tensor<f32>, tensor<?x4xf32>)
  return
}

// -----

func.func @forward(%p: tensor<?x4xf32>, %l: tensor<3xi32>) {
  // expected-error @below {{softmax_cross_entropy_backward_c1: operand 1}}
  %0 = nn.softmax_cross_entropy_backward %p, %l : (tensor<?x4xf32>, tensor<3xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%p: tensor<?x4xf32>, %l: tensor<?xi32>, %d: tensor<f32>, %w: tensor<4xf32>) {
  // expected-error @below {{softmax_cross_entropy_backward_c2: 'tensor<f32>' is no weight}}
  %0 = nn.softmax_cross_entropy_backward %p, %l, %d, %w : (tensor<?x4xf32>, tensor<?xi32>, tensor<f32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%p: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{softmax_cross_entropy_backward_c3: result 0}}
  %0 = nn.softmax_cross_entropy_backward %p, %l : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%p: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{attribute 'label_smoothing' failed}}
  %0 = nn.softmax_cross_entropy_backward %p, %l {label_smoothing = -0.5 : f64} : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?x4x1xi32>) {
  // expected-error @below {{operand #1 must be 1D/2D tensor of 32-bit signless integer values}}
  %0 = nn.loss %x, %l {function = "hinge"} : (tensor<?x4xf32>, tensor<?x4x1xi32>) -> tensor<f32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<3xi32>) {
  // expected-error @below {{loss_c1: operand 1}}
  %0 = nn.loss %x, %l {function = "hinge"} : (tensor<?x4xf32>, tensor<3xi32>) -> tensor<f32>
  return
}

// -----

func.func @forward(%x: tensor<?x1xf32>, %l: tensor<?xi32>, %w: tensor<1xf32>) {
  // expected-error @below {{loss_c2: 'tensor<1xf32>' is no weight}}
  %0 = nn.loss %x, %l, %w {function = "hinge"} : (tensor<?x1xf32>, tensor<?xi32>, tensor<1xf32>) -> tensor<f32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{result #0 must be 0D tensor}}
  %0 = nn.loss %x, %l {function = "hinge"} : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<1xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{attribute 'function' failed to satisfy constraint: string attribute that is one of binary_crossentropy}}
  %0 = nn.loss %x, %l {function = "sparse"} : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<f32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{attribute 'gamma' failed}}
  %0 = nn.loss %x, %l {function = "hinge", gamma = -1.0 : f64} : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<f32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{attribute 'label_smoothing' failed}}
  %0 = nn.loss %x, %l {function = "hinge", label_smoothing = 2.0 : f64} : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<f32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<3xi32>) {
  // expected-error @below {{loss_backward_c1: operand 1}}
  %0 = nn.loss_backward %x, %l {function = "hinge"} : (tensor<?x4xf32>, tensor<3xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>, %w: tensor<3xf32>) {
  // expected-error @below {{loss_backward_c2:}}
  %0 = nn.loss_backward %x, %l, %w {function = "hinge"} : (tensor<?x4xf32>, tensor<?xi32>, tensor<3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{loss_backward_c3: result 0}}
  %0 = nn.loss_backward %x, %l {function = "hinge"} : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{attribute 'function' failed}}
  %0 = nn.loss_backward %x, %l {function = "sparse"} : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<3xi32>) {
  // expected-error @below {{count_correct_c1: operand 1}}
  %0 = nn.count_correct %x, %l : (tensor<?x4xf32>, tensor<3xi32>) -> tensor<i32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xf32>) {
  // expected-error @below {{operand #1 must be 1D/2D tensor of 32-bit signless integer values}}
  %0 = nn.count_correct %x, %l : (tensor<?x4xf32>, tensor<?xf32>) -> tensor<i32>
  return
}

// -----

func.func @forward(%x: tensor<?x4xf32>, %l: tensor<?xi32>) {
  // expected-error @below {{result #0 must be 0D tensor of 32-bit signless integer values}}
  %0 = nn.count_correct %x, %l : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<i64>
  return
}
