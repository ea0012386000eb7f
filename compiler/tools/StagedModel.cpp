//===- StagedModel.cpp - A model file on its way through the stages -------===//
#include "compiler/tools/StagedModel.h"
#include "compiler/frontend/Frontend.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace lathe;

bool lathe::fail(const Twine &message) {
  llvm::errs() << "lathe: error: " << message << "\n";
  return false;
}

bool lathe::fail(llvm::Error error) {
  return fail(llvm::toString(std::move(error)));
}

void lathe::warn(const std::string &message) {
  llvm::errs() << "lathe: warning: " << message << "\n";
}

static DialectRegistry registry() {
  DialectRegistry registry;
  registerAllDialects(registry);
  return registry;
}

StagedModel::StagedModel()
    : context(registry(), MLIRContext::Threading::DISABLED) {
  context.loadAllAvailableDialects();
  // Users are shown their file, not our operations.
  context.printOpOnDiagnostic(false);
}

bool StagedModel::load(const std::string &path) {
  auto file = llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/true);
  if (!file)
    return fail("cannot read " + path + ": " + file.getError().message());
  sources.AddNewSourceBuffer(std::move(*file), llvm::SMLoc());
  SourceMgrDiagnosticHandler handler(sources, &context);
  imported = frontend::importYaml(sources, context);
  return static_cast<bool>(imported);
}

bool StagedModel::runStages(
    const std::string &target, StringRef last,
    llvm::function_ref<bool(const Stage &, unsigned)> after) {
  SourceMgrDiagnosticHandler handler(sources, &context);
  PipelineOptions pipeline;
  pipeline.isa = target;
  unsigned number = 0;
  for (const Stage &stage : stages()) {
    PassManager passes(&context);
    stage.build(passes, pipeline);
    if (failed(passes.run(*imported)) || !after(stage, number++))
      return false;
    if (stage.name == last)
      break;
  }
  return true;
}
