//===- Source.cpp - The model file, its places, its errors ----------------===//
#include "compiler/frontend/Source.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include <functional>

using namespace lathe::frontend;

static constexpr size_t mostReported = 20;

Source::Source(const llvm::SourceMgr &manager, mlir::MLIRContext &context)
    : context(context) {
  const llvm::MemoryBuffer *buffer =
      manager.getMemoryBuffer(manager.getMainFileID());
  name = buffer->getBufferIdentifier();
  content = buffer->getBuffer();
  lines.push_back(content.begin());
  for (const char &c : content)
    if (c == '\n')
      lines.push_back(&c + 1);
}

mlir::Location Source::locate(Place place) const {
  const char *at = place.at ? place.at : content.begin();
  auto next = llvm::upper_bound(lines, at);
  mlir::Location loc = mlir::FileLineColLoc::get(
      &context, name, next - lines.begin(), at - *std::prev(next) + 1);
  return place.use ? mlir::CallSiteLoc::get(loc, locate(place.use->place))
                   : loc;
}

llvm::LogicalResult Source::error(Place place, const llvm::Twine &message,
                                  Place notePlace,
                                  const llvm::Twine &note) const {
  mistakes.push_back({place, message.str(), notePlace, note.str()});
  return llvm::failure();
}

void Source::report() const {
  auto byPlace = [](const Mistake &mistake) { return mistake.place.at; };
  llvm::stable_sort(mistakes, [&](const Mistake &a, const Mistake &b) {
    return std::less<>()(byPlace(a), byPlace(b));
  });
  llvm::StringSet<> known; // at this place
  const char *at = nullptr;
  size_t reported = 0, left = 0;
  for (const Mistake &mistake : mistakes) {
    if (mistake.place.at != at)
      known.clear();
    at = mistake.place.at;
    if (!known.insert(mistake.message).second)
      continue;
    if (reported == mostReported) {
      ++left;
      continue;
    }
    ++reported;
    mlir::InFlightDiagnostic diagnostic = mlir::emitError(locate(mistake.place))
                                          << mistake.message;
    if (mistake.notePlace.at)
      diagnostic.attachNote(locate(mistake.notePlace)) << mistake.note;
  }
  if (left)
    mlir::emitError(mlir::UnknownLoc::get(&context))
        << left << " more mistake" << (left > 1 ? "s" : "")
        << " in this file are not shown; mend these first";
  mistakes.clear();
}
