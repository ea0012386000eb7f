//===- Module.td - Recipe, variables, and the requests of a training step -===//
#ifndef LATHE_NN_MODULE
#define LATHE_NN_MODULE

include "dialects/nn/NNBase.td"

def NN_Sampling : NN_OneOf<["oversample", "undersample", "weighted"]>;

def NN_RecipeOp : NN_Op<"recipe", [Symbol]> {
  let summary = "the model's name and how it is trained";
  let description = [{
    One per module. `optimizer` holds the optimizer's `name` and its arguments
    under Keras's names, `loss_arguments` those of the loss, `schedule` those of the
    learning rate's schedule;
    `validation_split` a `kind` (`first`, `last`, `fraction`) and a `value`;
    `validation_data` a place of data of their own;
    `class_weight` the factors of the first classes' losses in training, 1 for those
    after them; `sample_weight` says that each sample has a factor of its own, which
    `balance_classes` makes fit compute; `sampling` says which samples an epoch has;
    `data` how data are read and split; `metrics`
    names what is reported besides the loss; `early_stopping`, `checkpoint` and
    `reduce_lr_on_plateau` the arguments of the callbacks, absent when the recipe does
    not have them.

    ```mlir
    nn.recipe @mnist {loss = "categorical_crossentropy", batch_size = 32 : i64,
      epochs = 10 : i64, optimizer = {name = "sgd", learning_rate = 1.0e-2 : f64}}
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    StrAttr:$loss,
    OptionalAttr<DictionaryAttr>:$loss_arguments,
    DictionaryAttr:$optimizer,
    NN_Positive:$batch_size,
    ConfinedAttr<I64Attr, [IntNonNegative]>:$epochs,
    DefaultValuedAttr<BoolAttr, "true">:$shuffle,
    OptionalAttr<DictionaryAttr>:$schedule,
    OptionalAttr<DictionaryAttr>:$validation_split,
    OptionalAttr<StrAttr>:$validation_data,
    OptionalAttr<DenseF64ArrayAttr>:$class_weight,
    UnitAttr:$sample_weight,
    UnitAttr:$balance_classes,
    OptionalAttr<NN_Sampling>:$sampling,
    OptionalAttr<StrArrayAttr>:$metrics,
    OptionalAttr<DictionaryAttr>:$early_stopping,
    OptionalAttr<DictionaryAttr>:$checkpoint,
    OptionalAttr<DictionaryAttr>:$reduce_lr_on_plateau,
    OptionalAttr<DictionaryAttr>:$data,
    OptionalAttr<StrArrayAttr>:$class_names);
  let assemblyFormat = "$sym_name attr-dict";
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "::llvm::StringRef":$loss,
      "::mlir::DictionaryAttr":$optimizer, "int64_t":$batchSize, "int64_t":$epochs), [{
    $_state.getOrAddProperties<Properties>().sym_name = $_builder.getStringAttr(name);
    $_state.getOrAddProperties<Properties>().loss = $_builder.getStringAttr(loss);
    $_state.getOrAddProperties<Properties>().optimizer = optimizer;
    $_state.getOrAddProperties<Properties>().batch_size = $_builder.getI64IntegerAttr(batchSize);
    $_state.getOrAddProperties<Properties>().epochs = $_builder.getI64IntegerAttr(epochs);
  }]>];
}

def NN_ModelOp : NN_Op<"model", [Symbol]> {
  let summary = "the name of a model that is only run";
  let description = [{
    One per module that has no `nn.recipe`. `batch` is the largest batch of a step.

    ```mlir
    nn.model @mnist {batch = 1 : i64}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, NN_Positive:$batch);
  let assemblyFormat = "$sym_name attr-dict";
}

def NN_VariableKind : I32EnumAttr<"VariableKind", "what a variable is for", [
    I32EnumAttrCase<"Parameter", 0, "parameter">,
    I32EnumAttrCase<"State", 1, "state">,
    I32EnumAttrCase<"Prepared", 2, "prepared">]> {
  let cppNamespace = "::lathe::nn";
}

def NN_Initializer : NN_OneOf<["constant", "data", "glorot_normal", "glorot_uniform",
    "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "ones", "orthogonal",
    "random_normal", "random_uniform", "truncated_normal", "zeros"]>;

def NN_VariableOp : NN_Op<"variable", [Symbol]> {
  let summary = "a tensor that persists between calls";
  let description = [{
    A parameter of the network, state of its training (optimizer slots, counters),
    or what inference `prepared` of parameters alone. A parameter that is not `trainable` (a moving average, a frozen
    weight) has no gradient; `learning_rate_multiplier` scales the optimizer's
    steps, `l1` and `l2` add l1·Σ|w| + l2·Σw² to the loss.

    `initializer` is Keras's name of how it begins, the fans counted as there:

    | initializer | values |
    |---|---|
    | `zeros`, `ones`, `constant` | 0, 1, `value` |
    | `random_uniform` | uniform in ±`value` |
    | `random_normal` | normal, standard deviation `value` |
    | `truncated_normal` | the same, within two of them |
    | `glorot_uniform`, `glorot_normal` | variance 2/(fan_in + fan_out) (Glorot and Bengio, 2010) |
    | `he_uniform`, `he_normal` | variance 2/fan_in (He et al., 2015) |
    | `lecun_uniform`, `lecun_normal` | variance 1/fan_in (LeCun et al., 1998) |
    | `orthogonal` | an orthogonal matrix times `value` (Saxe et al., 2014) |
    | `data` | those of `data`, in the order of the tensor |

    The normal ones with a variance are truncated.

    - c1: there is `data` where the initializer says so, of the variable's type

    ```mlir
    nn.variable parameter @"conv2d/kernel" : tensor<3x3x1x32xf32> {initializer = "glorot_uniform"}
    ```
  }];
  let arguments = (ins
    NN_VariableKind:$kind,
    SymbolNameAttr:$sym_name,
    TypeAttrOf<AnyTensor>:$type,
    DefaultValuedAttr<NN_Initializer, "\"zeros\"">:$initializer,
    OptionalAttr<F64Attr>:$value,
    DefaultValuedAttr<BoolAttr, "true">:$trainable,
    OptionalAttr<NN_NotNegative>:$learning_rate_multiplier,
    OptionalAttr<NN_NotNegative>:$l1, OptionalAttr<NN_NotNegative>:$l2,
    OptionalAttr<ElementsAttr>:$data);
  let assemblyFormat = "$kind $sym_name `:` $type attr-dict";
  let builders = [OpBuilder<(ins "VariableKind":$kind, "::llvm::StringRef":$name,
      "::mlir::TensorType":$type, CArg<"::llvm::StringRef", "\"zeros\"">:$initializer,
      CArg<"::mlir::FloatAttr", "{}">:$value), [{
    build($_builder, $_state, kind, name, type, initializer, value,
          /*trainable=*/true, nullptr, nullptr, nullptr, /*data=*/nullptr);
  }]>];
  let hasVerifier = 1;
}

def NN_ReadOp : NN_Op<"read", [MemoryEffects<[MemRead]>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the value of a variable";
  let description = [{
    ```mlir
    %w = nn.read @"conv2d/kernel" : tensor<3x3x1x32xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$variable);
  let results = (outs AnyTensor:$result);
  let assemblyFormat = "$variable attr-dict `:` type($result)";
}

def NN_AssignOp : NN_Op<"assign", [MemoryEffects<[MemWrite]>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "gives a variable a new value";
  let description = [{
    ```mlir
    nn.assign @"conv2d/kernel", %updated : tensor<3x3x1x32xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$variable, AnyTensor:$value);
  let assemblyFormat = "$variable `,` $value attr-dict `:` type($value)";
}

def NN_ConstantOp : NN_PureOp<"constant", [ConstantLike, NN_Elementwise, AllTypesMatch<["value", "result"]>]> {
  let summary = "a constant tensor";
  let description = [{
    ```mlir
    %one = nn.constant dense<1.0> : tensor<f32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs AnyTensor:$result);
  let assemblyFormat = "attr-dict $value";
  let builders = [OpBuilder<(ins "::mlir::ElementsAttr":$value), [{
    build($_builder, $_state, value.getShapedType(), value);
  }]>];
  let hasFolder = 1;
}

def NN_GradientOp : NN_PureOp<"gradient"> {
  let summary = "a request: the gradients of a scalar loss";
  let description = [{
    Stands for ∂loss/∂v for each v of `of`; `differentiate` replaces it by the
    operations that compute them.

    ```mlir
    %dw, %db = nn.gradient %loss of %w, %b
      : (tensor<f32>, tensor<9x4xf32>, tensor<4xf32>) -> (tensor<9x4xf32>, tensor<4xf32>)
    ```
  }];
  let arguments = (ins NN_ScalarFloat:$loss, Variadic<NN_Float>:$of);
  let results = (outs Variadic<NN_Float>:$gradients);
  let assemblyFormat = "$loss `of` $of attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = [{}];
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "::mlir::Value":$loss, "::mlir::ValueRange":$of), [{
    build($_builder, $_state, of.getTypes(), loss, of);
  }]>];
}

def NN_ApplyGradientOp : NN_Op<"apply_gradient", [MemoryEffects<[MemWrite]>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a request: one optimizer step on a parameter";
  let description = [{
    `append-optimizer` replaces it by the update operation of the recipe's
    optimizer and creates the slots that it needs.

    ```mlir
    nn.apply_gradient @"conv2d/kernel", %dw : tensor<3x3x1x32xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$variable, NN_Float:$gradient);
  let assemblyFormat = "$variable `,` $gradient attr-dict `:` type($gradient)";
}

#endif // LATHE_NN_MODULE
