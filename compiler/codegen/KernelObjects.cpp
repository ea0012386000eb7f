//===- KernelObjects.cpp - Kernels compiled to object files ---------------===//
#include "compiler/codegen/KernelObjects.h"
#include "compiler/codegen/Object.h"
#include "compiler/codegen/Target.h"
#include "compiler/codegen/WriteFile.h"
#include "compiler/kernels/Kernel.h"
#include "compiler/transforms/KernelBridge.h"
#include "dialects/exec/ExecDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/ThreadPool.h"
#include <mutex>

using namespace llvm;
using namespace lathe;

std::string lathe::parallelForSymbol(StringRef model) {
  return (model + "_do_par_for").str();
}

namespace {
/// Compiled kernels on disk, by all that their code depends on. A file that
/// cannot be read or written is no error: the kernel is compiled again.
class KernelCache {
public:
  explicit KernelCache(StringRef directory) : directory(directory) {
    if (!directory.empty() && sys::fs::create_directories(directory))
      this->directory.clear();
  }

  std::string path(const kernels::KernelSpec &spec,
                   const kernels::Schedule &schedule, StringRef target) const {
    if (directory.empty())
      return "";
    SHA256 hash;
    auto add = [&](StringRef part) {
      hash.update(part);
      hash.update(StringRef("\0", 1));
    };
    add(compilerVersion());
    add(buildId());
    add(target);
    add(spec.name);
    add(kernels::signature(spec));
    add(kernels::toString(schedule));
    SmallString<128> file(directory);
    sys::path::append(file,
                      "llvmcache-" + toHex(hash.final(), /*LowerCase=*/true));
    return std::string(file);
  }

  static bool load(StringRef path, ObjectFile &object) {
    if (path.empty())
      return false;
    auto file = MemoryBuffer::getFile(path);
    if (!file || (*file)->getBufferSize() == 0)
      return false;
    object.assign((*file)->getBufferStart(), (*file)->getBufferEnd());
    return true;
  }

  static void store(StringRef path, const ObjectFile &object) {
    if (path.empty())
      return;
    consumeError(writeFile(path, StringRef(object.data(), object.size())));
  }

  /// Bounds the cache's size; the least recently used files go first.
  void prune() const {
    CachePruningPolicy policy;
    policy.MaxSizeBytes = uint64_t(1) << 30;
    if (!directory.empty())
      pruneCache(directory, policy);
  }

private:
  /// A compiler that was built anew may compile the same kernel differently.
  static std::string buildId() {
    static const std::string id = [] {
      std::string path = sys::fs::getMainExecutable(nullptr, nullptr);
      sys::fs::file_status status;
      if (sys::fs::status(path, status))
        return std::string();
      return std::to_string(status.getSize()) + "/" +
             std::to_string(
                 status.getLastModificationTime().time_since_epoch().count());
    }();
    return id;
  }

  std::string directory;
};

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

static Expected<ObjectFile> compileAnew(const kernels::KernelSpec &spec,
                                        const kernels::Schedule &schedule,
                                        StringRef model,
                                        const TargetDescription &target) {
  kernels::CompiledKernel compiled =
      kernels::compileToBitcode(spec, schedule, *parseIsa(target.name));
  if (!compiled.error.empty())
    return createStringError("kernel " + spec.name + ": " + compiled.error);
  LLVMContext context;
  Expected<std::unique_ptr<Module>> module =
      parseBitcodeFile(MemoryBufferRef(compiled.bitcode, spec.name), context);
  if (!module)
    return module.takeError();
  prepare(**module, spec.name, model, target);
  return compileModule(**module, target, target.cpu);
}

Expected<ObjectFile> lathe::compileKernel(const kernels::KernelSpec &spec,
                                          const kernels::Schedule &schedule,
                                          StringRef model,
                                          const CodegenOptions &options) {
  KernelCache cache(options.cacheDirectory);
  std::string path = cache.path(spec, schedule, options.target);
  ObjectFile cached;
  if (KernelCache::load(path, cached))
    return cached;
  Expected<ObjectFile> object =
      compileAnew(spec, schedule, model, targetDescription(options.target));
  if (object)
    KernelCache::store(path, *object);
  return object;
}

/// The kernel with its default, where its own schedule does not compile.
static Expected<ObjectFile> compileOrDefault(const kernels::KernelSpec &spec,
                                             const kernels::Schedule &schedule,
                                             StringRef model,
                                             const CodegenOptions &options,
                                             std::string &warning) {
  Expected<ObjectFile> object = compileKernel(spec, schedule, model, options);
  kernels::Schedule other =
      kernels::defaultSchedule(spec, *parseIsa(options.target));
  if (object || schedule == other)
    return object;
  warning = toString(object.takeError()) + "; its default schedule is used";
  return compileKernel(spec, other, model, options);
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

  std::mutex mutex;
  unsigned done = 0;
  DefaultThreadPool pool(hardware_concurrency(options.threads));
  for (auto &job : jobs)
    pool.async([&, job = job.get()] {
      (void)!job->error;
      Expected<ObjectFile> object = compileOrDefault(
          job->spec, job->schedule, model, options, job->warning);
      if (object)
        job->object = std::move(*object);
      else
        job->error = object.takeError();
      std::lock_guard<std::mutex> lock(mutex);
      if (options.progress)
        options.progress(++done, jobs.size());
    });
  pool.wait();
  KernelCache(options.cacheDirectory).prune();

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
