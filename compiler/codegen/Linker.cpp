//===- Linker.cpp - The system's linker and compiler driver ---------------===//
#include "compiler/codegen/Linker.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/WriteFile.h"
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

Expected<ObjectMerger> ObjectMerger::create() {
  ObjectMerger merger;
  Expected<std::string> linker =
      findTool({"ld.lld-22", "ld.lld", "ld"},
               "install a linker (package lld-22 or binutils) to emit objects");
  if (!linker)
    return linker.takeError();
  SmallString<128> folder;
  if (std::error_code error = sys::fs::createUniqueDirectory("lathe", folder))
    return createStringError(error, "cannot create a temporary folder");
  merger.linker = *linker;
  merger.folder = folder.str();
  return merger;
}

ObjectMerger::~ObjectMerger() {
  if (!folder.empty())
    sys::fs::remove_directories(folder);
}

const std::string &ObjectMerger::newFile() {
  SmallString<128> path(folder);
  sys::path::append(path, Twine(files.size()) + ".o");
  return files.emplace_back(path.str());
}

Error ObjectMerger::add(const ObjectFile &object) {
  return writeFile(newFile(), StringRef(object.data(), object.size()));
}

/// Through a file beside the output: what is there is whole.
Error ObjectMerger::merge(StringRef output,
                          function_ref<Error(StringRef)> complete) {
  std::string merged =
      output.str() + ".temp-" + std::to_string(sys::Process::getProcessId());
  FileRemover removeMerged(merged);
  SmallVector<StringRef> arguments{"-r", "-o", merged};
  arguments.append(files.begin(), files.end());
  if (Error error = runTool(linker, arguments))
    return error;
  if (Error error = complete(merged))
    return error;
  if (std::error_code error = sys::fs::rename(merged, output))
    return createStringError("cannot write " + output + ": " + error.message());
  return Error::success();
}

Error lathe::linkExecutable(StringRef object, StringRef model,
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
  std::string alias =
      "-Wl,--defsym=lathe_executable_model=" + model.str() + "_model";
  return runTool(*driver, {"-o", output, object, runtime, alias,
                           "-Wl,--gc-sections", "-s", "-lpthread", "-lm"});
}
