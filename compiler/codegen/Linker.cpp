//===- Linker.cpp - The system's linker and compiler driver ---------------===//
#include "compiler/codegen/Linker.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/WriteFile.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace lathe;

/// The first of the programs that exists.
static Expected<std::string> findTool(ArrayRef<StringRef> names,
                                      StringRef purpose) {
  for (StringRef name : names)
    if (ErrorOr<std::string> path = sys::findProgramByName(name))
      return *path;
  return createStringError("no " + names.back().str() +
                           " found: " + purpose.str());
}

/// Runs a tool; what it says becomes the error when it fails.
static Error runTool(StringRef tool, ArrayRef<StringRef> arguments) {
  SmallString<128> log;
  if (std::error_code error = sys::fs::createTemporaryFile("lathe", "log", log))
    return createStringError(error, "cannot create a temporary file");
  FileRemover removeLog(log);
  SmallVector<StringRef> command{tool};
  command.append(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(log),
                                          StringRef(log)};
  std::string failure;
  int status = sys::ExecuteAndWait(tool, command, std::nullopt, redirects, 0, 0,
                                   &failure);
  if (status == 0)
    return Error::success();
  if (auto text = MemoryBuffer::getFile(log))
    failure += (*text)->getBuffer().rtrim();
  return createStringError(tool.str() + " failed: " + failure);
}

static Error writeObject(StringRef path, ArrayRef<char> bytes) {
  return writeFile(path, StringRef(bytes.data(), bytes.size()));
}

Expected<ObjectFile>
lathe::mergeObjects(const std::vector<ObjectFile> &objects) {
  Expected<std::string> linker =
      findTool({"ld.lld-22", "ld.lld", "ld"},
               "install a linker (package lld-22 or binutils) to emit objects");
  if (!linker)
    return linker.takeError();

  SmallString<128> folder;
  if (std::error_code error = sys::fs::createUniqueDirectory("lathe", folder))
    return createStringError(error, "cannot create a temporary folder");
  scope_exit removeFolder([&] { sys::fs::remove_directories(folder); });
  auto inFolder = [&](const Twine &name) {
    SmallString<128> path(folder);
    sys::path::append(path, name);
    return std::string(path);
  };

  std::vector<std::string> files;
  for (const ObjectFile &object : objects) {
    files.push_back(inFolder(Twine(files.size()) + ".o"));
    if (Error error = writeObject(files.back(), object))
      return error;
  }
  std::string output = inFolder("merged.o");
  SmallVector<StringRef> arguments{"-r", "-o", output};
  arguments.append(files.begin(), files.end());
  if (Error error = runTool(*linker, arguments))
    return error;
  auto merged = MemoryBuffer::getFile(output);
  if (!merged)
    return createStringError(merged.getError(), "cannot read " + output);
  return ObjectFile((*merged)->getBufferStart(), (*merged)->getBufferEnd());
}

Error lathe::linkExecutable(ArrayRef<char> object, StringRef model,
                            StringRef output) {
  std::string self = sys::fs::getMainExecutable(nullptr, nullptr);
  SmallString<128> runtime(sys::path::parent_path(self));
  sys::path::append(runtime, "..", "lib", "liblathe_runtime.a");
  if (!sys::fs::exists(runtime))
    return createStringError("the runtime library is missing: " +
                             runtime.str().str());

  std::vector<StringRef> drivers{"c++", "g++", "clang++"};
  std::optional<std::string> wanted = sys::Process::GetEnv("CXX");
  if (wanted)
    drivers.insert(drivers.begin(), *wanted);
  Expected<std::string> driver = findTool(
      drivers, "executables are linked by a C++ compiler; install one (package "
               "g++), set CXX, or use --emit=obj,header");
  if (!driver)
    return driver.takeError();
  SmallString<128> file;
  if (std::error_code error = sys::fs::createTemporaryFile(model, "o", file))
    return createStringError(error, "cannot create a temporary file");
  FileRemover removeFile(file);
  if (Error error = writeObject(file, object))
    return error;
  std::string alias =
      "-Wl,--defsym=lathe_executable_model=" + model.str() + "_model";
  return runTool(*driver, {"-o", output, file, runtime, alias,
                           "-Wl,--gc-sections", "-s", "-lpthread", "-lm"});
}
