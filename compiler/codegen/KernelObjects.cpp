//===- KernelObjects.cpp - Kernels compiled to object files ---------------===//
#include "compiler/codegen/ExpectNaN.h"
#include "compiler/codegen/KernelCache.h"
#include "compiler/codegen/KernelTexts.h"
#include "compiler/codegen/Object.h"
#include "compiler/codegen/Target.h"
#include "compiler/kernels/Kernel.h"
#include "compiler/transforms/KernelBridge.h"
#include "dialects/exec/ExecDialect.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ThreadPool.h"
#include <mutex>

using namespace llvm;
using namespace lathe;

std::string lathe::parallelForSymbol(StringRef model) {
  return (model + "_do_par_for").str();
}

namespace {
/// What is asked for ahead of its use waits in the second cache level; Halide
/// asks for it as if it were used once and at once.
void keepPrefetched(Function &function) {
  constexpr unsigned locality = 2;
  for (Instruction &instruction : instructions(function))
    if (auto *call = dyn_cast<IntrinsicInst>(&instruction);
        call && call->getIntrinsicID() == Intrinsic::prefetch)
      call->setArgOperand(
          locality, ConstantInt::get(call->getArgOperand(locality)->getType(),
                                     /*the second level*/ 2));
}

/// Leaves one hidden function in a kernel's module and prepares it for the
/// target.
void prepare(Module &module, StringRef kernel, StringRef model,
             const TargetDescription &target) {
  for (StringRef unused : {"_argv", "_metadata"})
    if (Function *function = module.getFunction((kernel + unused).str()))
      function->eraseFromParent();
  for (GlobalVariable &global : make_early_inc_range(module.globals())) {
    global.removeDeadConstantUsers();
    if (global.use_empty())
      global.eraseFromParent();
  }
  if (Function *loop = module.getFunction("halide_do_par_for")) {
    loop->setName(parallelForSymbol(model));
    loop->setVisibility(GlobalValue::HiddenVisibility);
  }
  unsigned tasks = 0;
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    keepPrefetched(function);
    expectNaN(function);
    if (function.getName() == kernel) {
      function.setVisibility(GlobalValue::HiddenVisibility);
    } else {
      // Halide numbers its loop bodies through the process; a name should not
      // tell which kernels were compiled before.
      function.setLinkage(GlobalValue::InternalLinkage);
      function.setName(kernel + "_task" + Twine(tasks++));
    }
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("prefer-vector-width", "512");
    function.addFnAttr("min-legal-vector-width", "512");
  }
  module.setSourceFileName(kernel);
}

} // namespace

static Expected<std::unique_ptr<Module>>
buildModule(const kernels::KernelSpec &spec, const kernels::Schedule &schedule,
            StringRef model, const CodegenOptions &options,
            LLVMContext &context) {
  kernels::CompiledKernel compiled =
      kernels::compileToBitcode(spec, schedule, options.machine());
  if (!compiled.error.empty())
    return createStringError("kernel " + spec.name + ": " + compiled.error);
  Expected<std::unique_ptr<Module>> module =
      parseBitcodeFile(MemoryBufferRef(compiled.bitcode, spec.name), context);
  if (module)
    prepare(**module, spec.name, model, targetDescription(options.target));
  return module;
}

static Expected<ObjectFile> compileAnew(const kernels::KernelSpec &spec,
                                        const kernels::Schedule &schedule,
                                        StringRef model,
                                        const CodegenOptions &options) {
  LLVMContext context;
  Expected<std::unique_ptr<Module>> module =
      buildModule(spec, schedule, model, options, context);
  if (!module)
    return module.takeError();
  const TargetDescription &target = targetDescription(options.target);
  return compileModule(**module, target, target.cpu);
}

