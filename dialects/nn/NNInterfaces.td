//===- NNInterfaces.td - What passes may ask of an nn operation -----------===//
#ifndef LATHE_NN_INTERFACES
#define LATHE_NN_INTERFACES

include "mlir/IR/OpBase.td"

def ShapeInferenceOpInterface : OpInterface<"ShapeInferenceOpInterface"> {
  let cppNamespace = "::lathe::nn";
  let description = [{Types an operation from its operands' types.}];
  let methods = [InterfaceMethod<[{
      Sets the types of the results from those of the operands, completes the
      types of the parameters it reads, and turns automatic attributes (padding)
      into explicit ones. The operands' types are ranked; their extents are
      static but for the batch. A user's mistake is a diagnostic at the layer, or
      at the layer's argument that causes it.
    }], "::llvm::LogicalResult", "inferShapes">];
}

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::lathe::nn";
  let description = [{The gradient rule of an operation.}];
  let methods = [InterfaceMethod<[{
      Builds the gradients of the loss with respect to each operand, given those
      with respect to each result; null where a result does not influence the
      loss. Returns one value per operand; null for an operand that cannot have a
      gradient, such as labels. Gradients nobody needs are left to dead code
      elimination.
    }], "::llvm::SmallVector<::mlir::Value>", "buildGradients",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$resultGradients)>];
}

def ModeOpInterface : OpInterface<"ModeOpInterface"> {
  let cppNamespace = "::lathe::nn";
  let description = [{
    Operations that do one thing in training and another in inference. The layer
    as imported stands for both; `derive-steps` picks.
  }];
  let methods = [
    InterfaceMethod<"Replaces the operation by what it does in inference.",
      "void", "toInference", (ins "::mlir::RewriterBase &":$rewriter), "", [{ (void)$_op; }]>,
    InterfaceMethod<"Replaces the operation by what it does in training, such that its gradient exists.",
      "void", "toTraining", (ins "::mlir::RewriterBase &":$rewriter), "", [{ (void)$_op; }]>];
}

def AdaptOpInterface : OpInterface<"AdaptOpInterface"> {
  let cppNamespace = "::lathe::nn";
  let description = [{
    Layers that measure the training data before the first step. Their parameters,
    the operands behind the first, are variables that no gradient changes; the
    last counts the samples.
  }];
  let methods = [InterfaceMethod<[{
      Builds what takes a batch into the measurement and assigns it to the
      parameters, before the operation.
    }], "void", "measure", (ins "::mlir::RewriterBase &":$rewriter)>];
}

def DecomposableOpInterface : OpInterface<"DecomposableOpInterface"> {
  let cppNamespace = "::lathe::nn";
  let description = [{
    Operations that stand for others: layers in another's clothes, and steps that
    must stay whole until their gradient is taken.
  }];
  let methods = [InterfaceMethod<[{
      Replaces the typed operation by those it stands for.
    }], "void", "decompose", (ins "::mlir::RewriterBase &":$rewriter)>];
}

def InPlaceOpInterface : OpInterface<"InPlaceOpInterface"> {
  let cppNamespace = "::lathe::nn";
  let description = [{
    Operations whose results are written over operands. in_place_c1: each result
    has the type of the operand that it is written over.
  }];
  let verify = [{ return ::lathe::nn::verifyInPlace($_op); }];
  let methods = [InterfaceMethod<[{
      The number of the operand whose memory the given result takes.
    }], "unsigned", "getInPlaceOperand", (ins "unsigned":$result)>];
}

#endif // LATHE_NN_INTERFACES
