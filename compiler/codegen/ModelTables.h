//===- ModelTables.h - What an artifact says of itself ----------*- C++ -*-===//
#ifndef LATHE_COMPILER_CODEGEN_MODELTABLES_H
#define LATHE_COMPILER_CODEGEN_MODELTABLES_H

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

/// The tables of an artifact, in the terms of runtime/artifact.h and
/// runtime/embedded/internal.h.
struct ModelTables {
  std::string name;
  std::vector<Constant::Fields> tensors; ///< lathe_tensor each
  std::vector<Constant::Fields> kernels; ///< lathe_kernel each
  std::vector<std::string> classNames;
  bool sampleWeights = false; ///< there is a NAME_train_step_weighted
  Constant::Fields model;     ///< lathe_model
  Constant::Fields layout;    ///< lathe_layout
};

/// Symbols of the arrays that lathe_model points to.
std::string tensorsSymbol(const ModelTables &tables);
std::string kernelsSymbol(const ModelTables &tables);
std::string classNamesSymbol(const ModelTables &tables);

ModelTables describeModel(mlir::ModuleOp planned, llvm::StringRef target);

} // namespace lathe

#endif // LATHE_COMPILER_CODEGEN_MODELTABLES_H
