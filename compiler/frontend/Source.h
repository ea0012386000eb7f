//===- Source.h - The model file, its places, its errors --------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_SOURCE_H
#define LATHE_COMPILER_FRONTEND_SOURCE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/LogicalResult.h"
#include <deque>
#include <string>
#include <vector>

namespace llvm {
class SourceMgr;
}
namespace mlir {
class Location;
class MLIRContext;
} // namespace mlir

namespace lathe::frontend {

struct Use;

/// A place in the model file: a pointer into its text, or at its end. What
/// stands in a block's body is there once for each use of the block.
struct Place {
  Place(const char *at = nullptr, const Use *use = nullptr)
      : at(at), use(use) {}

  const char *at;
  const Use *use;
};

/// Where a block is used.
struct Use {
  Place place;
};

/// The text of a model file. Turns places into locations and mistakes into
/// diagnostics of the context. Mistakes are collected, so that one run shows
/// them all, and reported in the file's order at the end.
class Source {
public:
  Source(const llvm::SourceMgr &manager, mlir::MLIRContext &context);
  Source(const Source &) = delete;
  Source &operator=(const Source &) = delete;
  ~Source() { report(); }

  llvm::StringRef text() const { return content; }
  /// In a block's body, a call site: the diagnostic's notes tell the uses.
  mlir::Location locate(Place place) const;

  /// A mistake, with the advice of a note elsewhere if there is one. Always
  /// failure, so that a check can return it.
  llvm::LogicalResult error(Place place, const llvm::Twine &message,
                            Place notePlace = {},
                            const llvm::Twine &note = "") const;

  /// Reports the mistakes so far, but no more than can be read. The same
  /// mistake in several uses of a block is one.
  void report() const;

  /// How many mistakes wait to be reported; an attempt that failed forgets its
  /// own.
  size_t mistakeCount() const { return mistakes.size(); }
  void forgetMistakes(size_t from) const { mistakes.resize(from); }

  /// Remembers a use of a block for as long as there are places.
  const Use *addUse(Place place) const { return &uses.emplace_back(place); }

private:
  struct Mistake {
    Place place;
    std::string message;
    Place notePlace;
    std::string note;
  };

  mlir::MLIRContext &context;
  llvm::StringRef name, content;
  std::vector<const char *> lines; ///< where each line begins
  mutable std::deque<Use> uses;
  mutable std::vector<Mistake> mistakes;
};

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_SOURCE_H
