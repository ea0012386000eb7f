//===- Runner.cpp - A planned model run in this process -------------------===//
#include "compiler/runner/Runner.h"
#include "compiler/codegen/Steps.h"
#include "compiler/transforms/KernelBridge.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Alignment.h"
#include <atomic>
#include <cstring>
#include <thread>

using namespace mlir;
using namespace lathe;

namespace {
struct FreeMemory {
  void operator()(char *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<char, FreeMemory>;

Memory allocate(int64_t size, int64_t alignment) {
  size = llvm::alignTo(std::max<int64_t>(size, 1), alignment);
  auto *memory = static_cast<char *>(std::aligned_alloc(alignment, size));
  std::memset(memory, 0, size);
  return Memory(memory);
}

struct Step {
  std::vector<StepCall> calls;
  std::vector<std::vector<int64_t>> arguments; ///< their shapes
};
} // namespace

using Kernels = llvm::StringMap<std::shared_ptr<kernels::JitKernel>>;

struct KernelStore::Impl {
  Kernels kernels;
  unsigned threads;
};
KernelStore::KernelStore(unsigned threads) : impl(std::make_unique<Impl>()) {
  impl->threads =
      threads ? threads : std::max(1u, std::thread::hardware_concurrency());
}
KernelStore::~KernelStore() = default;

struct Runner::Impl {
  std::vector<Tensor> tensors;
  Kernels kernels; ///< by their names
  llvm::StringMap<Step> steps;
  Memory regions[4];

  char *region(exec::Region region) {
    return regions[static_cast<int>(region)].get();
  }
};

Runner::Runner() : impl(std::make_unique<Impl>()) {}
Runner::~Runner() = default;

/// Each kernel that the store does not have compiles by itself; the reason of
/// the first failure goes to `error`.
static bool compileKernels(ModuleOp planned, Kernels &compiled, Kernels &store,
                           unsigned threadCount, std::string &error) {
  struct Job {
    kernels::KernelSpec spec;
    kernels::Schedule schedule;
    std::shared_ptr<kernels::JitKernel> &result;
    std::string error;
  };
  std::vector<Job> jobs;
  for (auto kernel : planned.getOps<exec::KernelOp>()) {
    kernels::KernelSpec spec = kernelSpec(kernel, "");
    kernels::Schedule schedule = kernelSchedule(kernel);
    std::string key =
        kernels::signature(spec) + " " + kernels::toString(schedule);
    auto [place, isNew] = store.try_emplace(key);
    if (isNew)
      jobs.push_back({spec, schedule, place->second, ""});
  }
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i = next++; i < jobs.size(); i = next++)
      if (auto kernel = kernels::JitKernel::compile(
              jobs[i].spec, jobs[i].schedule, jobs[i].error))
        jobs[i].result =
            std::make_shared<kernels::JitKernel>(std::move(*kernel));
  };
  std::vector<std::thread> threads(std::min<size_t>(threadCount, jobs.size()));
  for (std::thread &thread : threads)
    thread = std::thread(work);
  for (std::thread &thread : threads)
    thread.join();
  for (Job &job : jobs)
    if (!job.result) {
      error = job.spec.name + ": " + job.error;
      return false;
    }
  for (auto kernel : planned.getOps<exec::KernelOp>())
    compiled[kernel.getSymName()] =
        store[kernels::signature(kernelSpec(kernel, "")) + " " +
              kernels::toString(kernelSchedule(kernel))];
  return true;
}

static void initialize(exec::VariableOp variable, Runner::Tensor &tensor) {
  auto type = cast<RankedTensorType>(variable.getType());
  if (ElementsAttr data = variable.getDataAttr()) {
    char *at = static_cast<char *>(tensor.data);
    nn::visitElements(data, [&](ArrayRef<char> part) {
      at = std::copy(part.begin(), part.end(), at);
    });
    return;
  }
  if (!type.getElementType().isF32())
    return;
  float value = 0;
  if (variable.getInitializer() == "ones")
    value = 1;
  else if (variable.getInitializer() == "constant")
    value = static_cast<float>(variable.getValueAttr().getValueAsDouble());
  llvm::fill(tensor.floats(), value);
}

