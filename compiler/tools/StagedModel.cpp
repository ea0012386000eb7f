//===- StagedModel.cpp - A model file on its way through the stages -------===//
#include "compiler/tools/StagedModel.h"
#include "compiler/transforms/Passes.h"
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

/// The node that an operation is of, "" where it is none.
static std::string nodeOf(Location loc) {
  if (auto named = dyn_cast<NameLoc>(loc))
    return named.getName().str();
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (std::string name = nodeOf(part); !name.empty())
        return name;
  return "";
}

/// Errors in a graph name the node; there are no lines to show. Those in its
/// recipe have some.
std::shared_ptr<ScopedDiagnosticHandler> StagedModel::handler() {
  if (graph.empty())
    return std::make_unique<SourceMgrDiagnosticHandler>(sources, &context);
  struct Handler : SourceMgrDiagnosticHandler {
    explicit Handler(StagedModel &model)
        : SourceMgrDiagnosticHandler(model.sources, &model.context) {
      setHandler([this, &model](Diagnostic &diagnostic) {
        if (diagnostic.getLocation()->findInstanceOf<FileLineColLoc>()) {
          emitDiagnostic(diagnostic);
          return;
        }
        std::string node = nodeOf(diagnostic.getLocation());
        std::string text = model.graph + ": " +
                           (node.empty() ? "" : node + ": ") + diagnostic.str();
        for (Diagnostic &note : diagnostic.getNotes())
          text += "\n  " + note.str();
        if (diagnostic.getSeverity() == DiagnosticSeverity::Warning)
          warn(text);
        else
          model.report(text);
      });
    }
  };
  return std::make_shared<Handler>(*this);
}

bool StagedModel::load(const std::string &path,
                       const onnx::ImportOptions &options) {
  bool isGraph = StringRef(path).ends_with(".onnx");
  if (!isGraph && !options.recipe.empty())
    return fail("a recipe is for ONNX graphs; " + path + " has its own");
  if (isGraph)
    graph = path;
  const std::string &text = isGraph ? options.recipe : path;
  if (!text.empty()) {
    auto file = llvm::MemoryBuffer::getFileOrSTDIN(text, /*IsText=*/true);
    if (!file)
      return fail("cannot read " + text + ": " + file.getError().message());
    sources.AddNewSourceBuffer(std::move(*file), llvm::SMLoc());
  }
  auto reporter = handler();
  if (!isGraph)
    imported = frontend::importYaml(sources, context, options.layers);
  else if (text.empty())
    imported = onnx::importOnnx(path, context, options);
  else
    imported = frontend::importGraph(path, sources, context, options);
  return static_cast<bool>(imported);
}

bool StagedModel::show(llvm::function_ref<bool()> run) {
  auto reporter = handler();
  return run();
}

bool StagedModel::inferShapes() {
  return show([&] {
    PassManager passes(&context);
    passes.addPass(createInferShapes());
    return succeeded(passes.run(*imported));
  });
}

bool StagedModel::printOperators(const std::string &path) {
  graph = path;
  auto reporter = handler();
  return onnx::printOperators(path, context, llvm::outs());
}

bool StagedModel::runStages(
    const PipelineOptions &options, StringRef last,
    llvm::function_ref<bool(const Stage &, unsigned)> after) {
  auto reporter = handler();
  unsigned number = 0;
  for (const Stage &stage : stages()) {
    PassManager passes(&context);
    stage.build(passes, options);
    if (failed(passes.run(*imported)) || !after(stage, number++))
      return false;
    if (stage.name == last)
      break;
  }
  return true;
}

bool lathe::printImported(const std::string &path) {
  StagedModel model;
  if (!StringRef(path).ends_with(".onnx"))
    return fail("import reads ONNX files, which end in .onnx");
  if (!model.load(path))
    return false;
  model.module().print(
      llvm::outs(),
      OpPrintingFlags().useLocalScope().elideLargeElementsAttrs(64));
  llvm::outs() << "\n";
  return true;
}

bool lathe::checkGraph(const std::string &path) {
  return StagedModel().printOperators(path);
}
