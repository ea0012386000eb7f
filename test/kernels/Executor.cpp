//===- Executor.cpp - Where the kernels of the tests run -----------------===//

#include "test/kernels/Executor.h"

namespace lathe::kernels {

namespace {
class InThisProcess : public Executor {
public:
  Isa isa() const override { return hostIsa(); }
  std::string run(const KernelSpec &spec, const Schedule &schedule,
                  std::vector<Call> &calls) override {
    std::string error;
    std::optional<JitKernel> kernel = JitKernel::compile(spec, schedule, error);
    if (kernel)
      for (Call &call : calls)
        kernel->run(call.pointers(), static_cast<int32_t>(call.n));
    return error;
  }
};

std::unique_ptr<Executor> &current() {
  static std::unique_ptr<Executor> executor = std::make_unique<InThisProcess>();
  return executor;
}
} // namespace

Executor &executor() { return *current(); }
void setExecutor(std::unique_ptr<Executor> other) {
  current() = std::move(other);
}

} // namespace lathe::kernels
