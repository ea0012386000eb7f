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
  /// Of an entry, of a Rate that is one; null for a block's use.
  const Row *row = nullptr;
  /// Where the value stands, an entry's name; for what is not written, the
  /// place of what should hold it.
  Place place;
  /// False for a default value, and for an argument without one that is not
  /// there.
  bool written = false;
  /// A mistake in it has been reported: nothing but a layer's name and inputs,
  /// and members that are not bad themselves, may be relied on.
  bool bad = false;

  int64_t integer = 0; ///< Integer
  double number = 0;   ///< Number, Split, Rate
  bool flag = false;   ///< Flag
  /// Choice, Name, item; a Split's kind; a Padding that is no Border; Weights
  /// that are a choice; a Column that is a name.
  std::string text;
  /// Pair, Sides and Border (all given), Extents, Integers; Weights' classes.
  llvm::SmallVector<int64_t, 4> extents;
  llvm::SmallVector<double, 4> numbers; ///< Numbers, PerChannel, Weights
  /// Arguments of a section or entry, in the table's order; items of a list.
  std::vector<Setting> members;
  /// Of a block's use: the layers of its body, once for each repetition. The
  /// block's name is the text.
  std::vector<std::vector<Setting>> repetitions;
  /// A layer or use whose `if` is false; only its name and inputs are known.
  bool skipped = false;

  /// The named argument of a section or entry; null if its table has none.
  const Setting *find(llvm::StringRef name) const;
  const Setting &operator[](llvm::StringRef name) const;
};

/// The setting at the end of a path of names; null where a mistake leaves it
/// unknown.
const Setting *known(const Setting &model,
                     llvm::ArrayRef<llvm::StringRef> path);

/// Checks a whole model description into a section. After a mistake, what does
/// not depend on it is there nevertheless.
llvm::LogicalResult checkModel(const Source &source, const Node &tree,
                               Setting &model);

/// Checks a whole recipe that trains a graph.
llvm::LogicalResult checkGraphRecipe(const Source &source, const Node &tree,
                                     Setting &recipe);

/// Checks a value whose type has no arguments inside. `to.argument` says what
/// it should be; `to.place` is already set.
llvm::LogicalResult checkValue(const Source &source, const Node &node,
                               Setting &to);

/// Reports a value of the wrong type: "units must be an integer, but is 'x'".
llvm::LogicalResult wrongType(const Source &source, const Node &node,
                              llvm::StringRef name, const llvm::Twine &wanted);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_CHECK_H
