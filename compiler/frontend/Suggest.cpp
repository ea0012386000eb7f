//===- Suggest.cpp - Advice after a word nobody knows ---------------------===//
#include "compiler/frontend/Suggest.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>

using llvm::StringRef;

StringRef lathe::frontend::closest(StringRef written,
                                   llvm::ArrayRef<StringRef> candidates) {
  StringRef closest;
  unsigned bound =
      written.empty() ? 0 : std::clamp<size_t>(written.size() / 2, 1, 3) + 1;
  for (StringRef candidate : candidates) {
    // The distance costs time in the product of both lengths.
    if (written.size() > candidate.size() + bound)
      continue;
    // Case alone is no difference: it is the commonest mistake. The beginning
    // of a word is as good as all of it.
    unsigned distance = written.edit_distance_insensitive(candidate);
    if (written.size() > 2 && candidate.starts_with_insensitive(written))
      distance = 0;
    if (distance < bound) {
      bound = distance;
      closest = candidate;
    }
  }
  return closest;
}

std::string lathe::frontend::suggest(StringRef written,
                                     llvm::ArrayRef<StringRef> candidates) {
  StringRef meant = closest(written, candidates);
  if (!meant.empty())
    return ("; did you mean '" + meant + "'?").str();
  if (candidates.size() == 1)
    return ("; use " + candidates.front()).str();
  constexpr size_t readable = 100;
  if (candidates.empty() || candidates.size() > readable)
    return "";
  return "; use one of " + llvm::join(candidates, ", ");
}
