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

static void buildImported(OpPassManager &passes,
                          const PipelineOptions &options) {
  SetMachineOptions machine;
  machine.machine = toString(options.machine);
  passes.addPass(createSetMachine(machine));
  verify(passes, "imported");
}

static void buildTyped(OpPassManager &passes, const PipelineOptions &options) {
  passes.addPass(createInferShapes());
  passes.addPass(createDecomposeLayers());
  if (options.has("sink-transposes"))
    passes.addPass(createSinkTransposes());
  if (options.has("compose-warps"))
    passes.addPass(createComposeWarps());
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

/// The pass with its flags set.
static std::unique_ptr<Pass> with(std::unique_ptr<Pass> pass,
                                  ArrayRef<std::pair<StringRef, bool>> flags) {
  std::string text;
  for (auto [name, value] : flags)
    text += (name + "=" + (value ? "true " : "false ")).str();
  LogicalResult result =
      pass->initializeOptions(text, [](const Twine &) { return failure(); });
  assert(succeeded(result) && "the passes have these flags");
  (void)result;
  return pass;
}

static void buildPlanned(OpPassManager &passes,
                         const PipelineOptions &options) {
  auto addWhereWanted = [&](StringRef name, std::unique_ptr<Pass> pass) {
    if (options.has(name))
      passes.addPass(std::move(pass));
  };
  addWhereWanted("use-winograd", createUseWinograd());
  addWhereWanted("transpose-filters", createTransposeFilters());
  addWhereWanted("pack-filters", createPackFilters());
  addWhereWanted("slice-gradients", createSliceGradients());
  addWhereWanted("slice-dense", createSliceDense());
  addWhereWanted("prepare-weights", createPrepareWeights());
  addWhereWanted("recompute-operands", createRecomputeOperands());
  passes.addPass(with(createGroupKernels(),
                      {{"fuse", options.has("group-kernels")},
                       {"in-place", options.has("update-in-place")}}));
  passes.addPass(createOutlineKernels());
  addWhereWanted("hoist-updates", createHoistUpdates());
  passes.addPass(
      with(createPlanMemory(), {{"reuse", options.has("plan-memory")}}));
  addWhereWanted("merge-updates", createMergeUpdates());
  passes.addPass(createCSEPass());
  addWhereWanted("choose-predict-batch", createChoosePredictBatch());
  passes.addPass(with(createChooseSchedules(),
                      {{"naive", !options.has("choose-schedules")}}));
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

static const Optimization allOptimizations[] = {
    {"sink-transposes", "transposes of graphs meet and vanish"},
    {"compose-warps", "one resampling for neighbouring augmentations"},
    {"use-winograd", "3x3 convolutions by the Winograd algorithm"},
    {"transpose-filters", "data gradients as convolutions"},
    {"pack-filters", "filters in the order of their use"},
    {"slice-gradients", "sums over the batch in slices, for many cores"},
    {"slice-dense", "long sums of dense layers in slices, for many cores"},
    {"prepare-weights", "what depends only on weights, once"},
    {"recompute-operands", "operands computed by each of their readers"},
    {"update-in-place", "updates write over their variables"},
    {"group-kernels", "several operations in one kernel"},
    {"hoist-updates", "large updates right after their gradients"},
    {"plan-memory", "values that share memory"},
    {"merge-updates", "one update for neighbouring variables"},
    {"choose-predict-batch", "predictions in parts that fit caches"},
    {"choose-schedules", "each kernel's default schedule"},
};

ArrayRef<Optimization> optimizations() { return allOptimizations; }

PipelineOptions withoutOptimizations(const Machine &machine) {
  PipelineOptions options;
  options.machine = machine;
  for (const Optimization &optimization : allOptimizations)
    options.without.insert(optimization.name.str());
  return options;
}

void registerAllPasses() {
  registerLathePasses();
  registerCanonicalizerPass();
  registerCSEPass();
}

void registerAllDialects(DialectRegistry &registry) {
  registry.insert<nn::NNDialect, exec::ExecDialect, func::FuncDialect>();
}

} // namespace lathe
