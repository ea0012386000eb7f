//===- Freeze.cpp - Layers that do not learn ------------------------------===//
#include "compiler/frontend/Graph.h"
#include "compiler/frontend/Suggest.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/GlobPattern.h"

using namespace lathe::frontend;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;

// Each pattern is tried on each layer.
static constexpr size_t maxPatterns = 100;

/// "stage1/0/conv1" fits what fits it, "stage1/0" or "stage1"; so do names
/// with dots.
static bool fits(const llvm::GlobPattern &pattern, StringRef name) {
  for (;;) {
    if (pattern.match(name))
      return true;
    size_t end = name.find_last_of("/.");
    if (end == StringRef::npos || end == 0)
      return false;
    name = name.take_front(end);
  }
}

LogicalResult
lathe::frontend::freezeNames(const Source &source, const Setting &patterns,
                             StringRef what, llvm::ArrayRef<StringRef> names,
                             llvm::function_ref<void(size_t number)> freeze) {
  if (patterns.members.size() > maxPatterns)
    return source.error(patterns.place, "freeze has more than " +
                                            llvm::Twine(maxPatterns) +
                                            " patterns");
  for (const Setting &text : patterns.members) {
    llvm::Expected<llvm::GlobPattern> pattern =
        llvm::GlobPattern::create(text.text);
    if (!pattern) {
      llvm::consumeError(pattern.takeError());
      return source.error(text.place,
                          "'" + text.text +
                              "' is no pattern; * stands for any letters, ? "
                              "for one and [ab] for one of some");
    }
    bool any = false;
    for (auto [number, name] : llvm::enumerate(names))
      if (fits(*pattern, name)) {
        freeze(number);
        any = true;
      }
    if (!any)
      return source.error(text.place, "no " + what + " fits '" + text.text +
                                          "'" + suggest(text.text, names));
  }
  return success();
}

LogicalResult lathe::frontend::freezeLayers(const Source &source,
                                            const Setting &patterns,
                                            std::vector<Layer> &graph) {
  llvm::SmallVector<StringRef> names;
  for (const Layer &layer : graph)
    names.push_back(layer.name);
  return freezeNames(source, patterns, "layer", names,
                     [&](size_t number) { graph[number].trainable = false; });
}
