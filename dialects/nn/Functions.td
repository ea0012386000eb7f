//===- Functions.td - Functions of elements of any type -------------------===//
#ifndef LATHE_NN_FUNCTIONS
#define LATHE_NN_FUNCTIONS

include "dialects/nn/NNBase.td"

// Elementwise operations of inference: they have no gradient rule.
class NN_FunctionOp<string mnemonic, list<Trait> traits = []>
    : NN_PureOp<mnemonic, !listconcat([NN_Elementwise, NN_ShapeAgnostic,
        DeclareOpInterfaceMethods<ShapeInferenceOpInterface>], traits)> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_MathOp : NN_FunctionOp<"math", [SameOperandsAndResultElementType]> {
  let summary = "a function of one element";
  let description = [{
    y = f(x), where f is `function`: `abs`, `negate` and `sign` of any numbers;
    `not` of truth values; of floats `ceil`, `cos`, `erf`, `floor`, `log`,
    `reciprocal`, `round` (halves to even), `sin` and `sqrt`.

    - c1: x has elements that the function takes

    ```mlir
    %y = nn.math %x {function = "floor"} : (tensor<?x64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Element:$input, NN_OneOf<["abs", "ceil", "cos", "erf", "floor", "log",
    "negate", "not", "reciprocal", "round", "sign", "sin", "sqrt"]>:$function);
  let results = (outs NN_Element:$output);
  let hasVerifier = 1;
}

def NN_CombineOp : NN_FunctionOp<"combine"> {
  let summary = "a function of two elements";
  let description = [{
    y = a ∘ b, where ∘ is `function`: `divide` (of integers, towards zero),
    `power`, `remainder` (the sign of b), `and`, `or` and `xor`; b is broadcast
    as in NumPy. The exponent may have another type than the base.

    - c1: a and b have elements that the function takes, of one type but for an exponent

    ```mlir
    %y = nn.combine %a, %b {function = "divide"} : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Element:$lhs, NN_Element:$rhs,
    NN_OneOf<["and", "divide", "or", "power", "remainder", "xor"]>:$function);
  let results = (outs NN_Element:$output);
  let hasVerifier = 1;
}

def NN_CompareOp : NN_FunctionOp<"compare"> {
  let summary = "whether a comparison holds";
  let description = [{
    y = a ∘ b ? 1 : 0, where ∘ is `predicate`: `eq`, `ne`, `ge`, `gt`, `le` or
    `lt`; b is broadcast as in NumPy.

    - c1: a and b have one type of elements

    ```mlir
    %y = nn.compare %a, %b {predicate = "gt"} : (tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xui8>
    ```
  }];
  let arguments = (ins NN_Element:$lhs, NN_Element:$rhs,
    NN_OneOf<["eq", "ge", "gt", "le", "lt", "ne"]>:$predicate);
  let results = (outs NN_Truth:$output);
  let hasVerifier = 1;
}

def NN_SelectOp : NN_FunctionOp<"select"> {
  let summary = "one of two elements, as a third says";
  let description = [{
    y = c ? a : b, a and b broadcast to the shape of c.

    - c1: a and b have the elements of y

    ```mlir
    %y = nn.select %c, %a, %b : (tensor<?x64xui8>, tensor<?x64xf32>, tensor<f32>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Truth:$condition, NN_Element:$lhs, NN_Element:$rhs);
  let results = (outs NN_Element:$output);
  let hasVerifier = 1;
}

def NN_CastOp : NN_FunctionOp<"cast"> {
  let summary = "elements as another type";
  let description = [{
    Floats become integers towards zero, and truth values by being other than 0.

    - c1: y has elements of `element_type`

    ```mlir
    %y = nn.cast %x {element_type = f32} : (tensor<?x64xi64>) -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins NN_Element:$input, TypeAttr:$element_type);
  let results = (outs NN_Element:$output);
  let hasVerifier = 1;
}

#endif // LATHE_NN_FUNCTIONS
