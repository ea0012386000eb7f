//===- PredictBatch.cpp - How many samples are predicted at once ----------===//
#include "compiler/codegen/PredictBatch.h"
#include "compiler/transforms/ModuleMachine.h"
#include "dialects/exec/ExecDialect.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace lathe;

namespace {
/// What a kernel reads and writes, in bytes.
struct Traffic {
  double weights = 0, perSample = 0;
};
} // namespace

static Traffic trafficOf(exec::CallOp call) {
  Traffic traffic;
  for (Value memory : call->getOperands()) {
    auto type = cast<MemRefType>(memory.getType());
    double bytes = type.getElementTypeBitWidth() / 8.0;
    for (int64_t extent : type.getShape())
      bytes *= ShapedType::isDynamic(extent) ? 1.0 : double(extent);
    bool isSamples = llvm::any_of(type.getShape(), ShapedType::isDynamic);
    (isSamples ? traffic.perSample : traffic.weights) += bytes;
  }
  return traffic;
}

/// Cores whose caches a part of the batch may fill: few machines have fewer.
static constexpr int sharingCores = 2;

int64_t lathe::predictBatch(ModuleOp planned, int64_t batch) {
  Machine machine = machineOf(planned);
  machine.l2 *= sharingCores;
  auto microsecondsPerByte = [&](double footprint) {
    return 1 / (sharingCores * machine.readBandwidth(footprint));
  };
  auto predict = planned.lookupSymbol<exec::FuncOp>(nn::predictName);
  SmallVector<Traffic> kernels;
  double weights = 0;
  for (auto call : predict.getBody().getOps<exec::CallOp>()) {
    kernels.push_back(trafficOf(call));
    weights += kernels.back().weights;
  }
  // Beginning a kernel, too, is shared by the samples of a part.
  auto cost = [&](int64_t part) {
    auto samples = static_cast<double>(part);
    double shared = weights * microsecondsPerByte(weights) +
                    machine.callMicroseconds * static_cast<double>(kernels.size());
    double own = 0;
    for (const Traffic &kernel : kernels)
      own += kernel.perSample * microsecondsPerByte(samples * kernel.perSample);
    return own + shared / samples;
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
