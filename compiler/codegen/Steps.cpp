//===- Steps.cpp - Steps as LLVM functions --------------------------------===//
#include "compiler/codegen/Steps.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/transforms/Updates.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace lathe;
using exec::Region;

static const StepSignature signatures[] = {
    {nn::prepareName,
     "step_prepare",
     {Region::Params, Region::Prepared, Region::Arena}},
    {nn::predictName,
     "step_predict",
     {Region::Params, Region::Prepared, Region::Arena},
     StepSignature::Arrays},
    {nn::evaluateName,
     "step_evaluate",
     {Region::Params, Region::Prepared, Region::Arena},
     StepSignature::Labeled},
    {nn::trainStepName,
     "step_train",
     {Region::Params, Region::State, Region::Arena},
     StepSignature::Mixed},
    {nn::augmentName, "step_augment", {Region::Arena}, StepSignature::Drawn},
    {nn::mixName, "step_mix", {Region::Arena}, StepSignature::Drawn},
    {nn::adaptName,
     "step_adapt",
     {Region::Params, Region::Arena},
     StepSignature::Images},
    {nn::updateStepName,
     "step_update",
     {Region::Params, Region::State, Region::Arena}},
};

llvm::ArrayRef<StepSignature> lathe::stepSignatures() { return signatures; }

bool lathe::takesSampleWeights(exec::FuncOp step) {
  return exec::countInputs(step) % 2; // images, labels, weights
}

bool lathe::takesMixedLabels(exec::FuncOp step) {
  return exec::countInputs(step) > 3; // these, second labels, shares
}

static StepBuffer describeBuffer(mlir::Value memory) {
  if (auto argument = mlir::dyn_cast<mlir::BlockArgument>(memory))
    return {static_cast<int>(argument.getArgNumber()), Region::Arena, 0};
  auto slice = memory.getDefiningOp<exec::SliceOp>();
  return {-1, slice.getRegion(), static_cast<int64_t>(slice.getOffset())};
}

std::vector<StepCall> lathe::stepCalls(exec::FuncOp step) {
  llvm::StringMap<int> numbers;
  for (auto kernel :
       step->getParentOfType<mlir::ModuleOp>().getOps<exec::KernelOp>())
    numbers.try_emplace(kernel.getSymName(), numbers.size());
  std::vector<StepCall> calls;
  bool isGuarded = step->hasAttr(guardAttr);
  exec::CallOp update = isGuarded ? firstUpdate(step) : exec::CallOp();
  auto addGuard = [&] { calls.emplace_back().isGuard = true; };
  for (auto call : step.getBody().getOps<exec::CallOp>()) {
    if (call == update)
      addGuard();
    StepCall &described = calls.emplace_back();
    described.kernel = call.getKernel().str();
    described.number = numbers.lookup(call.getKernel());
    for (mlir::Value input : call.getInputs())
      described.inputs.push_back(describeBuffer(input));
    for (mlir::Value output : call.getOutputs())
      described.outputs.push_back(describeBuffer(output));
  }
  if (isGuarded && !update)
    addGuard();
  return calls;
}

namespace {
/// Emits the body of one step. Kernels take their buffers as Halide's
/// halide_buffer_t, of which they read the `host` pointer alone.
class StepEmitter {
public:
  StepEmitter(llvm::Function *function, const StepSignature &signature,
              const std::string &prefix, exec::FuncOp step)
      : function(function), signature(signature), prefix(prefix),
        inputs(step ? exec::countInputs(step) : 0),
        takesWeights(step && takesSampleWeights(step)),
        isWatched(signature.arguments != StepSignature::Drawn),
        builder(llvm::BasicBlock::Create(function->getContext(), "entry",
                                         function)) {}

  void emit(const std::vector<StepCall> &calls) {
    size_t slots = 1;
    for (const StepCall &call : calls)
      slots = std::max(slots, call.inputs.size() + call.outputs.size());
    auto *type = llvm::ArrayType::get(builder.getInt8Ty(), slots * bufferSize);
    buffers = builder.CreateAlloca(type, nullptr, "buffers");
    buffers->setAlignment(llvm::Align(8));
    builder.CreateMemSet(buffers, builder.getInt8(0), slots * bufferSize,
                         llvm::Align(8));
    if (!calls.empty())
      emitWatch(-1);
    for (const StepCall &call : calls) {
      if (call.isGuard) {
        emitGuard();
        continue;
      }
      emitCall(call);
      emitWatch(call.number);
    }
    builder.CreateRetVoid();
  }

private:
  // sizeof(halide_buffer_t) and offsetof(halide_buffer_t, host) on 64-bit
  // machines.
  static constexpr uint64_t bufferSize = 56, hostOffset = 16;

