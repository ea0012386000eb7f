//===- KernelTable.cpp - What an artifact says of its kernels -------------===//
#include "compiler/codegen/KernelTable.h"
#include "compiler/transforms/KernelBridge.h"
#include "compiler/transforms/StepPlanner.h"
#include "dialects/exec/ExecDialect.h"

using namespace mlir;
using namespace lathe;

static double bytesOf(exec::KernelOp kernel, int64_t n) {
  double sum = 0;
  auto add = [&](Type type) {
    sum += double(sizeInBytes(cast<RankedTensorType>(type), n));
  };
  Block &body = kernel.getBody().front();
  llvm::for_each(body.getArgumentTypes(), add);
  llvm::for_each(body.getTerminator()->getOperandTypes(), add);
  return sum;
}

/// From what one and two samples cost.
static KernelCost cost(double ofOne, double ofTwo) {
  double perSample = ofTwo - ofOne;
  return {ofOne - perSample, perSample};
}

static KernelDescription describeKernel(exec::KernelOp kernel) {
  kernels::KernelSpec spec = kernelSpec(kernel, "");
  std::string operations;
  for (const kernels::Node &node : spec.nodes)
    operations += (operations.empty() ? "" : " ") + node.op;
  auto flop = [&](int64_t n) { return 2 * kernels::multiplyAdds(spec, n); };
  KernelDescription description;
  description.name = spec.name;
  description.operations = operations;
  description.schedule = kernelSchedule(kernel);
  description.flop = cost(flop(1), flop(2));
  description.bytes = cost(bytesOf(kernel, 1), bytesOf(kernel, 2));
  description.arithmeticSpeedup =
      kernels::arithmeticSpeedup(spec, description.schedule);
  return description;
}

std::vector<KernelDescription> lathe::describeKernels(ModuleOp planned) {
  std::vector<KernelDescription> table;
  for (auto kernel : planned.getOps<exec::KernelOp>())
    table.push_back(describeKernel(kernel));
  return table;
}
