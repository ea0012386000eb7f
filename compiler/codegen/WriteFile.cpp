//===- WriteFile.cpp - Files written as a whole ---------------------------===//
#include "compiler/codegen/WriteFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

/// A stream ends the process where nobody takes its error.
static std::error_code finish(raw_fd_ostream &os) {
  os.flush();
  std::error_code error = os.error();
  os.clear_error();
  return error;
}

static std::error_code writeThrough(StringRef path,
                                    function_ref<void(raw_ostream &)> print) {
  std::error_code error;
  raw_fd_ostream os(path, error);
  if (error)
    return error;
  print(os);
  return finish(os);
}

static std::error_code writeAndRename(StringRef path,
                                      function_ref<void(raw_ostream &)> print) {
  Expected<sys::fs::TempFile> file = sys::fs::TempFile::create(
      path + ".temp-%%%%%%", sys::fs::all_read | sys::fs::all_write);
  if (!file)
    return errorToErrorCode(file.takeError());
  std::error_code error;
  {
    raw_fd_ostream os(file->FD, /*shouldClose=*/false);
    print(os);
    error = finish(os);
  }
  if (!error)
    return errorToErrorCode(file->keep(path));
  consumeError(file->discard());
  return error;
}

Error lathe::writeFile(StringRef path,
                       function_ref<void(raw_ostream &)> print) {
  bool isOther =
      path == "-" || (sys::fs::exists(path) && !sys::fs::is_regular_file(path));
  std::error_code error =
      isOther ? writeThrough(path, print) : writeAndRename(path, print);
  if (!error)
    return Error::success();
  return createStringError("cannot write " + path + ": " + error.message());
}

Error lathe::writeFile(StringRef path, StringRef bytes) {
  return writeFile(path, [&](raw_ostream &os) { os << bytes; });
}
