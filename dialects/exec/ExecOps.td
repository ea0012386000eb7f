//===- ExecOps.td - Kernels, memory, calls --------------------------------===//
#ifndef LATHE_EXEC_OPS
#define LATHE_EXEC_OPS

include "dialects/exec/ExecBase.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/CallInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===- Fusion -------------------------------------------------------------===//

def Exec_GroupOp : Exec_Op<"group", [IsolatedFromAbove,
    SingleBlockImplicitTerminator<"YieldOp">, RecursiveMemoryEffects]> {
  let summary = "operations that will be one kernel";
  let description = [{
    The region's arguments are the operands; what it yields are the results.
    `in_place[i]`, when not -1, is the operand whose memory result i takes.

    - c1: `in_place` is empty or has an entry for each result
    - c2: it names operands of the results' types, each at most once
    - c3: the region's arguments have the types of the operands
    - c4: what it yields has the types of the results

    ```mlir
    %y = exec.group (%a = %x, %b = %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32> {
      %0 = nn.dense %a, %b : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
      exec.yield %0 : tensor<?x2xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyTensor>:$inputs, DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$in_place);
  let results = (outs Variadic<AnyTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
}

def Exec_YieldOp : Exec_Op<"yield", [Pure, ReturnLike, Terminator,
    ParentOneOf<["GroupOp", "KernelOp"]>]> {
  let summary = "the results of a group or kernel";
  let description = [{
    ```mlir
    exec.yield %y : tensor<?x2xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyTensor>:$results);
  let assemblyFormat = "($results^ `:` type($results))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

def Exec_KernelOp : Exec_Op<"kernel", [IsolatedFromAbove, Symbol,
    SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "a fused group with its schedule: one function of machine code";
  let description = [{
    The region says what is computed, in `nn` operations; the schedule says how.

    - c1: `in_place` is empty or has an entry for each result
    - c2: it names arguments of the results' types, each at most once

    `samples` is the number of samples that the default schedule is made for, if
    calls have fewer than the batch.

    ```mlir
    exec.kernel @dense_4x2(%x: tensor<?x4xf32>, %w: tensor<4x2xf32>) schedule = #exec.schedule<gemm {rows = 4}> {
      %0 = nn.dense %x, %w : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
      exec.yield %0 : tensor<?x2xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<Exec_ScheduleAttr>:$schedule,
    DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$in_place,
    OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$samples);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
}

def Exec_DispatchOp : Exec_Op<"dispatch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a kernel applied to tensors that have no memory yet";
  let description = [{
    - c1: operands and results have the types of the kernel's, or are seen as them
      where these are vectors of as many elements

    ```mlir
    %y = exec.dispatch @dense_4x2(%x, %w) : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyTensor>:$inputs);
  let results = (outs Variadic<AnyTensor>:$outputs);
  let assemblyFormat = "$kernel `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs)";
}

//===- Memory and calls ---------------------------------------------------===//

def Exec_LayoutOp : Exec_Op<"layout"> {
  let summary = "the sizes of the host's memory, in bytes";
  let description = [{
    `batch` is the largest batch of a step. Predictions of more than `predict_batch`
    samples are made in parts of that size. The arenas end with room for batches
    that are copied together: `train_stage` and `evaluate_stage` are the places of
    their images, labels and, where samples have weights, these (in bytes from the
    start of either arena; -1 and no room where there is no training). Both also have
    room for what `prepare` computes, at `prepared_place`, for hosts that do not keep it.

    Where images are augmented, @augment has one image at a time, and each image of a
    batch `augment_slot` bytes from the train arena's start on: the arena of @augment
    and, at `augment_numbers`, what is drawn. All of a batch, they are at `augmented`.

    ```mlir
    exec.layout {params_size = 640 : i64, state_size = 128 : i64, train_arena_size = 8192 : i64,
      predict_arena_size = 1024 : i64, prepared_size = 64 : i64, prepared_place = 960 : i64,
      alignment = 64 : i64, batch = 32 : i64,
      train_stage = array<i64: 4096, 8064>, evaluate_stage = array<i64: 512, 960>}
    ```
  }];
  let arguments = (ins Exec_Size:$params_size, Exec_Size:$state_size, Exec_Size:$train_arena_size,
    Exec_Size:$predict_arena_size, Exec_Size:$prepared_size, Exec_Size:$prepared_place,
    IntValidAlignment<I64Attr>:$alignment, ConfinedAttr<I64Attr, [IntPositive]>:$batch,
    Exec_Stage:$train_stage, Exec_Stage:$evaluate_stage,
    OptionalAttr<Exec_Size>:$augment_slot, OptionalAttr<Exec_Size>:$augment_numbers,
    OptionalAttr<Exec_Size>:$augmented,
    OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$predict_batch);
  let assemblyFormat = "attr-dict";
}

def Exec_VariableOp : Exec_Op<"variable", [Symbol]> {
  let summary = "a variable with its place";
  let description = [{
    - c1: it lies in its region (a constraint of the planned stage)
    - c2: no two variables overlap (of the planned stage)
    - c3: `data` has its type

    ```mlir
    exec.variable @"dense/kernel" params[0] : tensor<4x2xf32> {initializer = "glorot_uniform"}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Exec_Region:$region, I64Attr:$offset,
    TypeAttrOf<Exec_Static>:$type, DefaultValuedAttr<StrAttr, "\"zeros\"">:$initializer,
    OptionalAttr<F64Attr>:$value, DefaultValuedAttr<BoolAttr, "true">:$trainable,
    OptionalAttr<ElementsAttr>:$data);
  let assemblyFormat = "$sym_name $region `[` $offset `]` `:` $type attr-dict";
  let hasVerifier = 1;
}

def Exec_FuncOp : Exec_Op<"func", [IsolatedFromAbove, Symbol, FunctionOpInterface]> {
  let summary = "a step of the model";
  let description = [{
    A straight line of calls. The arguments are memory of the caller; the dynamic
    extent of each is the step's batch.

    - c1: the arguments are memory, and nothing is returned

    ```mlir
    exec.func @predict(%images: memref<?x4xf32>, %probabilities: memref<?x2xf32>) {
      %w = exec.slice params[0] : memref<4x2xf32>
      exec.call @dense_4x2 ins(%images, %w : memref<?x4xf32>, memref<4x2xf32>) outs(%probabilities : memref<?x2xf32>)
      exec.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
    OptionalAttr<DictArrayAttr>:$arg_attrs, OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
  }];
}

def Exec_ReturnOp : Exec_Op<"return", [Pure, Terminator, HasParent<"FuncOp">]> {
  let summary = "the end of a step";
  let description = [{
    ```mlir
    exec.return
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Exec_SliceOp : Exec_Op<"slice", [Pure]> {
  let summary = "a tensor's memory: a place in a region of the host's";
  let description = [{
    `offset` counts bytes; a dynamic batch has room for the layout's `batch`.

    - c1: it lies in its region (a constraint of the planned stage)
    - c2: only the batch is dynamic

    ```mlir
    %0 = exec.slice arena[4096] : memref<?x26x26x32xf32>
    ```
  }];
  let arguments = (ins Exec_Region:$region, I64Attr:$offset);
  let results = (outs Exec_Memory:$result);
  let assemblyFormat = "$region `[` $offset `]` attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Exec_CallOp : Exec_Op<"call", [AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs a kernel";
  let description = [{
    Inputs that are overwritten are among the outputs only.

    Constraints of the planned stage:
    - c1: it has the inputs of its kernel that are not overwritten, and its results
    - c2: they have the kernel's types
    - c3: its results overlap neither its inputs nor each other
    - c4: what it reads was computed, and nothing has been written over it

    ```mlir
    exec.call @dense_4x2 ins(%x, %w : memref<?x4xf32>, memref<4x2xf32>) outs(%y : memref<?x2xf32>)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Exec_Memory>:$inputs, Variadic<Exec_Memory>:$outputs);
  let assemblyFormat = "$kernel (`ins` `(` $inputs^ `:` type($inputs) `)`)? `outs` `(` $outputs `:` type($outputs) `)` attr-dict";
}

#endif // LATHE_EXEC_OPS
