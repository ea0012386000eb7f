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
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerAttributes();";
}

// Operand and result types. Unranked tensors occur in the imported stage only.
def NN_Float : TensorOf<[F32]>;
// What is moved and combined whatever it means; truth values are 0 and 1.
def NN_Element : TensorOf<[F32, I32, I64, UI8]>;
def NN_Truth : TensorOf<[UI8]>;
def NN_Labels : TensorRankOf<[I32], [1, 2]>;
def NN_Argmax : 4DTensorOf<[UI8, I32]>;
// Of gradients, losses and updates, which are typed from the start.
def NN_StaticButForBatch : CPred<
    "::lathe::nn::isStaticButForBatch(::llvm::cast<::mlir::ShapedType>($_self))">;
class NN_Typed<list<int> ranks> : RankedTensorOf<[F32],
    [HasAnyRankOfPred<ranks>, NN_StaticButForBatch],
    !interleave(!foreach(rank, ranks, rank # "D"), "/") # " tensor, static but for the batch,">;
def NN_Ranked : RankedTensorOf<[F32], [NN_StaticButForBatch],
    "ranked tensor, static but for the batch,">;
def NN_Vector : NN_Typed<[1]>;
def NN_Matrix : NN_Typed<[2]>;
def NN_Cube : NN_Typed<[3]>;
def NN_Image : NN_Typed<[4]>;
// A parameter of a layer: its rank may not be known before shapes are inferred.
class NN_Parameter<int rank> : TensorOf<[F32], [
    CPred<"!::llvm::cast<::mlir::ShapedType>($_self).hasRank() || "
          "::llvm::cast<::mlir::ShapedType>($_self).getRank() == " # rank>],
    rank # "D or unranked tensor">;
def NN_ScalarFloat : 0DTensorOf<[F32]>;
def NN_Counter : 0DTensorOf<[I64]>;
def NN_Count : 0DTensorOf<[I32]>;

// Attributes with the values that they may have.
class NN_OneOf<list<string> names> : ConfinedAttr<StrAttr, [AttrConstraint<
    CPred<"::llvm::is_contained<::llvm::StringRef>({\"" #
          !interleave(names, "\", \"") #
          "\"}, ::llvm::cast<::mlir::StringAttr>($_self).getValue())">,
    "that is one of " # !interleave(names, ", ")>]>;
class NN_Number<string predicate, string summary> : ConfinedAttr<F64Attr, [AttrConstraint<
    CPred<"::lathe::nn::" # predicate # "(::llvm::cast<::mlir::FloatAttr>($_self).getValueAsDouble())">, summary>]>;
def NN_NotNegative : NN_Number<"isNotNegative", "of at least 0">;
def NN_Share : NN_Number<"isShare", "from 0 to 1">;
def NN_Fraction : NN_Number<"isFraction", "of at least 0 and less than 1">;
def NN_Positive : ConfinedAttr<I64Attr, [IntPositive]>;
// [height, width]
def NN_Pair : ConfinedAttr<DenseI64ArrayAttr, [
    DenseArrayCount<2>, DenseArrayStrictlyPositive<DenseI64ArrayAttr>]>;
def NN_PairFromZero : ConfinedAttr<DenseI64ArrayAttr, [
    DenseArrayCount<2>, DenseArrayNonNegative<DenseI64ArrayAttr>]>;
// [top, bottom, left, right]
def NN_Padding : ConfinedAttr<DenseI64ArrayAttr, [
    DenseArrayCount<4>, DenseArrayNonNegative<DenseI64ArrayAttr>]>;

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
// Applies a gradient, operand 1, to a parameter or to a sum of gradients, operand
// 0. From finite operands with a gradient below 2^gradientBound (Updates.h) it
// makes finite results.
def NN_AppliesGradient : NativeOpTrait<"AppliesGradient"> {
  let cppNamespace = "::lathe::nn";
}
// Of finite operands with known bounds the result has a known bound: what may
// stand between a gradient and its update in one kernel.
def NN_KeepsBounds : NativeOpTrait<"KeepsBounds"> {
  let cppNamespace = "::lathe::nn";
}
class NN_Op<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, traits>;
class NN_PureOp<string mnemonic, list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([Pure], traits)>;

// An operation that is typed from the start. Its verifier is its shape rule; the
// constraints are numbered in its description, and a message begins with the
// label, OP_cN.
class NN_TypedOp<string mnemonic, list<Trait> traits = []>
    : NN_PureOp<mnemonic, traits> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

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
