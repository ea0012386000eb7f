//===- Object.cpp - A planned module to one object file -------------------===//
#include "compiler/codegen/Object.h"
#include "compiler/codegen/DataObject.h"
#include "compiler/codegen/Embedded.h"
#include "compiler/codegen/Linker.h"
#include "compiler/codegen/ModelTables.h"
#include "compiler/codegen/StackSize.h"
#include "compiler/codegen/Steps.h"
#include "compiler/codegen/Target.h"
#include "runtime/embedded/internal.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace llvm;
using namespace lathe;

Expected<ObjectFile> lathe::compileModule(Module &module,
                                          const TargetDescription &target,
                                          StringRef cpu, CodeGenFileType type) {
  std::unique_ptr<TargetMachine> machine = createTargetMachine(target, cpu);
  if (!machine)
    return createStringError("this build of LLVM cannot compile for " +
                             target.name);
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  ObjectFile object;
  raw_svector_ostream os(object);
  legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, os, nullptr, type))
    return createStringError("no object files for " + target.name);
  passes.run(module);
  return object;
}

namespace {
/// Turns constants of C into constants of LLVM with the layout a C compiler
/// gives them.
class ConstantEmitter {
public:
  explicit ConstantEmitter(Module &module) : module(module) {}

  llvm::Constant *emit(const lathe::Constant &constant) {
    LLVMContext &context = module.getContext();
    return std::visit(
        [&](const auto &value) -> llvm::Constant * {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_integral_v<T>)
            return ConstantInt::get(context, APInt(sizeof(T) * 8, value, true));
          else if constexpr (std::is_floating_point_v<T>)
            return ConstantFP::get(context, APFloat(value));
          else if constexpr (std::is_same_v<T, lathe::Constant::String>)
            return value.text ? string(*value.text) : null();
          else if constexpr (std::is_same_v<T, lathe::Constant::Address>)
            return value.symbol.empty() ? null() : address(value.symbol);
          else
            return emitStruct(value);
        },
        constant.value);
  }

  llvm::Constant *emitStruct(const lathe::Constant::Fields &fields) {
    SmallVector<llvm::Constant *> values;
    for (const lathe::Constant &field : fields)
      values.push_back(emit(field));
    return ConstantStruct::getAnon(module.getContext(), values);
  }

  GlobalVariable *define(const Twine &name, llvm::Constant *value) {
    auto *global = new GlobalVariable(module, value->getType(),
                                      /*isConstant=*/true,
                                      GlobalValue::ExternalLinkage, value);
    global->setName(name);
    return global;
  }

private:
  llvm::Constant *null() {
    return ConstantPointerNull::get(PointerType::get(module.getContext(), 0));
  }
  llvm::Constant *string(StringRef text) {
    auto *global =
        define("", ConstantDataArray::getString(module.getContext(), text));
    global->setLinkage(GlobalValue::PrivateLinkage);
    global->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    return global;
  }
  llvm::Constant *address(StringRef symbol) {
    GlobalValue *value = module.getNamedValue(symbol);
    assert(value && "tables point to what exists");
    return value;
  }

  Module &module;
};

class ArtifactBuilder {
public:
  ArtifactBuilder(Module &module, mlir::ModuleOp planned,
                  const TargetDescription &target, const ModelTables &tables)
      : module(module), planned(planned), target(target), tables(tables) {}

  void build() {
    forTarget();
    if (!Triple(target.triple).isX86())
      skipCpuCheck();
    defineSteps(module, planned);
    takeName();
    defineTables();
    hide();
    optimize();
  }

private:
  /// Everything here runs before the CPU is known to be good enough.
  void forTarget() {
    for (Function &function : module) {
      for (StringRef kind : {"target-cpu", "target-features", "tune-cpu"})
        function.removeFnAttr(kind);
      function.addFnAttr("target-cpu", target.baseline);
    }
  }

  /// The embedded code is compiled for x86, whose CPUs alone differ in what the
  /// targets need.
  void skipCpuCheck() {
    Function *check = module.getFunction("lathe_this_cpu_supported");
    check->deleteBody();
    IRBuilder<> builder(BasicBlock::Create(module.getContext(), "", check));
    builder.CreateRet(ConstantInt::get(check->getReturnType(), 1));
  }

  void takeName() {
    for (GlobalObject &object : module.global_objects())
      object.setName(withPrefix(object.getName(), tables.name));
    module.getFunction("halide_do_par_for")
        ->setName(parallelForSymbol(tables.name));
  }

  void defineTables() {
    ConstantEmitter emitter(module);
    for (const InitialData &data : tables.data)
      new GlobalVariable(module, Type::getInt8Ty(module.getContext()),
                         /*isConstant=*/true, GlobalValue::ExternalLinkage,
                         /*Initializer=*/nullptr, data.symbol); // DataObject.h
    auto array = [&](const std::string &symbol, const auto &elements) {
      lathe::Constant::Fields fields;
      for (const auto &element : elements)
        fields.push_back({element});
      if (!fields.empty())
        emitter.define(symbol, emitter.emitStruct(fields));
    };
    std::vector<lathe::Constant::String> names(tables.classNames.begin(),
                                               tables.classNames.end());
    array(tensorsSymbol(tables), tables.tensors);
    array(kernelsSymbol(tables), tables.kernels);
    array(inputsSymbol(tables), tables.inputs);
    array(outputsSymbol(tables), tables.outputs);
    array(classNamesSymbol(tables), names);
    array(boundsSymbol(tables), tables.bounds);
    array(keptSymbol(tables), tables.kept);
    array(drawsSymbol(tables), tables.draws);
    array(mixesSymbol(tables), tables.mixes);
    array(measuredSymbol(tables), tables.measured);
    array(whiteningsSymbol(tables), tables.whitenings);
    replace("_model", emitter.emitStruct(tables.model), sizeof(lathe_model));
    replace("_layout", emitter.emitStruct(tables.layout), sizeof(lathe_layout));
  }