  void emitCall(const StepCall &call) {
    llvm::SmallVector<llvm::Value *> arguments;
    unsigned slot = 0;
    for (const StepBuffer &buffer : call.inputs)
      arguments.push_back(fillBuffer(slot++, buffer));
    arguments.push_back(function->getArg(function->arg_size() - 1));
    for (const StepBuffer &buffer : call.outputs)
      arguments.push_back(fillBuffer(slot++, buffer));

    llvm::SmallVector<llvm::Type *> types;
    for (llvm::Value *argument : arguments)
      types.push_back(argument->getType());
    auto *type = llvm::FunctionType::get(builder.getInt32Ty(), types, false);
    llvm::FunctionCallee kernel =
        function->getParent()->getOrInsertFunction(prefix + call.kernel, type);
    llvm::cast<llvm::Function>(kernel.getCallee())
        ->setVisibility(llvm::GlobalValue::HiddenVisibility);
    builder.CreateCall(kernel, arguments);
  }

  /// Of a training step: its regions, the images and the loss; see internal.h.
  void emitGuard() {
    llvm::LLVMContext &context = function->getContext();
    unsigned first = signature.regions.size();
    llvm::Value *ends = builder.CreateCall(
        function->getParent()->getFunction("lathe_this_guard"),
        {function->getArg(0), function->getArg(1), function->getArg(2),
         function->getArg(first), function->getArg(first + 5),
         function->getArg(function->arg_size() - 1)});
    auto *end = llvm::BasicBlock::Create(context, "end", function);
    auto *update = llvm::BasicBlock::Create(context, "update", function);
    builder.CreateCondBr(builder.CreateIsNotNull(ends), end, update);
    builder.SetInsertPoint(end);
    builder.CreateRetVoid();
    builder.SetInsertPoint(update);
  }

  /// Except in augmentation, which several threads run at once.
  void emitWatch(int kernel) {
    if (!isWatched)
      return;
    builder.CreateCall(function->getParent()->getFunction("lathe_this_watch"),
                       builder.getInt32(kernel));
  }

  llvm::Value *fillBuffer(unsigned slot, const StepBuffer &buffer) {
    llvm::Value *at = builder.CreateConstGEP1_64(builder.getInt8Ty(), buffers,
                                                 slot * bufferSize);
    builder.CreateStore(
        address(buffer),
        builder.CreateConstGEP1_64(builder.getInt8Ty(), at, hostOffset));
    return at;
  }

  /// Where an argument of the exec.func stands among those of the C function,
  /// which has weights, second labels and shares whether they are read or not.
  unsigned positionOf(unsigned argument) const {
    bool isMixed = signature.arguments == StepSignature::Mixed;
    if (argument < 2 ||
        (!isMixed && signature.arguments != StepSignature::Labeled))
      return argument;
    if (argument >= inputs)
      return argument - inputs + (isMixed ? 5 : 3);
    return argument + !takesWeights;
  }

  llvm::Value *address(const StepBuffer &buffer) {
    if (buffer.argument >= 0 && signature.arguments == StepSignature::Arrays) {
      bool isInput = buffer.argument < int(inputs);
      llvm::Value *array =
          function->getArg(signature.regions.size() + (isInput ? 0 : 1));
      return builder.CreateLoad(
          builder.getPtrTy(),
          builder.CreateConstGEP1_64(builder.getPtrTy(), array,
                                     buffer.argument - (isInput ? 0 : inputs)));
    }
    if (buffer.argument >= 0)
      return function->getArg(signature.regions.size() +
                              positionOf(buffer.argument));
    auto region = llvm::find(signature.regions, buffer.region);
    assert(region != signature.regions.end() && "a step has this region");
    return builder.CreateConstGEP1_64(
        builder.getInt8Ty(),
        function->getArg(region - signature.regions.begin()), buffer.offset);
  }

  llvm::Function *function;
  const StepSignature &signature;
  std::string prefix;
  unsigned inputs;
  bool takesWeights, isWatched;
  llvm::IRBuilder<> builder;
  llvm::AllocaInst *buffers = nullptr;
};
} // namespace

void lathe::defineSteps(llvm::Module &module, mlir::ModuleOp planned) {
  for (const StepSignature &signature : signatures) {
    auto step = planned.lookupSymbol<exec::FuncOp>(signature.step);
    llvm::Function *function =
        module.getFunction(("lathe_this_" + signature.suffix).str());
    assert(function && "embedded code declares all the steps");
    StepEmitter(function, signature, modelName(planned) + "_", step)
        .emit(step ? stepCalls(step) : std::vector<StepCall>());
  }
}
