//===- Check.h - The YAML tree against the language -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_CHECK_H
#define LATHE_COMPILER_FRONTEND_CHECK_H

#include "compiler/frontend/Language.h"
#include "compiler/frontend/Source.h"
#include "llvm/ADT/SmallVector.h"
#include <string>
#include <vector>

namespace lathe::frontend {

struct Node;

/// An argument's checked value. Which members hold it follows from the type.
struct Setting {
  const Argument *argument = nullptr; ///< null for an item of a list
  const Row *row = nullptr;           ///< of an entry, of a Rate that is one
  /// Where the value stands, an entry's name; for what is not written, the
  /// place of what should hold it.
  Place place = nullptr;
  /// False for a default value, and for an argument without one that is not
  /// there.
  bool written = false;

  int64_t integer = 0;                   ///< Integer
  double number = 0;                     ///< Number, Split, Rate
  bool flag = false;                     ///< Flag
  std::string text;                      ///< Choice, Name, item; Split's kind
  llvm::SmallVector<int64_t, 4> extents; ///< Pair (both given), Extents, Integers
  llvm::SmallVector<double, 4> numbers; ///< Numbers
  /// Arguments of a section or entry, in the table's order; items of a list.
  std::vector<Setting> members;

  /// The named argument of a section or entry.
  const Setting &operator[](llvm::StringRef name) const;
};

/// Checks a whole model description into a section.
llvm::LogicalResult checkModel(const Source &source, const Node &tree,
                               Setting &model);

/// Checks a value whose type has no arguments inside. `to.argument` says what
/// it should be; `to.place` is already set.
llvm::LogicalResult checkValue(const Source &source, const Node &node,
                               Setting &to);

/// Reports a value of the wrong type: "units must be an integer, but is 'x'".
llvm::LogicalResult wrongType(const Source &source, const Node &node,
                              llvm::StringRef name, const llvm::Twine &wanted);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_CHECK_H
