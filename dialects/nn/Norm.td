//===- Norm.td - Normalisation ------------------------------------------===//
#ifndef LATHE_NN_NORM
#define LATHE_NN_NORM

include "dialects/nn/NNBase.td"

def NN_BatchNormOp : NN_LayerOp<"batch_norm", [AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<ModeOpInterface, ["toInference", "toTraining"]>]> {
  let summary = "batch normalisation (Ioffe and Szegedy, 2015)";
  let description = [{
    y = gamma·(x - mean)/sqrt(variance + epsilon) + beta per channel. In training,
    mean and (biased) variance are those of the batch, and the moving statistics
    become moving·momentum + batch·(1 - momentum); in inference they are the
    moving ones, and so they are in training while the layer is `frozen`. Without gamma it
    is 1, without beta 0.

    ```mlir
    %y = nn.batch_norm %x, %m, %v, %g, %b {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>, momentum = 0.99 : f64, epsilon = 1.0e-3 : f64, frozen = false}
      : (tensor<?x7x7x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Parameter<1>:$moving_mean, NN_Parameter<1>:$moving_variance,
    Optional<NN_Parameter<1>>:$gamma, Optional<NN_Parameter<1>>:$beta,
    NN_Share:$momentum, NN_NotNegative:$epsilon, BoolAttr:$frozen);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_BatchNormTrainingOp : NN_TypedOp<"batch_norm_training", [
    DeclareOpInterfaceMethods<DifferentiableOpInterface>,
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "batch normalisation with the batch's statistics";
  let description = [{
    Becomes batch_moments, batch_norm_scale and normalize after differentiation.

    - c1: y has the shape of x
    - c2: the vectors have an element per channel

    ```mlir
    %y, %m, %v = nn.batch_norm_training %x, %g, %b {epsilon = 1.0e-3 : f64}
      : (tensor<?x7x7x64xf32>, tensor<64xf32>, tensor<64xf32>) -> (tensor<?x7x7x64xf32>, tensor<64xf32>, tensor<64xf32>)
    ```
  }];
  let arguments = (ins NN_Ranked:$input, NN_Vector:$gamma, NN_Vector:$beta, NN_NotNegative:$epsilon);
  let results = (outs NN_Ranked:$output, NN_Vector:$mean, NN_Vector:$variance);
}

def NN_BatchNormBackwardOp : NN_TypedOp<"batch_norm_backward", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "gradients of batch_norm_training";
  let description = [{
    With x̂ = (x - mean)/sqrt(variance + epsilon) and m elements per channel:
    dbeta = Σ dy, dgamma = Σ dy·x̂,
    dx = gamma/sqrt(variance + epsilon)·(dy - dbeta/m - x̂·dgamma/m). Becomes
    batch_norm_sums, batch_norm_factors and normalize_backward.

    - c1: dy, x and dx have one shape
    - c2: the vectors have an element per channel

    ```mlir
    %dx, %dg, %db = nn.batch_norm_backward %dy, %x, %m, %v, %g {epsilon = 1.0e-3 : f64}
      : (tensor<?x7x7x64xf32>, tensor<?x7x7x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>)
      -> (tensor<?x7x7x64xf32>, tensor<64xf32>, tensor<64xf32>)
    ```
  }];
  let arguments = (ins NN_Ranked:$gradient, NN_Ranked:$input, NN_Vector:$mean, NN_Vector:$variance,
    NN_Vector:$gamma, NN_NotNegative:$epsilon);
  let results = (outs NN_Ranked:$input_gradient, NN_Vector:$gamma_gradient, NN_Vector:$beta_gradient);
}

def NN_BatchMomentsOp : NN_TypedOp<"batch_moments"> {
  let summary = "mean and variance per channel over a batch";
  let description = [{
    mean[c] = Σ x[..., c]/m, variance[c] = Σ (x[..., c] - mean[c])²/m, m elements
    per channel.

    - c1: mean and variance have an element per channel

    ```mlir
    %m, %v = nn.batch_moments %x : (tensor<?x7x7x64xf32>) -> (tensor<64xf32>, tensor<64xf32>)
    ```
  }];
  let arguments = (ins NN_Ranked:$input);
  let results = (outs NN_Vector:$mean, NN_Vector:$variance);
}

def NN_BatchNormScaleOp : NN_TypedOp<"batch_norm_scale", [NN_Elementwise]> {
  let summary = "factor of a normalised channel";
  let description = [{
    scale = gamma/sqrt(variance + epsilon).

    - c1: all vectors have one length

    ```mlir
    %s = nn.batch_norm_scale %g, %v {epsilon = 1.0e-3 : f64} : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    ```
  }];
  let arguments = (ins NN_Vector:$gamma, NN_Vector:$variance, NN_NotNegative:$epsilon);
  let results = (outs NN_Vector:$scale);
}

def NN_NormalizeOp : NN_TypedOp<"normalize", [NN_Elementwise,
    DeclareOpInterfaceMethods<DifferentiableOpInterface>]> {
  let summary = "shifts and scales channels";
  let description = [{
    y = (x - mean)·scale + beta, the last three per channel. Its gradient takes
    mean and scale for constants: it is the one of inference.

    - c1: y has the shape of x
    - c2: the vectors have an element per channel

    ```mlir
    %y = nn.normalize %x, %m, %s, %b : (tensor<?x7x7x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$input, NN_Vector:$mean, NN_Vector:$scale, NN_Vector:$beta);
  let results = (outs NN_Ranked:$output);
}

def NN_BatchNormSumsOp : NN_TypedOp<"batch_norm_sums"> {
  let summary = "the two sums of batch normalisation's gradient";
  let description = [{
    s[c] = Σ dy[..., c], t[c] = Σ dy[..., c]·(x[..., c] - mean[c]).

    - c1: dy and x have one shape
    - c2: the vectors have an element per channel

    ```mlir
    %s, %t = nn.batch_norm_sums %dy, %x, %m : (tensor<?x7x7x64xf32>, tensor<?x7x7x64xf32>, tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>)
    ```
  }];
  let arguments = (ins NN_Ranked:$gradient, NN_Ranked:$input, NN_Vector:$mean);
  let results = (outs NN_Vector:$sum, NN_Vector:$product_sum);
}

def NN_BatchNormFactorsOp : NN_TypedOp<"batch_norm_factors", [NN_Elementwise]> {
  let summary = "what normalize_backward multiplies with, and gamma's gradient";
  let description = [{
    With r = 1/sqrt(variance + epsilon) and m = n·positions:
    slope = -scale·r²·t/m, offset = -scale·s/m, dgamma = t·r.

    - c1: all vectors have one length

    ```mlir
    %a, %b, %dg = nn.batch_norm_factors %s, %t, %scale, %v {epsilon = 1.0e-3 : f64, positions = 49 : i64}
      : (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>)
    ```
  }];
  let arguments = (ins NN_Vector:$sum, NN_Vector:$product_sum, NN_Vector:$scale, NN_Vector:$variance,
    NN_NotNegative:$epsilon, NN_Positive:$positions);
  let results = (outs NN_Vector:$slope, NN_Vector:$offset, NN_Vector:$gamma_gradient);
}

def NN_NormalizeBackwardOp : NN_TypedOp<"normalize_backward", [NN_Elementwise]> {
  let summary = "gradient of batch normalisation with respect to its input";
  let description = [{
    dx = scale·dy + slope·(x - mean) + offset.

    - c1: dy, x and dx have one shape
    - c2: the vectors have an element per channel

    ```mlir
    %dx = nn.normalize_backward %dy, %x, %m, %scale, %slope, %offset
      : (tensor<?x7x7x64xf32>, tensor<?x7x7x64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$gradient, NN_Ranked:$input, NN_Vector:$mean, NN_Vector:$scale,
    NN_Vector:$slope, NN_Vector:$offset);
  let results = (outs NN_Ranked:$input_gradient);
}

def NN_MovingAverageOp : NN_TypedOp<"moving_average", [
    DeclareOpInterfaceMethods<InPlaceOpInterface>]> {
  let summary = "exponential moving average";
  let description = [{
    a' = a·momentum + x·(1 - momentum).

    - c1: x has the shape of a

    ```mlir
    %b = nn.moving_average %a, %x {momentum = 0.99 : f64} : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$average, NN_Ranked:$value, NN_Share:$momentum);
  let results = (outs NN_Ranked:$new_average);
}

def NN_AdaptedNormOp : NN_LayerOp<"adapted_norm", [
    DeclareOpInterfaceMethods<AdaptOpInterface>,
    DeclareOpInterfaceMethods<ModeOpInterface, ["toInference", "toTraining"]>]> {
  let summary = "normalisation by what was measured before training";
  let description = [{
    y = (x - mean)/max(sqrt(variance), 1e-7) per channel. `@adapt` measures the two
    over the training data; `count` is how many samples that were.

    ```mlir
    %y = nn.adapted_norm %x, %m, %v, %c : (tensor<?x28x28x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x28x28x3xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Parameter<1>:$mean, NN_Parameter<1>:$variance,
    NN_Parameter<1>:$count);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_AdaptedWhiteningOp : NN_LayerOp<"adapted_whitening", [
    DeclareOpInterfaceMethods<AdaptOpInterface>,
    DeclareOpInterfaceMethods<ModeOpInterface, ["toInference", "toTraining"]>]> {
  let summary = "components made uncorrelated by what was measured before training";
  let description = [{
    y = (x - mean)·matrix along the last dimension, or, `whole`, of all elements of
    a sample. `@adapt` measures mean and covariance over the training data; `count`
    is how many samples that were. From the covariance, the runtime makes the matrix
    of ZCA whitening (Bell and Sejnowski, 1997): the inverse of the square root of
    covariance + epsilon·I.

    ```mlir
    %y = nn.adapted_whitening %x, %m, %v, %w, %c {whole = false}
      : (tensor<?x28x28x3xf32>, tensor<3xf32>, tensor<3x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<?x28x28x3xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Parameter<1>:$mean, NN_Parameter<2>:$covariance,
    NN_Parameter<2>:$matrix, NN_Parameter<1>:$count, BoolAttr:$whole);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_MergeMomentsOp : NN_TypedOp<"merge_moments", [NN_Elementwise,
    DeclareOpInterfaceMethods<InPlaceOpInterface>]> {
  let summary = "mean and variance of earlier samples and of a batch";
  let description = [{
    With s = n/(count + n), n the batch: mean' = mean + s·(batch_mean - mean),
    variance' = (1 - s)·variance + s·batch_variance + s·(1 - s)·(batch_mean - mean)²,
    count' = count + n. (Chan et al., 1979)

    - c1: all vectors have one length

    ```mlir
    %m1, %v1, %c1 = nn.merge_moments %m, %v, %c, %bm, %bv
      : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
    ```
  }];
  let arguments = (ins NN_Vector:$mean, NN_Vector:$variance, NN_Vector:$count,
    NN_Vector:$batch_mean, NN_Vector:$batch_variance);
  let results = (outs NN_Vector:$new_mean, NN_Vector:$new_variance, NN_Vector:$new_count);
}

def NN_StandardizeOp : NN_LayerOp<"standardize"> {
  let summary = "mean 0 and variance 1 along axes of each sample";
  let description = [{
    y = (x - mean)/sqrt(variance + epsilon), both over `axes`, which do not hold
    the batch: the core of layer normalisation (Ba et al., 2016), axes [-1], and
    of group normalisation (Wu and He, 2018), axes [1, 3] of [n, positions,
    groups, channels of a group].

    ```mlir
    %y = nn.standardize %x {axes = array<i64: 3>, epsilon = 1.0e-3 : f64} : (tensor<?x7x7x64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, DenseI64ArrayAttr:$axes, NN_NotNegative:$epsilon);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_GroupCount : ConfinedAttr<I64Attr, [AttrConstraint<
    CPred<"::llvm::cast<::mlir::IntegerAttr>($_self).getInt() == -1 || "
          "::llvm::cast<::mlir::IntegerAttr>($_self).getInt() > 0">,
    "that is positive or -1">]>;

def NN_GroupStandardizeOp : NN_LayerOp<"group_standardize", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "mean 0 and variance 1 over groups of channels of each sample";
  let description = [{
    The channels fall into `groups` equal runs; -1 is a group for each. Reshapes
    around a standardize as soon as shapes are known.

    ```mlir
    %y = nn.group_standardize %x {groups = 8 : i64, epsilon = 1.0e-3 : f64} : (tensor<?x7x7x64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_GroupCount:$groups, NN_NotNegative:$epsilon);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_StandardizeBackwardOp : NN_TypedOp<"standardize_backward"> {
  let summary = "gradient of standardize";
  let description = [{
    dx = (dy - mean(dy) - y·mean(dy·y))/sqrt(variance + epsilon), where y,
    the variance and the means are those along `axes`.

    - c1: dy, x and dx have one shape
    - c2: the axes are different dimensions of x behind the batch

    ```mlir
    %dx = nn.standardize_backward %dy, %x {axes = array<i64: 3>, epsilon = 1.0e-3 : f64}
      : (tensor<?x7x7x64xf32>, tensor<?x7x7x64xf32>) -> tensor<?x7x7x64xf32>
    ```
  }];
  let arguments = (ins NN_Ranked:$gradient, NN_Ranked:$input, DenseI64ArrayAttr:$axes, NN_NotNegative:$epsilon);
  let results = (outs NN_Ranked:$input_gradient);
}

#endif // LATHE_NN_NORM