  void replace(StringRef suffix, llvm::Constant *value, uint64_t size) {
    std::string name = tables.name + suffix.str();
    assert(
        (module.getDataLayout().getTypeAllocSize(value->getType()) == size) &&
        "the table has the fields of the C struct");
    (void)size;
    GlobalVariable *declared = module.getNamedGlobal(name);
    declared->setName("");
    GlobalVariable *defined = ConstantEmitter(module).define(name, value);
    declared->replaceAllUsesWith(defined);
    declared->eraseFromParent();
  }

  /// What hosts call stays visible; the parallel loop is visible to kernels.
  void hide() {
    StringSet<> visible;
    auto show = [&](std::initializer_list<StringRef> names, bool exist = true) {
      for (StringRef name : names)
        if (exist)
          visible.insert(tables.name + "_" + name.str());
    };
    show({"init", "prepare", "run", "run_prepared", "status_name", "model"});
    show({"predict", "predict_prepared"}, tables.predicts);
    show({"train_step", "evaluate", "fit", "first_not_finite"}, tables.trains);
    show({"augment"}, tables.augments);
    show({"mix"}, tables.mixesImages);
    show({"adapt", "is_adapted"}, tables.adapts);
    show({"train_step_weighted"}, tables.sampleWeights);
    std::string loop = parallelForSymbol(tables.name);
    module.getFunction(loop)->setVisibility(GlobalValue::HiddenVisibility);
    internalizeModule(module, [&](const GlobalValue &value) {
      return visible.contains(value.getName()) || value.getName() == loop ||
             value.getName() == "lathe_parallel_for" ||
             value.getName() == "lathe_watch_kernel";
    });
  }

  void optimize() {
    assert(!verifyModule(module, &errs()));
    LoopAnalysisManager loops;
    FunctionAnalysisManager functions;
    CGSCCAnalysisManager sccs;
    ModuleAnalysisManager modules;
    PassBuilder builder;
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(sccs);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, sccs, modules);
    builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2)
        .run(module, modules);
  }

  Module &module;
  mlir::ModuleOp planned;
  const TargetDescription &target;
  const ModelTables &tables;
};
} // namespace

/// The model's functions and tables, without kernels and weights.
static Expected<ObjectFile> emitSteps(mlir::ModuleOp planned,
                                      const ModelTables &tables,
                                      const TargetDescription &target) {
  LLVMContext context;
  Expected<std::unique_ptr<Module>> module =
      parseBitcodeFile(MemoryBufferRef(embeddedBitcode(), "embedded"), context);
  if (!module)
    return module.takeError();
  ArtifactBuilder(**module, planned, target, tables).build();
  return compileModule(**module, target, target.baseline);
}

Expected<CompiledKernels> lathe::emitKernels(mlir::ModuleOp planned,
                                             const CodegenOptions &options) {
  Expected<std::vector<ObjectFile>> objects = compileKernels(planned, options);
  if (!objects)
    return objects.takeError();
  Expected<int64_t> stack = stackSize(*objects);
  if (!stack)
    return stack.takeError();
  return CompiledKernels{std::move(*objects), *stack};
}

Error lathe::emitObjectFile(mlir::ModuleOp planned,
                            const CompiledKernels &kernels,
                            const CodegenOptions &options, StringRef output) {
  const TargetDescription &target = targetDescription(options.target);
  ModelTables tables =
      describeModel(planned, options.target, kernels.stackSize);
  Expected<ObjectFile> steps = emitSteps(planned, tables, target);
  if (!steps)
    return steps.takeError();
  Expected<int64_t> frames = framesOf(*steps);
  if (!frames)
    return frames.takeError();
  assert(*frames <= callersStack - 4096 &&
         "kernels' callers take what is set aside for them");

  Expected<ObjectMerger> merger = ObjectMerger::create();
  if (!merger)
    return merger.takeError();
  Error error = merger->add(*steps);
  for (const ObjectFile &kernel : kernels.objects)
    if (!error)
      error = merger->add(kernel);
  if (!error && !tables.data.empty())
    error = writeDataObject(merger->newFile(), tables.data, target);
  if (error)
    return error;
  return merger->merge(output, [&](StringRef merged) {
    return tables.data.empty() ? Error::success()
                               : insertData(merged, tables.data, target);
  });
}

Expected<ObjectFile> lathe::emitObject(mlir::ModuleOp planned,
                                       const CodegenOptions &options) {
  Expected<CompiledKernels> kernels = emitKernels(planned, options);
  if (!kernels)
    return kernels.takeError();
  SmallString<128> path;
  if (std::error_code error = sys::fs::createTemporaryFile("lathe", "o", path))
    return createStringError(error, "cannot create a temporary file");
  FileRemover remove(path);
  if (Error error = emitObjectFile(planned, *kernels, options, path))
    return error;
  auto file = MemoryBuffer::getFile(path);
  if (!file)
    return createStringError(file.getError(), "cannot read " + path);
  return ObjectFile((*file)->getBufferStart(), (*file)->getBufferEnd());
}
