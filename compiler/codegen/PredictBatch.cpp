//===- PredictBatch.cpp - How many samples are predicted at once ----------===//
#include "compiler/codegen/PredictBatch.h"
#include "compiler/transforms/KernelBridge.h"
#include "compiler/transforms/ModuleMachine.h"
#include "compiler/transforms/StepPlanner.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace lathe;

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
        weights * microsecondsPerByte(weights) +
        machine.callMicroseconds * static_cast<double>(calls.size());
    double own = 0;
    for (const Call &call : calls) {
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
} // namespace

static Call describe(exec::CallOp op, const Machine &machine) {
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

int64_t lathe::predictBatch(ModuleOp planned, int64_t batch) {
  Machine machine = machineOf(planned);
  auto predict = planned.lookupSymbol<exec::FuncOp>(nn::predictName);
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
