//===- Source.cpp - The model file, its places, its errors ----------------===//
#include "compiler/frontend/Source.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace lathe::frontend;

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
  mlir::InFlightDiagnostic diagnostic = mlir::emitError(locate(place))
                                        << message;
  if (notePlace.at)
    diagnostic.attachNote(locate(notePlace)) << note;
  return diagnostic;
}
