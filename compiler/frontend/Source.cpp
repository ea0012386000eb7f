//===- Source.cpp - The model file, its places, its errors ----------------===//
#include "compiler/frontend/Source.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace lathe::frontend;

llvm::StringRef Source::text() const {
  return manager.getMemoryBuffer(manager.getMainFileID())->getBuffer();
}

mlir::Location Source::locate(Place place) const {
  unsigned buffer = manager.getMainFileID();
  auto [line, column] = manager.getLineAndColumn(
      llvm::SMLoc::getFromPointer(place ? place : text().begin()), buffer);
  return mlir::FileLineColLoc::get(
      &context, manager.getMemoryBuffer(buffer)->getBufferIdentifier(), line,
      column);
}

llvm::LogicalResult Source::error(Place place, const llvm::Twine &message,
                                  Place notePlace,
                                  const llvm::Twine &note) const {
  mlir::InFlightDiagnostic diagnostic = mlir::emitError(locate(place))
                                        << message;
  if (notePlace)
    diagnostic.attachNote(locate(notePlace)) << note;
  return diagnostic;
}
