//===- ExecBase.td - The exec dialect, its attributes ---------------------===//
#ifndef LATHE_EXEC_BASE
#define LATHE_EXEC_BASE

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Exec_Dialect : Dialect {
  let name = "exec";
  let cppNamespace = "::lathe::exec";
  let summary = "How a network runs: kernels, their schedules, memory, calls";
  let description = [{
    In the planned stage a module holds `exec.layout`, the `exec.variable`s with
    their places, one `exec.kernel` per distinct fused group, and one `exec.func`
    per step, which is a straight line of `exec.call`s on `exec.slice`s.

    On the way there, `exec.group` marks what is fused, and `exec.dispatch` calls
    a kernel on tensors before these have memory.
  }];
  let useDefaultAttributePrinterParser = 1;
}

def Exec_Region : I32EnumAttr<"Region", "which memory of the host", [
    I32EnumAttrCase<"Params", 0, "params">,
    I32EnumAttrCase<"State", 1, "state">,
    I32EnumAttrCase<"Arena", 2, "arena">,
    I32EnumAttrCase<"Prepared", 3, "prepared">]> {
  let cppNamespace = "::lathe::exec";
}

def Exec_ScheduleAttr : AttrDef<Exec_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "how a kernel computes";
  let description = [{
    A strategy and its parameters, as the kernel library names them.

    ```mlir
    #exec.schedule<direct {channel_vectors = 2, columns = 14}>
    ```
  }];
  let parameters = (ins StringRefParameter<"strategy">:$strategy,
                        "::mlir::DictionaryAttr":$parameters);
  let hasCustomAssemblyFormat = 1;
}

// What steps work on.
def Exec_Memory : MemRefOf<[F32, F64, I32, I64, UI8]>;
def Exec_Static : StaticShapeTensorOf<[F32, F64, I32, I64, UI8]>;
def Exec_Size : ConfinedAttr<I64Attr, [IntNonNegative]>;
// Places of images, labels and, where samples have weights, these.
def Exec_Stage : ConfinedAttr<DenseI64ArrayAttr, [DenseArrayMinCt<2>, DenseArrayMaxCt<3>]>;

class Exec_Op<string mnemonic, list<Trait> traits = []>
    : Op<Exec_Dialect, mnemonic, traits>;

#endif // LATHE_EXEC_BASE
