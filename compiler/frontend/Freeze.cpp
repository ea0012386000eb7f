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

/// "stage1/0/conv1" fits what fits it, "stage1/0" or "stage1".
static bool fits(const llvm::GlobPattern &pattern, StringRef name) {
  for (; !name.empty(); name = name.rsplit('/').first) {
    if (pattern.match(name))
      return true;
    if (!name.contains('/'))
      break;
  }
  return false;
}

LogicalResult lathe::frontend::freezeLayers(const Source &source,
                                            const Setting &patterns,
                                            std::vector<Layer> &graph) {
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
    for (Layer &layer : graph)
      if (fits(*pattern, layer.name)) {
        layer.trainable = false;
        any = true;
      }
    if (any)
      continue;
    llvm::SmallVector<StringRef> names;
    for (const Layer &layer : graph)
      names.push_back(layer.name);
    return source.error(text.place, "no layer fits '" + text.text + "'" +
                                        suggest(text.text, names));
  }
  return success();
}
