//===- Suggest.cpp - Advice after a word nobody knows
//----------------------===//
#include "compiler/frontend/Suggest.h"
#include "llvm/ADT/StringExtras.h"

using llvm::StringRef;

std::string lathe::frontend::suggest(StringRef written,
                                     llvm::ArrayRef<StringRef> candidates) {
  StringRef closest;
  unsigned bound = std::max<unsigned>(1, written.size() / 3) + 1;
  for (StringRef candidate : candidates) {
    // The distance costs time in the product of both lengths.
    if (written.size() > candidate.size() + bound || written.size() > 64)
      continue;
    // Case alone is no difference: it is the commonest mistake.
    unsigned distance = written.edit_distance_insensitive(candidate);
    if (distance < bound) {
      bound = distance;
      closest = candidate;
    }
  }
  if (!closest.empty())
    return ("; did you mean '" + closest + "'?").str();
  if (candidates.size() == 1)
    return ("; use " + candidates.front()).str();
  if (candidates.empty())
    return "";
  return "; use one of " + llvm::join(candidates, ", ");
}
