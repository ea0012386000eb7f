//===- Passes.td - The compiler's passes ----------------------------------===//
#ifndef LATHE_TRANSFORMS_PASSES
#define LATHE_TRANSFORMS_PASSES

include "mlir/Pass/PassBase.td"

class LathePass<string flag> : Pass<flag, "::mlir::ModuleOp"> {
  let dependentDialects = ["::lathe::nn::NNDialect", "::lathe::exec::ExecDialect"];
}

def InferShapes : LathePass<"infer-shapes"> {
  let summary = "types every value from the input's shape";
  let description = [{
    Layers arrive without shapes. Each is asked in turn to type its results and
    to complete its parameters; a network that does not fit together is reported
    at the layer.

    ```mlir
    %y = nn.dense %x, %w : (tensor<?x4xf32>, tensor<?x2xf32>) -> tensor<*xf32>
    ```
    ⇒
    ```mlir
    %y = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
    ```
  }];
}

def DecomposeLayers : LathePass<"decompose-layers"> {
  let summary = "replaces operations that stand for others";
  let description = [{
    Some layers are others in another's clothes, and batch normalisation stays
    whole until its gradient is taken. What follows knows only the parts
    (DecomposableOpInterface).

    ```mlir
    %y = nn.expand_dims %x {axis = 1 : i64} : (tensor<?x28x64xf32>) -> tensor<?x1x28x64xf32>
    ```
    ⇒
    ```mlir
    %y = nn.reshape %x {shape = array<i64: 1, 28, 64>} : (tensor<?x28x64xf32>) -> tensor<?x1x28x64xf32>
    ```
  }];
}

def SinkTransposes : LathePass<"sink-transposes"> {
  let summary = "leaves no transpose between layers of one layout";
  let description = [{
    A graph from another framework has its channels first, and a transpose before
    and behind each convolution and pooling. They move down through elementwise
    operations, concatenations and paddings until they meet the next layer's,
    which undoes them, or a product, whose matrix takes another order of rows.
    Parameters are transposed when compiling. The transposes of a module with a
    recipe are layers that a model file asks for, and stay.

    ```mlir
    %0 = nn.conv2d %x, %w : ...
    %1 = nn.transpose %0 {permutation = array<i64: 0, 3, 1, 2>} : ...
    %2 = nn.relu %1 : ...
    %3 = nn.transpose %2 {permutation = array<i64: 0, 2, 3, 1>} : ...
    %4 = nn.conv2d %3, %v : ...
    ```
    ⇒
    ```mlir
    %0 = nn.conv2d %x, %w : ...
    %1 = nn.relu %0 : ...
    %2 = nn.conv2d %1, %v : ...
    ```
  }];
}

def DeriveSteps : LathePass<"derive-steps"> {
  let summary = "makes predict, evaluate_batch and train_step of the network";
  let description = [{
    `@forward` stands for training and inference at once. Each step is a copy of
    it in its own mode: `@predict` returns the probabilities; `@evaluate_batch`
    the loss and the number of right answers; `@train_step` the same, and it
    requests gradients and optimizer steps for all parameters. The variables that
    training needs are declared.
  }];
}

def Differentiate : LathePass<"differentiate"> {
  let summary = "replaces nn.gradient by the operations that compute it";
  let description = [{
    Reverse-mode differentiation at compile time: from the loss backwards, each
    operation between it and the wanted values gives the gradients of its operands
    (DifferentiableOpInterface); those of a value used more than once are added.
    An operation on the way without a rule is an error at its place in the model.

    ```mlir
    %y = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
    ```
    gives, with %dy the gradient of %y,
    ```mlir
    %dx = nn.relu_backward %dy, %y : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
    ```
  }];
}

def AppendOptimizer : LathePass<"append-optimizer"> {
  let summary = "replaces nn.apply_gradient by the recipe's optimizer";
  let description = [{
    Each request becomes the optimizer's update operation, the slots it needs
    become state variables named `optimizer/SLOT/PARAMETER`.

    ```mlir
    nn.apply_gradient @w, %g : tensor<4x2xf32>
    ```
    ⇒
    ```mlir
    %p = nn.read @w : tensor<4x2xf32>
    %lr = nn.read @"optimizer/learning_rate" : tensor<f32>
    %q = nn.sgd_update %p, %g, %lr {momentum = 0.0 : f64, nesterov = false} : ...
    nn.assign @w, %q : tensor<4x2xf32>
    ```
  }];
}

