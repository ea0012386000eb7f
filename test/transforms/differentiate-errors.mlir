// RUN: lathe-opt %s --differentiate --split-input-file --verify-diagnostics

func.func @no_rule(%w: tensor<?x3xf32>, %labels: tensor<?xi32>) -> tensor<?x3xf32> {
  // expected-error @+1 {{this has no gradient (batch_moments), which the parameters before it need: put it before them, or freeze them}}
  %m, %v = nn.batch_moments %w : (tensor<?x3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  %0 = nn.add %w, %m : (tensor<?x3xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %loss, %p = nn.softmax_cross_entropy %0, %labels : (tensor<?x3xf32>, tensor<?xi32>) -> (tensor<f32>, tensor<?x3xf32>)
  %g = nn.gradient %loss of %w : (tensor<f32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %g : tensor<?x3xf32>
}

// -----

// expected-error @+1 {{this parameter has no influence on the loss}}
func.func @no_influence(%w: tensor<?x3xf32>, %x: tensor<?x3xf32>, %labels: tensor<?xi32>) -> tensor<?x3xf32> {
  %loss, %p = nn.softmax_cross_entropy %x, %labels : (tensor<?x3xf32>, tensor<?xi32>) -> (tensor<f32>, tensor<?x3xf32>)
  %g = nn.gradient %loss of %w : (tensor<f32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return %g : tensor<?x3xf32>
}
