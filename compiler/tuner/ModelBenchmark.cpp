//===- ModelBenchmark.cpp - A model's executable times itself -------------===//
#include "compiler/tuner/ModelBenchmark.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace llvm;
using namespace lathe;

Expected<json::Object>
lathe::runBenchmark(const std::string &program,
                    const std::vector<std::string> &options) {
  SmallString<128> output;
  if (auto error = sys::fs::createTemporaryFile("benchmark", "json", output))
    return createStringError(error, "cannot create a temporary file");
  FileRemover remove(output);
  SmallVector<StringRef> arguments{program, "benchmark", "--json"};
  llvm::append_range(arguments, options);
  std::optional<StringRef> redirects[] = {"", StringRef(output), ""};
  std::string message;
  int status = sys::ExecuteAndWait(program, arguments, std::nullopt, redirects,
                                   /*SecondsToWait=*/600, 0, &message);
  if (status != 0)
    return createStringError("the model's benchmark failed" +
                             (message.empty() ? "" : ": " + message));
  auto text = MemoryBuffer::getFile(output);
  if (!text)
    return errorCodeToError(text.getError());
  Expected<json::Value> json = json::parse((*text)->getBuffer());
  if (!json)
    return json.takeError();
  if (json::Object *object = json->getAsObject())
    return std::move(*object);
  return createStringError("the model's benchmark printed no JSON object");
}
