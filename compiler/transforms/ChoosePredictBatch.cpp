//===- ChoosePredictBatch.cpp - How many samples are predicted at once ----===//
#include "compiler/transforms/KernelBridge.h"
#include "compiler/transforms/ModuleMachine.h"
#include "compiler/transforms/Passes.h"
#include "compiler/transforms/StepPlanner.h"
#include "dialects/nn/NNDialect.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace lathe {
#define GEN_PASS_DEF_CHOOSEPREDICTBATCH
#include "compiler/transforms/Passes.h.inc"

namespace {
/// A call of a kernel: bytes that it reads and writes, and microseconds that a
/// core computes.
struct Call {
  double weights = 0, perSample = 0, work = 0;
};

/// Estimated time of a prediction on a number of cores.
class Estimate {
public:
  Estimate(ArrayRef<Call> calls, const Machine &machine, int cores)
      : calls(calls), machine(machine), cores(cores) {
    for (const Call &call : calls)
      weights += call.weights;
    // Each core has its own L2 and its share of the samples.
    this->machine.l2 *= cores;
  }

  /// Microseconds for each sample of a part: moving what the kernels read and
  /// write, beginning them, and waiting for cores that have more to do.
  double operator()(int64_t part) const {
    auto samples = static_cast<double>(part);
    double shared =
        machine.callMicroseconds * static_cast<double>(calls.size());
    double own = 0;
    for (const Call &call : calls) {
      // Each core reads the weights, or where they are more than the images its
      // part of them.
      shared += call.weights * (call.weights > samples * call.perSample
                                    ? microsecondsPerByte(weights)
                                    : 1 / machine.readBandwidth(weights));
      own += call.perSample * microsecondsPerByte(samples * call.perSample);
      double busy = std::clamp(samples * call.work / machine.taskMicroseconds,
                               1.0, double(cores));
      own += call.work / busy - call.work / cores;
    }
    return own + shared / samples;
  }

private:
  double microsecondsPerByte(double footprint) const {
    // Some cores have the memory to the full.
    constexpr int mostAtMemory = 8;
    bool fits = footprint <= double(machine.l3);
    int reading = fits ? cores : std::min(cores, mostAtMemory);
    return 1 / (reading * machine.readBandwidth(footprint));
  }

  ArrayRef<Call> calls;
  Machine machine;
  int cores;
  double weights = 0;
};

Call describe(exec::CallOp op, const Machine &machine) {
  Call call;
  for (Value memory : op->getOperands()) {
    auto type = cast<MemRefType>(memory.getType());
    auto bytes = static_cast<double>(sizeInBytes(type, 1));
    bool isSamples = llvm::any_of(type.getShape(), ShapedType::isDynamic);
    (isSamples ? call.perSample : call.weights) += bytes;
  }
  auto kernel = SymbolTable::lookupNearestSymbolFrom<exec::KernelOp>(
      op, op.getKernelAttr());
  double products = kernels::multiplyAdds(kernelSpec(kernel, ""), 1);
  call.work = std::max(machine.multiplyAddMicroseconds(products),
                       call.perSample / machine.streamBandwidth);
  return call;
}

/// The best size of the parts that a prediction of `batch` samples is cut into.
int64_t bestPart(exec::FuncOp predict, int64_t batch, const Machine &machine) {
  SmallVector<Call> calls;
  for (auto call : predict.getBody().getOps<exec::CallOp>())
    calls.push_back(describe(call, machine));
  // Good on the cores that are planned for, and on two, which any machine has.
  Estimate few(calls, machine, std::min(2, machine.cores)),
      all(calls, machine, machine.cores);
  auto cost = [&](int64_t part) {
    return few(part) / few(batch) + all(part) / all(batch);
  };
  int64_t best = batch;
  // Parts of one size, or nearly.
  for (int64_t parts = 2; parts <= batch; ++parts) {
    int64_t part = llvm::divideCeil(batch, parts);
    if (cost(part) < 0.97 * cost(best))
      best = part;
  }
  return best;
}

struct ChoosePredictBatch : impl::ChoosePredictBatchBase<ChoosePredictBatch> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto predict = module.lookupSymbol<exec::FuncOp>(nn::predictName);
    auto layouts = module.getOps<exec::LayoutOp>();
    if (!predict || layouts.empty())
      return;
    exec::LayoutOp layout = *layouts.begin();
    int64_t batch = layout.getBatch();
    int64_t part = bestPart(predict, batch, machineOf(module));
    if (part == batch)
      return;
    layout.setPredictBatch(part);
    llvm::StringSet<> predicts = kernelsOf(predict), others;
    for (auto step : module.getOps<exec::FuncOp>())
      if (step != predict && step.getSymName() != nn::evaluateName)
        for (const auto &kernel : kernelsOf(step))
          others.insert(kernel.getKey());
    for (auto kernel : module.getOps<exec::KernelOp>())
      if (StringRef name = kernel.getSymName();
          predicts.contains(name) && !others.contains(name))
        kernel.setSamples(part);
  }

  static llvm::StringSet<> kernelsOf(exec::FuncOp step) {
    llvm::StringSet<> kernels;
    step.walk([&](exec::CallOp call) { kernels.insert(call.getKernel()); });
    return kernels;
  }
};
} // namespace
} // namespace lathe
