//===- LoadedKernel.cpp - A kernel's machine code in this process ---------===//
#include "compiler/tuner/LoadedKernel.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/KernelObjects.h"
#include "runtime/artifact.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace lathe;

namespace {
/// halide_buffer_t, of which kernels read the `host` pointer alone.
struct Buffer {
  uint64_t device;
  void *interface;
  void *host;
  char rest[32];
};

struct ParallelLoop {
  int (*task)(void *, int, uint8_t *);
  uint8_t *closure;
};

int runIndex(void *closure, int index) {
  auto *loop = static_cast<ParallelLoop *>(closure);
  return loop->task(nullptr, index, loop->closure);
}

/// As in runtime/embedded/threads.c.
int parallelFor(void *, int (*task)(void *, int, uint8_t *), int min, int size,
                uint8_t *closure) {
  ParallelLoop loop = {task, closure};
  if (lathe_parallel_for && size > 1)
    return lathe_parallel_for(runIndex, &loop, min, size);
  for (int i = min; i < min + size; ++i)
    if (int status = runIndex(&loop, i))
      return status;
  return 0;
}

constexpr StringLiteral model = "tuned", packed = "tuned_packed";

/// void tuned_packed(Buffer *buffers, int32_t n): the kernel, whatever the
/// number of its buffers.
void addPackedCall(Module &module, StringRef kernel) {
  LLVMContext &context = module.getContext();
  Function *callee = module.getFunction(kernel);
  Type *pointer = PointerType::get(context, 0),
       *i32 = Type::getInt32Ty(context);
  auto *caller = Function::Create(
      FunctionType::get(Type::getVoidTy(context), {pointer, i32}, false),
      GlobalValue::ExternalLinkage, packed, module);
  IRBuilder<> builder(BasicBlock::Create(context, "", caller));
  SmallVector<Value *> arguments;
  uint64_t offset = 0;
  for (Argument &argument : callee->args()) {
    if (argument.getType() == i32) {
      arguments.push_back(caller->getArg(1));
      continue;
    }
    arguments.push_back(builder.CreateConstInBoundsGEP1_64(
        builder.getInt8Ty(), caller->getArg(0), offset));
    offset += sizeof(Buffer);
  }
  builder.CreateCall(callee, arguments);
  builder.CreateRetVoid();
}
} // namespace

LoadedKernel::LoadedKernel() = default;
LoadedKernel::LoadedKernel(LoadedKernel &&) noexcept = default;
LoadedKernel &LoadedKernel::operator=(LoadedKernel &&) noexcept = default;
LoadedKernel::~LoadedKernel() = default;

Expected<LoadedKernel>
LoadedKernel::compile(const kernels::KernelSpec &spec,
                      const kernels::Schedule &schedule) {
  Expected<std::string> target = resolveTarget("host");
  if (!target)
    return target.takeError();
  Expected<ObjectFile> object =
      compileKernel(spec, schedule, model, *target,
                    [&](Module &module) { addPackedCall(module, spec.name); });
  if (!object)
    return object.takeError();

  LoadedKernel kernel;
  auto jit = orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  kernel.jit = std::move(*jit);
  orc::MangleAndInterner mangle(kernel.jit->getExecutionSession(),
                                kernel.jit->getDataLayout());
  orc::JITDylib &library = kernel.jit->getMainJITDylib();
  if (Error error = library.define(orc::absoluteSymbols(
          {{mangle(parallelForSymbol(model)),
            orc::ExecutorSymbolDef(orc::ExecutorAddr::fromPtr(&parallelFor),
                                   JITSymbolFlags::Exported)}})))
    return error;
  if (Error error = kernel.jit->addObjectFile(MemoryBuffer::getMemBufferCopy(
          StringRef(object->data(), object->size()), spec.name)))
    return error;
  auto address = kernel.jit->lookup(packed);
  if (!address)
    return address.takeError();
  kernel.function = address->toPtr<void (*)(void *, int32_t)>();
  return kernel;
}

void LoadedKernel::run(ArrayRef<void *> pointers, int32_t n) const {
  SmallVector<Buffer> buffers(pointers.size(), Buffer{});
  for (auto [buffer, pointer] : zip_equal(buffers, pointers))
    buffer.host = pointer;
  function(buffers.data(), n);
}
