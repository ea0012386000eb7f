//===- LoadedKernel.cpp - A kernel's machine code in this process ---------===//
#include "compiler/tuner/LoadedKernel.h"
#include "compiler/codegen/Codegen.h"
#include "runtime/artifact.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/TargetSelect.h"

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

constexpr StringLiteral packed = "lathe_packed_call";

/// void lathe_packed_call(Buffer *buffers, int32_t n): the kernel, whatever the
/// number of its buffers.
orc::ThreadSafeModule packedCall(const kernels::KernelSpec &spec) {
  auto context = std::make_unique<LLVMContext>();
  auto module = std::make_unique<Module>(packed, *context);
  Type *pointer = PointerType::get(*context, 0),
       *i32 = Type::getInt32Ty(*context);
  size_t outputs = spec.results.size(), inputs = spec.inputs.size();
  for (int input : spec.inPlace)
    inputs -= input >= 0;
  SmallVector<Type *> types(inputs, pointer);
  types.push_back(i32);
  types.append(outputs, pointer);
  FunctionCallee kernel = module->getOrInsertFunction(
      spec.name, FunctionType::get(i32, types, false));

  auto *caller = Function::Create(
      FunctionType::get(Type::getVoidTy(*context), {pointer, i32}, false),
      GlobalValue::ExternalLinkage, packed, *module);
  IRBuilder<> builder(BasicBlock::Create(*context, "", caller));
  SmallVector<Value *> arguments;
  for (size_t i = 0; i < inputs + outputs; ++i) {
    if (i == inputs)
      arguments.push_back(caller->getArg(1));
    arguments.push_back(builder.CreateConstInBoundsGEP1_64(
        builder.getInt8Ty(), caller->getArg(0), i * sizeof(Buffer)));
  }
  builder.CreateCall(kernel, arguments);
  builder.CreateRetVoid();
  return {std::move(module), std::move(context)};
}
} // namespace

LoadedKernel::LoadedKernel() = default;
LoadedKernel::LoadedKernel(LoadedKernel &&) noexcept = default;
LoadedKernel &LoadedKernel::operator=(LoadedKernel &&) noexcept = default;
LoadedKernel::~LoadedKernel() = default;

Expected<LoadedKernel>
LoadedKernel::compile(const kernels::KernelSpec &spec,
                      const kernels::Schedule &schedule) {
  constexpr StringLiteral model = "alone";
  CodegenOptions options;
  Expected<std::string> target = resolveTarget("host");
  if (!target)
    return target.takeError();
  options.target = *target;
  Expected<ObjectFile> object = compileKernel(spec, schedule, model, options);
  if (!object)
    return object.takeError();
  return load(spec, model, *object);
}

Expected<LoadedKernel> LoadedKernel::load(const kernels::KernelSpec &spec,
                                          StringRef model,
                                          const ObjectFile &object) {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
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
          StringRef(object.data(), object.size()), spec.name)))
    return error;
  if (Error error = kernel.jit->addIRModule(packedCall(spec)))
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
