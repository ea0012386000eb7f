//===- Model.cpp - A model description, compiled and run here -------------===//
#include "test/model/Model.h"
#include "compiler/Pipeline.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/frontend/Frontend.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

namespace lathe::test {

/// A model file's text, or the recipe of a graph where there is one.
static OwningOpRef<ModuleOp> plan(const std::string &yaml,
                                  const std::string &graph, Steps steps,
                                  MLIRContext &context) {
  llvm::SourceMgr source;
  source.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(yaml, "model"),
                            llvm::SMLoc());
  OwningOpRef<ModuleOp> module =
      graph.empty() ? frontend::importYaml(source, context)
                    : frontend::importGraph(graph, source, context, {});
  if (!module)
    return {};
  if (steps == Steps::Predict)
    (*module->getOps<nn::RecipeOp>().begin()).erase();
  PipelineOptions options;
  llvm::Expected<std::string> host = resolveTarget("host");
  if (!host)
    return {};
  options.machine = *parseIsa(*host);
  PassManager passes(&context);
  for (const Stage &stage : stages())
    stage.build(passes, options);
  if (failed(passes.run(*module)))
    return {};
  return module;
}

static std::unique_ptr<Runner> compile(const std::string &yaml,
                                       const std::string &graph, Steps steps,
                                       std::string &errors) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    errors += diagnostic.str() + "\n";
    return success();
  });
  OwningOpRef<ModuleOp> module = plan(yaml, graph, steps, context);
  if (!module)
    return nullptr;
  return Runner::create(*module, errors);
}

std::unique_ptr<Runner> compileModel(const std::string &yaml, Steps steps,
                                     std::string &errors) {
  return compile(yaml, "", steps, errors);
}

std::unique_ptr<Runner> compileGraph(const std::string &path,
                                     const std::string &recipe,
                                     std::string &errors) {
  return compile(recipe, path, Steps::All, errors);
}

std::vector<float> predict(Runner &model, std::vector<float> images, int n) {
  std::vector<float> scores(model.argumentElements("predict", 1, n));
  model.run("predict", {images.data(), scores.data()}, n);
  return scores;
}

static double runWithLoss(Runner &model, llvm::StringRef step,
                          std::vector<float> &images,
                          std::vector<int32_t> &labels, int n) {
  float loss = 0;
  int32_t correct = 0;
  model.run(step, {images.data(), labels.data(), &loss, &correct}, n);
  return loss;
}

double evaluate(Runner &model, std::vector<float> images,
                std::vector<int32_t> labels, int n) {
  return runWithLoss(model, "evaluate_batch", images, labels, n);
}

double trainStep(Runner &model, std::vector<float> images,
                 std::vector<int32_t> labels, int n) {
  return runWithLoss(model, "train_step", images, labels, n);
}

} // namespace lathe::test