std::unique_ptr<Runner> Runner::create(ModuleOp planned, std::string &error) {
  KernelStore store;
  return create(planned, error, store);
}

std::unique_ptr<Runner> Runner::create(ModuleOp planned, std::string &error,
                                       KernelStore &store) {
  std::unique_ptr<Runner> runner(new Runner);
  Impl &impl = *runner->impl;
  if (!compileKernels(planned, impl.kernels, store.impl->kernels,
                      store.impl->threads, error))
    return nullptr;

  exec::LayoutOp layout = *planned.getOps<exec::LayoutOp>().begin();
  int64_t alignment = layout.getAlignment();
  auto reserve = [&](exec::Region region, int64_t size) {
    impl.regions[static_cast<int>(region)] = allocate(size, alignment);
  };
  reserve(exec::Region::Params, layout.getParamsSize());
  reserve(exec::Region::State, layout.getStateSize());
  reserve(exec::Region::Arena, layout.getTrainArenaSize());
  reserve(exec::Region::Prepared, layout.getPreparedSize());

  for (auto variable : planned.getOps<exec::VariableOp>()) {
    if (variable.getRegion() == exec::Region::Prepared)
      continue;
    auto type = cast<RankedTensorType>(variable.getType());
    Tensor &tensor = impl.tensors.emplace_back();
    tensor.name = variable.getSymName().str();
    tensor.shape = type.getShape().vec();
    tensor.isParameter = variable.getRegion() == exec::Region::Params;
    tensor.trainable = tensor.isParameter && variable.getTrainable();
    tensor.data = impl.region(variable.getRegion()) + variable.getOffset();
    tensor.elements = type.getNumElements();
    initialize(variable, tensor);
  }
  for (auto function : planned.getOps<exec::FuncOp>()) {
    Step &step = impl.steps[function.getSymName()];
    step.calls = stepCalls(function);
    llvm::erase_if(step.calls, [](const StepCall &call) {
      return call.isGuard; // values are looked at afterwards
    });
    for (Type type : function.getArgumentTypes())
      step.arguments.push_back(cast<MemRefType>(type).getShape().vec());
  }
  return runner;
}

const std::vector<Runner::Tensor> &Runner::tensors() const {
  return impl->tensors;
}

const Runner::Tensor *Runner::find(StringRef name) const {
  for (const Tensor &tensor : impl->tensors)
    if (tensor.name == name)
      return &tensor;
  return nullptr;
}

bool Runner::has(StringRef step) const { return impl->steps.contains(step); }

void Runner::run(StringRef name, ArrayRef<void *> arguments, int n) {
  run(name, arguments, n, [](size_t, ArrayRef<void *>) { return true; });
}

void Runner::run(StringRef name, ArrayRef<void *> arguments, int n,
                 llvm::function_ref<bool(size_t, ArrayRef<void *>)> after) {
  if ((name == nn::predictName || name == nn::evaluateName) &&
      has(nn::prepareName))
    run(nn::prepareName, {}, 1);
  for (const auto &[number, call] :
       llvm::enumerate(impl->steps.find(name)->second.calls)) {
    std::vector<void *> buffers;
    auto add = [&](const StepBuffer &buffer) {
      buffers.push_back(buffer.argument >= 0
                            ? arguments[buffer.argument]
                            : impl->region(buffer.region) + buffer.offset);
    };
    llvm::for_each(call.inputs, add);
    llvm::for_each(call.outputs, add);
    impl->kernels.find(call.kernel)->second->run(buffers, n);
    if (!after(number, ArrayRef(buffers).drop_front(call.inputs.size())))
      return;
  }
}

size_t Runner::argumentElements(StringRef name, unsigned argument,
                                int n) const {
  size_t elements = 1;
  for (int64_t extent : impl->steps.find(name)->second.arguments[argument])
    elements *= ShapedType::isDynamic(extent) ? n : extent;
  return elements;
}