Expected<KernelTexts> lathe::describeKernel(exec::KernelOp kernel,
                                            StringRef model,
                                            const CodegenOptions &options) {
  kernels::KernelSpec spec = kernelSpec(kernel, (model + "_").str());
  kernels::Schedule schedule = kernelSchedule(kernel);
  LLVMContext context;
  Expected<std::unique_ptr<Module>> module =
      buildModule(spec, schedule, model, options, context);
  if (!module)
    return module.takeError();
  KernelTexts texts;
  texts.statement = kernels::dumpStatement(spec, schedule, options.machine());
  const TargetDescription &target = targetDescription(options.target);
  raw_string_ostream(texts.ir) << **module;
  Expected<ObjectFile> assembly = compileModule(**module, target, target.cpu,
                                                CodeGenFileType::AssemblyFile);
  if (!assembly)
    return assembly.takeError();
  texts.assembly.assign(assembly->begin(), assembly->end());
  return texts;
}

static Expected<ObjectFile> compileThrough(KernelCache &cache,
                                           const kernels::KernelSpec &spec,
                                           const kernels::Schedule &schedule,
                                           StringRef model,
                                           const CodegenOptions &options) {
  KernelCache::Key key =
      KernelCache::keyOf(spec, schedule, model, options.machine());
  if (std::optional<ObjectFile> cached = cache.load(key))
    return std::move(*cached);
  Expected<ObjectFile> object = compileAnew(spec, schedule, model, options);
  if (object)
    cache.store(key, *object);
  return object;
}

Expected<ObjectFile> lathe::compileKernel(const kernels::KernelSpec &spec,
                                          const kernels::Schedule &schedule,
                                          StringRef model,
                                          const CodegenOptions &options) {
  KernelCache cache(options.cacheDirectory);
  return compileThrough(cache, spec, schedule, model, options);
}

/// The kernel with its default, where its own schedule does not compile.
static Expected<ObjectFile>
compileOrDefault(KernelCache &cache, const kernels::KernelSpec &spec,
                 const kernels::Schedule &schedule, StringRef model,
                 const CodegenOptions &options, std::string &warning) {
  Expected<ObjectFile> object =
      compileThrough(cache, spec, schedule, model, options);
  kernels::Schedule other = kernels::defaultSchedule(spec, options.machine());
  if (object || schedule == other)
    return object;
  warning = toString(object.takeError()) + "; its default schedule is used";
  return compileThrough(cache, spec, other, model, options);
}

Expected<std::vector<ObjectFile>>
lathe::compileKernels(mlir::ModuleOp planned, const CodegenOptions &options) {
  struct Job {
    kernels::KernelSpec spec;
    kernels::Schedule schedule;
    ObjectFile object;
    std::string warning;
    Error error = Error::success();
  };
  std::string model = modelName(planned);
  std::vector<std::unique_ptr<Job>> jobs;
  for (auto kernel : planned.getOps<exec::KernelOp>()) {
    jobs.push_back(std::make_unique<Job>());
    jobs.back()->spec = kernelSpec(kernel, model + "_");
    jobs.back()->schedule = kernelSchedule(kernel);
  }

  KernelCache cache(options.cacheDirectory);
  std::mutex mutex;
  unsigned done = 0;
  DefaultThreadPool pool(hardware_concurrency(options.threads));
  for (auto &job : jobs)
    pool.async([&, job = job.get()] {
      (void)!job->error;
      Expected<ObjectFile> object = compileOrDefault(
          cache, job->spec, job->schedule, model, options, job->warning);
      if (object)
        job->object = std::move(*object);
      else
        job->error = object.takeError();
      std::lock_guard<std::mutex> lock(mutex);
      if (options.progress)
        options.progress(++done, jobs.size());
    });
  pool.wait();
  cache.prune();
  if (options.warn && cache.damaged())
    options.warn((Twine(cache.damaged()) +
                  " damaged entries of the kernel cache " +
                  options.cacheDirectory + " were compiled again")
                     .str());

  std::vector<ObjectFile> objects;
  Error errors = Error::success();
  for (auto &job : jobs) {
    if (options.warn && !job->warning.empty())
      options.warn(job->warning);
    errors = joinErrors(std::move(errors), std::move(job->error));
    objects.push_back(std::move(job->object));
  }
  if (errors)
    return errors;
  return objects;
}
