//===- ModelTables.h - What an artifact says of itself ----------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_MODELTABLES_H
#define LATHE_COMPILER_CODEGEN_MODELTABLES_H

#include "dialects/exec/ExecDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lathe {

/// A constant of C: a number, a string, the address of a symbol, or a struct or
/// array of constants. One description that both the object and the C++ emitter
/// print.
struct Constant {
  struct String {
    std::optional<std::string> text; ///< null pointer when absent
  };
  struct Address {
    std::string symbol; ///< empty: null
  };
  using Fields = std::vector<Constant>;
  std::variant<int32_t, int64_t, float, double, String, Address, Fields> value;
};

/// An array of the artifact. The elements are the module's: there may be more
/// than the memory holds twice.
struct InitialData {
  std::string symbol;
  int32_t dtype; ///< lathe_dtype
  mlir::ElementsAttr elements;
  int64_t bytes() const;
  /// The elements one after the other, whatever the order that they are held
  /// in.
  void write(llvm::raw_ostream &os) const;
};

/// The tables of an artifact, in the terms of runtime/artifact.h and
/// runtime/embedded/internal.h.
struct ModelTables {
  std::string name;
  std::vector<Constant::Fields> tensors; ///< lathe_tensor each
  std::vector<Constant::Fields> kernels; ///< lathe_kernel each
  std::vector<std::string> classNames;
  std::vector<Constant::Fields> inputs, outputs; ///< lathe_port each
  std::vector<Constant::Fields> bounds, kept;    ///< of the guard
  std::vector<Constant::Fields> draws, mixes;    ///< of augmentation
  std::vector<Constant::Fields> measured;        ///< by @adapt, lathe_kept each
  std::vector<Constant::Fields> whitenings;      ///< lathe_whitening each
  std::vector<InitialData> data;                 ///< what tensors begin with
  bool trains = false;        ///< there are NAME_train_step, _evaluate, _fit
  bool augments = false;      ///< there is NAME_augment
  bool mixesImages = false;   ///< there is NAME_mix
  bool adapts = false;        ///< there are NAME_adapt, NAME_is_adapted
  bool predicts = false;      ///< there is NAME_predict
  bool sampleWeights = false; ///< there is a NAME_train_step_weighted
  Constant::Fields model;     ///< lathe_model
  Constant::Fields layout;    ///< lathe_layout
};

/// Symbols of the arrays that lathe_model points to.
std::string tensorsSymbol(const ModelTables &tables);
std::string kernelsSymbol(const ModelTables &tables);
std::string classNamesSymbol(const ModelTables &tables);
std::string inputsSymbol(const ModelTables &tables);
std::string outputsSymbol(const ModelTables &tables);
/// And those that lathe_layout points to; there are none where they are empty.
std::string boundsSymbol(const ModelTables &tables);
std::string drawsSymbol(const ModelTables &tables);
std::string mixesSymbol(const ModelTables &tables);
std::string keptSymbol(const ModelTables &tables);
std::string measuredSymbol(const ModelTables &tables);
std::string whiteningsSymbol(const ModelTables &tables);

/// An argument of @predict as a host sees it.
struct ModelPort {
  std::string name;
  int32_t dtype;                    ///< lathe_dtype
  llvm::SmallVector<int64_t> shape; ///< of a sample
};
ModelPort describePort(exec::FuncOp predict, unsigned number);

/// What NAME_predict reads and writes of a sample.
struct SampleShapes {
  bool plain; ///< one input and one output of floats: there is NAME_predict
  llvm::SmallVector<int64_t> input; ///< of the first; empty beyond rank 4
  int64_t outputs;                  ///< elements of the first output
};
SampleShapes sampleShapes(exec::FuncOp predict);

/// `stackSize`: bytes, what the artifact says that a thread needs.
ModelTables describeModel(mlir::ModuleOp planned, llvm::StringRef target,
                          int64_t stackSize);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_MODELTABLES_H
