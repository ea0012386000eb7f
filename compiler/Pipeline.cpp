//===- Pipeline.cpp - The stages of the compiler --------------------------===//
//
// The only place where passes are ordered: the compiler's table of contents.
//
//===----------------------------------------------------------------------===//
#include "compiler/Pipeline.h"
#include "compiler/transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace lathe {

static void verify(OpPassManager &passes, StringRef stage) {
  VerifyStageOptions options;
  options.stage = stage.str();
  passes.addPass(createVerifyStage(options));
}

static void simplify(OpPassManager &passes) {
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
}

static void buildImported(OpPassManager &passes, const PipelineOptions &) {
  verify(passes, "imported");
}

static void buildTyped(OpPassManager &passes, const PipelineOptions &) {
  passes.addPass(createInferShapes());
  passes.addPass(createDecomposeLayers());
  passes.addPass(createSinkTransposes());
  verify(passes, "typed");
}

static void buildStepped(OpPassManager &passes, const PipelineOptions &) {
  passes.addPass(createDeriveSteps());
  // Gradients are taken of the simplified network.
  simplify(passes);
  passes.addPass(createDifferentiate());
  passes.addPass(createDecomposeLayers());
  passes.addPass(createAppendOptimizer());
  simplify(passes);
  verify(passes, "stepped");
}

static void buildPlanned(OpPassManager &passes,
                         const PipelineOptions &options) {
  passes.addPass(createUseWinograd());
  passes.addPass(createTransposeFilters());
  passes.addPass(createPackFilters());
  passes.addPass(createPrepareWeights());
  passes.addPass(createRecomputeOperands());
  passes.addPass(createGroupKernels());
  passes.addPass(createOutlineKernels());
  passes.addPass(createHoistUpdates());
  passes.addPass(createPlanMemory());
  passes.addPass(createMergeUpdates());
  passes.addPass(createCSEPass());
  ChooseSchedulesOptions schedules;
  schedules.isa = options.isa;
  passes.addPass(createChooseSchedules(schedules));
  verify(passes, "planned");
}

static const Stage table[] = {
    {"imported", "the model as written: layers without shapes", buildImported},
    {"typed", "every value has a shape", buildTyped},
    {"stepped",
     "predict, evaluate_batch and train_step, with gradients and "
     "updates",
     buildStepped},
    {"planned", "kernels with schedules, called on memory with offsets",
     buildPlanned},
};

ArrayRef<Stage> stages() { return table; }

void registerAllPasses() {
  registerLathePasses();
  registerCanonicalizerPass();
  registerCSEPass();
}

void registerAllDialects(DialectRegistry &registry) {
  registry.insert<nn::NNDialect, exec::ExecDialect, func::FuncDialect>();
}

} // namespace lathe