def HoistUpdates : LathePass<"hoist-updates"> {
  let summary = "moves large updates before the small ones";
  let description = [{
    Small updates of neighbours become one kernel where nothing stands between
    them. Updates stay behind all gradients: the step's guard, before the first of
    them, ends a step that would leave something not finite.
  }];
}

def UseWinograd : LathePass<"use-winograd"> {
  let summary = "computes 3x3 convolutions with fewer multiplications";
  let description = [{
    Where the images are many or large enough to pay for the transform of the
    filter, and it stays in the caches. The gradient for the data is such a
    convolution too. In inference the transform is made beforehand.

    ```mlir
    %y = nn.conv2d %x, %w {padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
      : (tensor<?x56x56x64xf32>, tensor<3x3x64x64xf32>) -> tensor<?x56x56x64xf32>
    ```
    ⇒
    ```mlir
    %u = nn.winograd_filter %w : (tensor<3x3x64x64xf32>) -> tensor<36x64x64xf32>
    %y = nn.winograd_conv2d %x, %u {padding = array<i64: 1, 1, 1, 1>}
      : (tensor<?x56x56x64xf32>, tensor<36x64x64xf32>) -> tensor<?x56x56x64xf32>
    ```
  }];
}

def TransposeFilters : LathePass<"transpose-filters"> {
  let summary = "gradients of the data as convolutions, where filters are large";
  let description = [{
    Without strides, the gradient of a convolution for its data is a convolution
    with the transposed filter. The gradient's kernel transposes weights anew in
    each of its tasks; large filters are transposed once instead.

    ```mlir
    %dx = nn.conv2d_backward_data %dy, %w {padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
      : (tensor<?x7x7x512xf32>, tensor<3x3x256x512xf32>) -> tensor<?x7x7x256xf32>
    ```
    ⇒
    ```mlir
    %t = nn.transpose_filter %w : (tensor<3x3x256x512xf32>) -> tensor<3x3x512x256xf32>
    %dx = nn.conv2d %dy, %t {padding = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>}
      : (tensor<?x7x7x512xf32>, tensor<3x3x512x256xf32>) -> tensor<?x7x7x256xf32>
    ```
  }];
}

def PackFilters : LathePass<"pack-filters"> {
  let summary = "large 1x1 filters of inference in the order of their use";
  let description = [{
    A tile of channels of a 1x1 convolution's result reads some elements of each
    row of its filter. Of a large filter with many channels these lie pages
    apart and compete for few sets of the caches. Where the filter is a
    parameter that does not change between predictions, it is packed once.

    ```mlir
    %w = nn.read @"conv2d/kernel" : tensor<1x1x512x512xf32>
    %y = nn.conv2d %x, %w {padding = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
      : (tensor<?x14x14x512xf32>, tensor<1x1x512x512xf32>) -> tensor<?x14x14x512xf32>
    ```
    ⇒
    ```mlir
    %w = nn.read @"conv2d/kernel" : tensor<1x1x512x512xf32>
    %p = nn.pack_filter %w : (tensor<1x1x512x512xf32>) -> tensor<16x512x32xf32>
    %y = nn.packed_conv2d %x, %p
      : (tensor<?x14x14x512xf32>, tensor<16x512x32xf32>) -> tensor<?x14x14x512xf32>
    ```
  }];
}

def PrepareWeights : LathePass<"prepare-weights"> {
  let summary = "moves what depends on parameters alone out of inference";
  let description = [{
    Many predictions are made with the same parameters. What `@predict` and
    `@evaluate_batch` compute from these alone (transformed filters, factors of
    batch normalisation) moves to `@prepare`, and its results become variables of
    the kind `prepared`, which the two read.

    ```mlir
    %w = nn.read @"conv2d/kernel" : tensor<3x3x64x64xf32>
    %u = nn.winograd_filter %w : (tensor<3x3x64x64xf32>) -> tensor<36x64x64xf32>
    ```
    ⇒
    ```mlir
    %u = nn.read @"prepared/0" : tensor<36x64x64xf32>
    ```
  }];
}

