//===- NNBase.td - The nn dialect, its types and its op classes -----------===//
#ifndef LATHE_NN_BASE
#define LATHE_NN_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/nn/NNInterfaces.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::lathe::nn";
  let summary = "What a network computes: layers, losses, gradients, updates";
  let description = [{
    Operations on tensors with value semantics. Images are `[batch, height,
    width, channels]`, convolution weights `[height, width, in, out]`, dense
    weights `[in, out]`. Only the batch, the outermost dimension of an
    activation, may be dynamic.

    What persists between calls (parameters, optimizer slots, counters) are
    `nn.variable`s of the module, read by `nn.read` and written by `nn.assign`.

    Layers arrive from a frontend with unranked results; `infer-shapes` types
    them. Gradients and updates are typed from the start.
  }];
}

// Operand and result types. Unranked tensors occur in the imported stage only.
def NN_Float : TensorOf<[F32]>;
// What is moved and combined whatever it means; truth values are 0 and 1.
def NN_Element : TensorOf<[F32, I32, I64, UI8]>;
def NN_Truth : TensorOf<[UI8]>;
def NN_Labels : TensorOf<[I32]>;
def NN_Argmax : TensorOf<[UI8, I32]>;
def NN_ScalarFloat : 0DTensorOf<[F32]>;
def NN_Counter : 0DTensorOf<[I64]>;
def NN_Count : 0DTensorOf<[I32]>;

// Element i of the result depends on element i of each operand. Operands of
// fewer or smaller dimensions are broadcast as NumPy does: shapes are aligned at
// their last dimension, and an extent of 1 stands for any.
def NN_Elementwise : NativeOpTrait<"Elementwise"> {
  let cppNamespace = "::lathe::nn";
}
// Elementwise and blind to the shape: commutes with nn.reshape.
def NN_ShapeAgnostic : NativeOpTrait<"ShapeAgnostic"> {
  let cppNamespace = "::lathe::nn";
}
class NN_Op<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, traits>;
class NN_PureOp<string mnemonic, list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([Pure], traits)>;

// A layer's operation: shape rule and gradient rule.
class NN_LayerOp<string mnemonic, list<Trait> traits = []>
    : NN_PureOp<mnemonic, !listconcat([
        DeclareOpInterfaceMethods<ShapeInferenceOpInterface>,
        DeclareOpInterfaceMethods<DifferentiableOpInterface>], traits)>;

class NN_ElementwiseOp<string mnemonic, list<Trait> traits = []>
    : NN_PureOp<mnemonic, !listconcat([NN_Elementwise, NN_ShapeAgnostic], traits)> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

// An elementwise layer: its result has its first operand's type.
class NN_ElementwiseLayerOp<string mnemonic, list<Trait> traits = []>
    : NN_LayerOp<mnemonic, !listconcat([NN_Elementwise, NN_ShapeAgnostic], traits)> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif // LATHE_NN_BASE
