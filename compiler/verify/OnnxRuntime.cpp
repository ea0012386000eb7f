//===- OnnxRuntime.cpp - ONNX Runtime as a judge --------------------------===//
#include "compiler/verify/OnnxRuntime.h"
#include "compiler/codegen/WriteFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <cstdlib>
#include <optional>

using namespace lathe::verify;
using llvm::StringRef;
using llvm::Twine;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
namespace json = llvm::json;

static llvm::Error failure(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

//===- Files --------------------------------------------------------------===//

namespace {
/// Gone with all files in it when the object is.
struct TemporaryFolder {
  TemporaryFolder() { error = fs::createUniqueDirectory("lathe-verify", name); }
  ~TemporaryFolder() {
    if (!error)
      (void)fs::remove_directories(name);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  std::string file(const Twine &last) const {
    llvm::SmallString<128> whole(name);
    path::append(whole, last);
    return std::string(whole);
  }
  llvm::SmallString<128> name;
  std::error_code error;
};
} // namespace

static llvm::Expected<std::string> read(const std::string &file) {
  auto buffer = llvm::MemoryBuffer::getFile(file, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return failure("cannot read " + file + ": " + buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

static llvm::Error writeInputs(const TemporaryFolder &folder,
                               const std::vector<Array> &inputs) {
  json::Array list;
  for (const Array &input : inputs) {
    std::string file = "input-" + std::to_string(list.size()) + ".bin";
    if (auto error =
            lathe::writeFile(folder.file(file),
                             StringRef(input.bytes.data(), input.bytes.size())))
      return error;
    list.push_back(json::Object{{"name", input.name},
                                {"type", input.type},
                                {"shape", input.shape},
                                {"file", file}});
  }
  std::string text;
  llvm::raw_string_ostream(text) << json::Value(std::move(list));
  return lathe::writeFile(folder.file("inputs.json"), text);
}

static llvm::Expected<std::vector<Array>>
readOutputs(const TemporaryFolder &folder) {
  auto text = read(folder.file("outputs.json"));
  if (!text)
    return text.takeError();
  auto list = json::parse(*text);
  if (!list)
    return list.takeError();
  std::vector<Array> outputs;
  for (const json::Value &value : *list->getAsArray()) {
    const json::Object &entry = *value.getAsObject();
    Array &output = outputs.emplace_back();
    output.name = entry.getString("name")->str();
    output.type = entry.getString("type")->str();
    for (const json::Value &extent : *entry.getArray("shape"))
      output.shape.push_back(*extent.getAsInteger());
    auto bytes = read(folder.file(*entry.getString("file")));
    if (!bytes)
      return bytes.takeError();
    output.bytes.assign(bytes->begin(), bytes->end());
  }
  return outputs;
}

//===- Node.js ------------------------------------------------------------===//

llvm::Error
OnnxRuntime::execute(const std::vector<std::string> &arguments) const {
  llvm::SmallString<128> log;
  if (auto error = fs::createTemporaryFile("lathe-verify", "log", log))
    return failure("cannot create a temporary file: " + error.message());
  llvm::FileRemover remover(log);
  llvm::SmallVector<StringRef> command{node};
  command.append(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(log),
                                          StringRef(log)};
  // The child's environment is ours, with the folder in front.
  if (!modules.empty())
    setenv("NODE_PATH", modules.c_str(), /*overwrite=*/1);
  std::string problem;
  int status = llvm::sys::ExecuteAndWait(node, command, std::nullopt, redirects,
                                         /*SecondsToWait=*/600,
                                         /*MemoryLimit=*/0, &problem);
  if (status == 0)
    return llvm::Error::success();
  auto said = read(std::string(log));
  if (!said)
    llvm::consumeError(said.takeError());
  return failure(!problem.empty() ? problem
                 : said           ? StringRef(*said).trim()
                                  : StringRef("node failed"));
}

llvm::Expected<OnnxRuntime> OnnxRuntime::find(const std::string &folder) {
  static constexpr StringRef advice =
      "; to install it: npm install --prefix DIR --ignore-scripts "
      "onnxruntime-node, and then "
      "--onnxruntime DIR";
  OnnxRuntime found;
  auto program = llvm::sys::findProgramByName("node");
  if (!program)
    return failure("ONNX Runtime is run by Node.js, and there is no program "
                   "'node'" +
                   advice);
  found.node = *program;
  if (!folder.empty()) {
    llvm::SmallString<128> inner(folder);
    path::append(inner, "node_modules");
    if (!fs::is_directory(inner))
      inner = folder;
    if (auto error = fs::make_absolute(inner))
      return failure(folder + ": " + error.message());
    found.modules = std::string(inner);
  }
  // Or the next error would be taken for Node.js's.
  if (TemporaryFolder probe; probe.error)
    return failure("cannot create a temporary folder: " +
                   probe.error.message());
  if (auto error = found.execute({"-e", "require('onnxruntime-node')"})) {
    llvm::consumeError(std::move(error));
    return failure("ONNX Runtime, the package onnxruntime-node, is not in " +
                   (folder.empty() ? "$NODE_PATH" : folder) + advice);
  }
  return found;
}

llvm::Expected<std::vector<Array>>
OnnxRuntime::run(const std::string &model, const std::vector<Array> &inputs,
                 bool optimized) const {
  TemporaryFolder folder;
  if (folder.error)
    return failure("cannot create a temporary folder: " +
                   folder.error.message());
  std::string script = folder.file("onnx_runtime.js");
  if (auto error = lathe::writeFile(script, onnxRuntimeScript()))
    return error;
  if (auto error = writeInputs(folder, inputs))
    return error;
  if (auto error = execute({script, model, std::string(folder.name),
                            optimized ? "all" : "disabled"}))
    return error;
  return readOutputs(folder);
}
