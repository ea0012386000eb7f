//===- Elementwise.td - Activations, scaling, dropout, reshaping ----------===//
#ifndef LATHE_NN_ELEMENTWISE
#define LATHE_NN_ELEMENTWISE

include "dialects/nn/NNBase.td"

class NN_ElementwiseOp<string mnemonic, list<Trait> traits = []>
    : NN_PureOp<mnemonic, !listconcat([NN_Elementwise, NN_ShapeAgnostic], traits)> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

// An elementwise layer: its result has its first operand's type.
class NN_ActivationOp<string mnemonic, list<Trait> traits = []>
    : NN_LayerOp<mnemonic, !listconcat([NN_Elementwise, NN_ShapeAgnostic], traits)> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_ReluOp : NN_ActivationOp<"relu"> {
  let summary = "rectified linear unit";
  let description = [{
    y = max(x, 0).

    ```mlir
    %y = nn.relu %x : (tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input);
  let results = (outs NN_Float:$output);
}

def NN_ReluBackwardOp : NN_ElementwiseOp<"relu_backward"> {
  let summary = "gradient of relu, from relu's result";
  let description = [{
    dx = y > 0 ? dy : 0.

    ```mlir
    %dx = nn.relu_backward %dy, %y : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$gradient, NN_Float:$output);
  let results = (outs NN_Float:$input_gradient);
  let hasCanonicalizeMethod = 1;
}

def NN_AddOp : NN_ActivationOp<"add"> {
  let summary = "sum of two tensors of one shape";
  let description = [{
    y = a + b.

    ```mlir
    %y = nn.add %a, %b : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$lhs, NN_Float:$rhs);
  let results = (outs NN_Float:$output);
}

def NN_ScaleOp : NN_ActivationOp<"scale"> {
  let summary = "affine map with two constants";
  let description = [{
    y = scale · x + offset.

    ```mlir
    %y = nn.scale %x {scale = 3.9e-3 : f64, offset = 0.0 : f64} : (tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, F64Attr:$scale, F64Attr:$offset);
  let results = (outs NN_Float:$output);
  let hasFolder = 1;
}

def NN_DropoutOp : NN_ActivationOp<"dropout", [
    DeclareOpInterfaceMethods<ModeOpInterface, ["toInference"]>]> {
  let summary = "drops elements at random in training";
  let description = [{
    y = keep ? x / (1 - rate) : 0. `keep` is a function of seed, iteration, key
    and the element's number alone, so that the gradient is the same operation on
    dy. Inference passes x through.

    ```mlir
    %y = nn.dropout %x, %iteration, %seed {rate = 0.3 : f64, key = 1 : i64}
      : (tensor<?x64xf32>, tensor<i64>, tensor<i64>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Counter:$iteration, NN_Counter:$seed,
    F64Attr:$rate, I64Attr:$key);
  let results = (outs NN_Float:$output);
  let hasFolder = 1;
}

def NN_ReshapeOp : NN_LayerOp<"reshape"> {
  let summary = "the same elements, row by row, in another shape";
  let description = [{
    The batch stays the outermost dimension. `shape` is the shape without it, -1
    standing for one extent that follows from the others. Costs nothing when the
    model runs.

    ```mlir
    %y = nn.reshape %x {shape = array<i64: 576>} : (tensor<?x3x3x64xf32>) -> tensor<?x576xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, DenseI64ArrayAttr:$shape);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::mlir::RankedTensorType":$type), [{
    build($_builder, $_state, type, input,
          $_builder.getDenseI64ArrayAttr(type.getShape().drop_front()));
  }]>];
}

#endif // LATHE_NN_ELEMENTWISE
