//===- DescribePlan.cpp - A report from a planned module ------------------===//
#include "compiler/codegen/Codegen.h"
#include "compiler/report/Report.h"
#include "compiler/transforms/StepPlanner.h"
#include "dialects/exec/ExecDialect.h"
#include "dialects/nn/NNDialect.h"
#include "dialects/nn/Shapes.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::report;

static Slice sliceFor(ShapedType type, int64_t offset, int64_t batch) {
  Slice slice;
  for (int64_t extent : type.getShape())
    slice.type +=
        std::to_string(ShapedType::isDynamic(extent) ? batch : extent) + "x";
  llvm::raw_string_ostream(slice.type) << type.getElementType();
  slice.offset = offset;
  slice.size = sizeInBytes(type, batch);
  return slice;
}

namespace {
/// Follows a step's calls: which tensors stand where in the arena, and from
/// when to when.
class StepReader {
public:
  StepReader(exec::FuncOp function, StringRef name, int64_t batch,
             const llvm::StringMap<unsigned> &kernels)
      : function(function), batch(batch), kernels(kernels) {
    step.name = name.str();
    step.function = function.getSymName().str();
  }

  Step read() {
    for (auto call : function.getBody().getOps<exec::CallOp>())
      read(call);
    if (step.forward == 0)
      step.forward = step.calls.size();
    return std::move(step);
  }

private:
  void read(exec::CallOp op) {
    number = step.calls.size();
    Call &call = step.calls.emplace_back();
    call.kernel = kernels.lookup(op.getKernel());
    for (StringRef layer : nn::layerNames(op.getLoc()))
      call.layers.push_back(layer.str());
    for (Value input : op.getInputs())
      if (isInArena(input))
        llvm::append_range(call.reads, use(input));
    auto kernel = SymbolTable::lookupNearestSymbolFrom<exec::KernelOp>(
        op, op.getKernelAttr());
    Operation *yield = kernel.getBody().front().getTerminator();
    for (auto [i, output] : llvm::enumerate(op.getOutputs())) {
      if (auto argument = dyn_cast<BlockArgument>(output))
        noteLoss(argument);
      if (!isInArena(output))
        continue;
      if (exec::inPlaceOperand(kernel.getInPlace(), i) >= 0)
        llvm::append_range(call.writes, use(output));
      else
        call.writes.push_back(
            place(output,
                  nameOf(yield->getOperand(i).getDefiningOp(), kernel, call)));
    }
  }

  static exec::SliceOp sliceOf(Value memory) {
    return memory.getDefiningOp<exec::SliceOp>();
  }
  static bool isInArena(Value memory) {
    exec::SliceOp slice = sliceOf(memory);
    return slice && slice.getRegion() == exec::Region::Arena;
  }

  /// Loss and count of what is right are a step's last arguments; with them the
  /// forward pass ends.
  void noteLoss(BlockArgument argument) {
    if (step.function == nn::trainStepName &&
        argument.getArgNumber() + 2 >= function.getNumArguments())
      step.forward = number + 1;
  }

  /// The living slices that the memory is part of, or that are parts of it:
  /// updates of several variables see their gradients as one vector.
  std::vector<unsigned> use(Value memory) {
    Slice range = rangeOf(memory);
    std::vector<unsigned> used;
    for (unsigned i : living)
      if (overlap(step.slices[i], range)) {
        step.slices[i].last = number;
        used.push_back(i);
      }
    return used;
  }

  unsigned place(Value memory, const std::string &name) {
    Slice slice = rangeOf(memory);
    slice.name = name;
    slice.first = slice.last = number;
    llvm::erase_if(living,
                   [&](unsigned i) { return overlap(step.slices[i], slice); });
    living.push_back(step.slices.size());
    step.slices.push_back(std::move(slice));
    return living.back();
  }

  /// The layer and the operation. The kernel's operations are of the layers of
  /// its first call; other calls have their own in the same order.
  static std::string nameOf(Operation *computedBy, exec::KernelOp kernel,
                            const Call &call) {
    std::string operation = computedBy->getName().stripDialect().str();
    auto firstLayers = nn::layerNames(kernel.getLoc());
    auto own = nn::layerNames(computedBy->getLoc());
    if (own.empty() || firstLayers.size() != call.layers.size())
      return operation;
    auto place = llvm::find(firstLayers, own.front()) - firstLayers.begin();
    return call.layers[place] + "/" + operation;
  }

  Slice rangeOf(Value memory) const {
    return sliceFor(cast<ShapedType>(memory.getType()),
                    sliceOf(memory).getOffset(), batch);
  }

  static bool overlap(const Slice &a, const Slice &b) {
    return a.offset < b.end() && b.offset < a.end();
  }

