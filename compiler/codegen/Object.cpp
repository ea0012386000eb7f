//===- Object.cpp - A planned module to one object file -------------------===//
#include "compiler/codegen/Object.h"
#include "compiler/codegen/Embedded.h"
#include "compiler/codegen/Linker.h"
#include "compiler/codegen/ModelTables.h"
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
                  const TargetDescription &target)
      : module(module), planned(planned), target(target),
        tables(describeModel(planned, target.name)) {}

  void build() {
    forTarget();
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

  void takeName() {
    for (GlobalObject &object : module.global_objects())
      object.setName(withPrefix(object.getName(), tables.name));
    module.getFunction("halide_do_par_for")
        ->setName(parallelForSymbol(tables.name));
  }

  void defineTables() {
    ConstantEmitter emitter(module);
    lathe::Constant::Fields tensors, kernels, names, inputs, outputs;
    for (const InitialData &data : tables.data)
      emitter
          .define(data.symbol, ConstantDataArray::getRaw(
                                   data.bytes, data.bytes.size(),
                                   Type::getInt8Ty(module.getContext())))
          ->setAlignment(Align(64));
    for (const auto &port : tables.inputs)
      inputs.push_back({port});
    for (const auto &port : tables.outputs)
      outputs.push_back({port});
    for (const auto &tensor : tables.tensors)
      tensors.push_back({tensor});
    for (const auto &kernel : tables.kernels)
      kernels.push_back({kernel});
    for (const std::string &name : tables.classNames)
      names.push_back({lathe::Constant::String{name}});
    emitter.define(tensorsSymbol(tables), emitter.emitStruct(tensors));
    emitter.define(kernelsSymbol(tables), emitter.emitStruct(kernels));
    emitter.define(inputsSymbol(tables), emitter.emitStruct(inputs));
    emitter.define(outputsSymbol(tables), emitter.emitStruct(outputs));
    if (!names.empty())
      emitter.define(classNamesSymbol(tables), emitter.emitStruct(names));
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
    show({"train_step", "evaluate", "fit"}, tables.trains);
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
  ModelTables tables;
};
} // namespace

Expected<ObjectFile> lathe::emitObject(mlir::ModuleOp planned,
                                       const CodegenOptions &options) {
  const TargetDescription &target = targetDescription(options.target);
  LLVMContext context;
  Expected<std::unique_ptr<Module>> module =
      parseBitcodeFile(MemoryBufferRef(embeddedBitcode(), "embedded"), context);
  if (!module)
    return module.takeError();
  ArtifactBuilder(**module, planned, target).build();
  Expected<ObjectFile> steps = compileModule(**module, target, target.baseline);
  if (!steps)
    return steps.takeError();

  Expected<std::vector<ObjectFile>> objects = compileKernels(planned, options);
  if (!objects)
    return objects.takeError();
  objects->insert(objects->begin(), std::move(*steps));
  return mergeObjects(*objects);
}
