//===- Checker.h - Sections, entries and layers against their tables ------===//
#ifndef LATHE_COMPILER_FRONTEND_CHECKER_H
#define LATHE_COMPILER_FRONTEND_CHECKER_H

#include "compiler/frontend/Blocks.h"
#include "compiler/frontend/Check.h"

namespace lathe::frontend {

/// Checks a tree. After a mistake, it goes on with everything that does not
/// depend on it, and marks the setting as bad.
class Checker {
public:
  Checker(const Source &source, const Node &model)
      : source(source), model(model), blocks(source) {}

  /// The `noun`s of `owner` that stand in `map`: each is known, and those that
  /// are required are there. `to.place` is the owner's place.
  llvm::LogicalResult
  checkMembers(const Node &map, llvm::ArrayRef<llvm::ArrayRef<Argument>> tables,
               llvm::StringRef noun, llvm::StringRef owner, Setting &to);

private:
  // Arguments (CheckMembers.cpp):
  llvm::LogicalResult check(const Node &node, Setting &to);
  llvm::LogicalResult checkKind(const Node &node, Setting &to);
  llvm::LogicalResult checkFallback(Setting &to,
                                    const std::vector<Setting> &before);
  llvm::LogicalResult
  checkKeys(const Node &map, llvm::ArrayRef<llvm::ArrayRef<Argument>> tables,
            llvm::StringRef noun, llvm::StringRef owner,
            llvm::SmallVectorImpl<llvm::StringRef> &excused);

  // Sections and entries (Check.cpp):
  llvm::LogicalResult checkSection(const Node &node, Setting &to);
  llvm::LogicalResult checkColumn(const Node &node, Setting &to);
  llvm::LogicalResult checkEntries(const Node &node, Setting &to);
  llvm::LogicalResult checkEntry(const Node &node, const Family &family,
                                 Setting &to);
  llvm::LogicalResult checkForm(const Node &node, const Family &family,
                                llvm::StringRef name, llvm::StringRef example,
                                bool inList);
  llvm::LogicalResult checkRate(const Node &node, Setting &to);
  llvm::LogicalResult checkArguments(const Node &map, const Family &family,
                                     Setting &to);
  llvm::LogicalResult unknownRow(const Family &family, llvm::StringRef name,
                                 Place place);

  // Arguments by position (Positions.cpp):
  llvm::LogicalResult checkPositions(const Node &node, const Family &family,
                                     Setting &to);

  // Layers and blocks (CheckLayers.cpp):
  llvm::LogicalResult checkLayers(const Node &list, const Scope *scope,
                                  std::vector<Setting> &to);
  llvm::LogicalResult checkLayer(const Node &item, const Scope *scope,
                                 Setting &to);
  llvm::LogicalResult checkUse(const Node &item, const Block &block,
                               const Scope *scope, Setting &to);
  void keepNames(const Node &item, Setting &to);

  const Source &source;
  const Node &model;
  Blocks blocks;
};

/// A mapping of arguments that stood by position to these names, as many as
/// there are: `value` is the first, or where `isEach` a list of them.
Node nameArguments(const Node &value, bool isEach,
                   llvm::ArrayRef<llvm::StringRef> names);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_CHECKER_H