  exec::FuncOp function;
  int64_t batch;
  const llvm::StringMap<unsigned> &kernels;
  Step step;
  unsigned number = 0;          ///< of the call
  std::vector<unsigned> living; ///< slices that nothing has overwritten yet
};
} // namespace

/// Room that is there from the first call to the last.
static void addRoom(Step &step, Slice slice, StringRef name) {
  slice.name = name.str();
  slice.isRoom = true;
  slice.last = step.calls.size() - 1;
  step.slices.push_back(std::move(slice));
}

/// At the arena's end: for batches that are copied together.
static void addStage(Step &step, ArrayRef<Type> types, ArrayRef<int64_t> places,
                     int64_t batch) {
  static constexpr const char *names[] = {"batch/images", "batch/labels",
                                          "batch/sample_weights"};
  for (auto [i, offset] : llvm::enumerate(places))
    if (offset >= 0)
      addRoom(step, sliceFor(cast<ShapedType>(types[i]), offset, batch),
              names[i]);
}

/// For hosts that do not keep what `prepare` computes.
static void addPrepared(Step &step, exec::LayoutOp layout) {
  Slice slice;
  slice.offset = layout.getPreparedPlace();
  slice.size = layout.getPreparedSize();
  slice.type = std::to_string(slice.size) + "xi8";
  if (slice.size > 0)
    addRoom(step, slice, "prepared");
}

static std::vector<Kernel> kernelsOf(ModuleOp planned) {
  std::vector<Kernel> kernels;
  for (KernelDescription &description : describeKernels(planned)) {
    Kernel &kernel = kernels.emplace_back();
    kernel.winograd = description.arithmeticSpeedup > 1;
    kernel.description = std::move(description);
  }
  return kernels;
}

Report report::describePlan(ModuleOp planned, StringRef target) {
  exec::LayoutOp layout = *planned.getOps<exec::LayoutOp>().begin();
  Report report;
  report.model = modelName(planned);
  report.compiler = compilerVersion();
  report.target = target.str();
  report.batch = layout.getBatch();
  report.paramsSize = layout.getParamsSize();
  report.stateSize = layout.getStateSize();
  report.trainArenaSize = layout.getTrainArenaSize();
  report.predictArenaSize = layout.getPredictArenaSize();
  report.preparedSize = layout.getPreparedSize();
  report.alignment = layout.getAlignment();
  for (auto variable : planned.getOps<exec::VariableOp>())
    if (variable.getRegion() == exec::Region::Params && variable.getTrainable())
      report.parameters +=
          cast<RankedTensorType>(variable.getType()).getNumElements();

  report.kernels = kernelsOf(planned);
  llvm::StringMap<unsigned> numbers;
  for (auto [i, kernel] : llvm::enumerate(report.kernels))
    numbers[kernel.description.name] = i;
  for (auto [function, name] : {std::pair{nn::trainStepName, "train"},
                                {nn::predictName, "predict"},
                                {nn::evaluateName, "evaluate"},
                                {nn::updateStepName, "update"},
                                {nn::prepareName, "prepare"}})
    if (auto step = planned.lookupSymbol<exec::FuncOp>(function))
      report.steps.push_back(
          StepReader(step, name, report.batch, numbers).read());

  auto train = planned.lookupSymbol<exec::FuncOp>(nn::trainStepName);
  for (Step &step : report.steps) {
    step.samples = report.batch;
    if (step.name == "predict")
      step.samples = layout.getPredictBatch().value_or(report.batch);
    if (step.name == "train")
      addStage(step, train.getArgumentTypes(), layout.getTrainStage(),
               report.batch);
    if (step.name == "predict" || step.name == "evaluate")
      addPrepared(step, layout);
    if (step.name == "evaluate")
      addStage(step, train.getArgumentTypes(), layout.getEvaluateStage(),
               report.batch);
    for (const Call &call : step.calls)
      for (const std::string &layer : call.layers)
        if (auto &layers = report.kernels[call.kernel].layers;
            !llvm::is_contained(layers, layer))
          layers.push_back(layer);
  }
  return report;
}

Peak report::peakOf(const Step &step) {
  Peak peak;
  for (unsigned call = 0; call < step.calls.size(); ++call) {
    int64_t bytes = 0;
    for (const Slice &slice : step.slices)
      if (slice.first <= call && call <= slice.last)
        bytes += slice.size;
    if (bytes > peak.bytes)
      peak = {bytes, call};
  }
  return peak;
}

int64_t report::extentOf(const Step &step) {
  int64_t end = 0;
  for (const Slice &slice : step.slices)
    end = std::max(end, slice.end());
  return end;
}
