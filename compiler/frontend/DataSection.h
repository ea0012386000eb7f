//===- DataSection.h - How data are read and split --------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_DATASECTION_H
#define LATHE_COMPILER_FRONTEND_DATASECTION_H

#include "compiler/frontend/Check.h"

namespace mlir {
class Builder;
class DictionaryAttr;
} // namespace mlir

namespace lathe::frontend {

extern const Argument dataSection;

/// Whether the parts of `data` fit together and with `fit`.
llvm::LogicalResult checkData(const Source &source, const Setting &model);

/// Whether the section holds samples out for validation.
bool holdsOutValidation(const Setting &model);

/// What `nn.recipe` keeps of the section, for whoever reads the data; null
/// where that is nothing. The classes' names are not in it.
mlir::DictionaryAttr dataAttributes(const Setting &model,
                                    mlir::Builder &builder);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_DATASECTION_H