def RecomputeOperands : LathePass<"recompute-operands"> {
  let summary = "computes cheap operands in the kernels that read them";
  let description = [{
    A normalised image, the gradient of a normalisation or of a max pooling costs
    more to store and read than to compute from tensors that are in memory
    anyway. Where all that read it copy pixels to their stack before they work on
    them, or read each element once, each computes it for itself.

    ```mlir
    %dx = nn.max_pool2d_backward %dy, %argmax : ...
    %0 = nn.winograd_conv2d %dx, %u : ...
    %1 = nn.conv2d_backward_weights %x, %dx : ...
    ```
    ⇒
    ```mlir
    %dx = nn.max_pool2d_backward %dy, %argmax : ...
    %0 = nn.winograd_conv2d %dx, %u : ...
    %again = nn.max_pool2d_backward %dy, %argmax : ...
    %1 = nn.conv2d_backward_weights %x, %again : ...
    ```
    and each of the two lines becomes a kernel.
  }];
}

def GroupKernels : LathePass<"group-kernels"> {
  let summary = "decides which operations are fused into one kernel";
  let description = [{
    An operation with loops of its own (a convolution, a product, a reduction)
    begins a group. What follows elementwise on its only result joins it, and so
    does max pooling behind a convolution: the convolution's result, four times
    the size of the pooled one, is then never stored. Gradients of an activation
    join the kernel that produces the gradient. What is computed for one reader
    alone, elementwise or from the pixels under a convolution, is done on the way
    in. A large parameter takes in its gradient where a product of smaller tensors
    computes it: the gradient, as large as the parameter, is then never stored.

    ```mlir
    %0 = nn.dense %x, %w : ...
    %1 = nn.bias_add %0, %b : ...
    %2 = nn.relu %1 : ...
    ```
    ⇒ one `exec.group` of the three.
  }];
}

def OutlineKernels : LathePass<"outline-kernels"> {
  let summary = "makes a kernel of each group; equal groups share one";
  let description = [{
    The kernel's name says its operations and the shape of its result.

    ```mlir
    %y = exec.group (%a = %x) : (tensor<?x4xf32>) -> tensor<?x4xf32> { ... }
    ```
    ⇒
    ```mlir
    exec.kernel @relu_4(%a: tensor<?x4xf32>) { ... }
    %y = exec.dispatch @relu_4(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
    ```
  }];
}

def ChooseSchedules : LathePass<"choose-schedules"> {
  let summary = "gives each kernel without a schedule its default one";
}

def ChoosePredictBatch : LathePass<"choose-predict-batch"> {
  let summary = "cuts predictions into parts that fit caches";
  let description = [{
    Samples are predicted independently of each other. Few of them stay in the
    caches from one kernel to the next; many share the reading of the weights and
    keep more cores busy. The number that an estimate of the time finds best becomes
    an attribute of the layout, and of kernels that no other step than @predict and
    @evaluate_batch calls: their default schedules are made for that number of samples.

    ```mlir
    exec.layout {..., batch = 32 : i64}
    exec.kernel @conv2d_26x26x32(...) {...}
    ```
    ⇒
    ```mlir
    exec.layout {..., batch = 32 : i64, predict_batch = 4 : i64}
    exec.kernel @conv2d_26x26x32(...) attributes {samples = 4 : i64} {...}
    ```
  }];
}

def SliceDense : LathePass<"slice-dense"> {
  let summary = "cuts long sums of dense layers into slices for many cores";
  let description = [{
    A dense layer has one task for each block of columns, and each task reads all
    rows of the weights. If there are many rows and more cores than tasks, the rows
    are cut into slices with separate sums, which a second kernel adds up in order.

    ```mlir
    %y = nn.dense %x, %w : (tensor<?x36992xf32>, tensor<36992x512xf32>) -> tensor<?x512xf32>
    ```
    ⇒
    ```mlir
    %0 = nn.partial_dense %x, %w : (tensor<?x36992xf32>, tensor<36992x512xf32>) -> tensor<?x32x512xf32>
    %y = nn.reduce %0 {function = "sum", axes = array<i64: 1>, keepdims = false} : (tensor<?x32x512xf32>) -> tensor<?x512xf32>
    ```
  }];
}

def SliceGradients : LathePass<"slice-gradients"> {
  let summary = "cuts sums over the batch into slices for many cores";
  let description = [{
    The gradient of a convolution's weights has as many tasks as its channels make
    blocks, which may be one. Where the machine that is planned for has more cores,
    each slice of the batch makes a gradient of its own, and a kernel adds them up
    in their order.

    ```mlir
    %dw = nn.conv2d_backward_weights %x, %dy {...} : (...) -> tensor<3x3x16x16xf32>
    ```
    ⇒
    ```mlir
    %0 = nn.conv2d_backward_weights %x, %dy {..., slices = 64 : i64} : (...) -> tensor<64x3x3x16x16xf32>
    %1 = nn.reshape %0 {shape = array<i64: 9, 256>} : (tensor<64x3x3x16x16xf32>) -> tensor<64x9x256xf32>
    %2 = nn.reduce %1 {function = "sum", axes = array<i64: 0>, keepdims = false} : (tensor<64x9x256xf32>) -> tensor<9x256xf32>
    %dw = nn.reshape %2 {shape = array<i64: 3, 16, 16>} : (tensor<9x256xf32>) -> tensor<3x3x16x16xf32>
    ```
  }];
}

def SetMachine : LathePass<"set-machine"> {
  let summary = "says which CPU the module is planned for";
  let description = [{
    The module's attribute `exec.machine` names the CPU, its instruction set, and
    what differs from the CPU's row in Machine.cpp. Passes that weigh one plan
    against another ask it.

    ```mlir
    module attributes {exec.machine = "znver4{isa=x86-64-v4, cores=8}"}
    ```
  }];
  let options = [
    Option<"machine", "machine", "std::string", "\"generic{isa=x86-64-v3}\"", "the CPU, its instruction set and the fields that differ">];
}

def PlanMemory : LathePass<"plan-memory"> {
  let summary = "gives every tensor its memory";
  let description = [{
    Variables get places in the regions `params` and `state`, in their order.
    Intermediate values get places in the arena, which two values share when they
    are never needed at the same time; reshapes share their operand's. What a
    step returns is written into memory of the caller; updates write over their
    variables. A training step gets room for what its guard keeps (Updates.h). The gradients of all parameters lie as the parameters do, so that
    updates of neighbours can be merged.

    The steps become `exec.func`s of `exec.call`s on `exec.slice`s.
  }];
}

def ComposeWarps : LathePass<"compose-warps"> {
  let summary = "one resampling for neighbouring warps";
  let description = [{
    An image that is turned and then enlarged is resampled once, by both transforms,
    where both say the same of what is between pixels and beyond the border. Flips
    go with any. What displaces each pixel by itself takes in what is before it. Inside the border the image is that of one after the other, but
    sharper.

    ```mlir
    nn.draw "rotation" {at = 0 : i64, ...}
    nn.draw "zoom" {at = 8 : i64, ...}
    %1 = nn.warp %0, %draws {at = 0 : i64, ...}
    %2 = nn.warp %1, %draws {at = 8 : i64, ...}
    ```
    ⇒
    ```mlir
    nn.draw "rotation" {at = 0 : i64, ...}
    nn.draw "zoom" {at = 0 : i64, ...}
    %2 = nn.warp %0, %draws {at = 0 : i64, ...}
    ```
  }];
}

def MergeUpdates : LathePass<"merge-updates"> {
  let summary = "one update kernel for neighbouring variables";
  let description = [{
    Two calls of one optimizer's kernel become one where their operands are
    neighbours in memory, each behind its like: padding between variables would
    be updated too, so only variables without any are merged.

    ```mlir
    exec.call @sgd_update_32 ins(%g0, %lr : ...) outs(%p0 : ...)   // params[0], 128 bytes
    exec.call @sgd_update_64 ins(%g1, %lr : ...) outs(%p1 : ...)   // params[128]
    ```
    ⇒
    ```mlir
    exec.call @sgd_update_96 ins(%g, %lr : ...) outs(%p : ...)     // params[0]
    ```
  }];
}

def VerifyStage : LathePass<"verify-stage"> {
  let summary = "checks what a stage promises";
  let description = [{
    `imported`: nn operations, shapes on inputs and parameters. `typed`: every
    value a ranked tensor, static except possibly the batch, of the shape that
    its layer's rule infers (shape_c1). `stepped`: the steps exist and no request is
    left. `planned`: exec operations only, kernels with schedules, all memory in
    its region, calls typed as their kernels, no two live tensors in one place.
    A failure names the pass to blame.
  }];
  let options = [
    Option<"stage", "stage", "std::string", "\"typed\"", "imported, typed, stepped or planned">];
}

#endif // LATHE_TRANSFORMS_PASSES
