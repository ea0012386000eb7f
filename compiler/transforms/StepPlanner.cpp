//===- StepPlanner.cpp - Memory and calls of one step ---------------------===//
#include "compiler/transforms/StepPlanner.h"
#include "compiler/transforms/MemoryPlanner.h"
#include "compiler/transforms/Updates.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace lathe::exec;

namespace lathe {

int64_t sizeInBytes(ShapedType type, int64_t batch) {
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  for (int64_t extent : type.getShape())
    bytes *= ShapedType::isDynamic(extent) ? batch : extent;
  return bytes;
}

namespace {
/// Where a tensor is: memory of the caller, of a variable, or of the arena.
struct Storage {
  enum Kind { Argument, Variable, Arena } kind;
  unsigned argument = 0;     ///< Argument: its number in the exec.func
  exec::VariableOp variable; ///< Variable

  // Arena: lifetime in operations of the step, and the offset once planned.
  int64_t size = 0, first = 0, last = 0, offset = -1;

  static Storage ofArgument(unsigned number) {
    return {Argument, number, {}, 0, 0, 0, -1};
  }
  static Storage ofVariable(exec::VariableOp variable) {
    return {Variable, 0, variable, 0, 0, 0, -1};
  }
  static Storage inArena(int64_t size, int64_t first) {
    return {Arena, 0, {}, size, first, first, -1};
  }
};

class StepPlanner {
public:
  StepPlanner(func::FuncOp step, const MemoryContext &context)
      : step(step), context(context) {}

  FailureOr<int64_t> run() {
    if (failed(assignStorage()))
      return failure();
    int64_t size = placeArena();
    emit();
    return size;
  }

private:
  Storage *make(Storage storage) {
    storages.push_back(std::make_unique<Storage>(std::move(storage)));
    return storages.back().get();
  }

  KernelOp kernelOf(DispatchOp dispatch) {
    return SymbolTable::lookupNearestSymbolFrom<KernelOp>(
        dispatch, dispatch.getKernelAttr());
  }

  DispatchOp firstUpdate();
  int64_t guardSize();
  LogicalResult assignStorage();
  LogicalResult assignDispatch(DispatchOp dispatch, int64_t index);
  Storage *storageOfResult(OpResult result, int64_t index);
  int64_t placeArena();
  void emit();
  ArrayAttr attributesOfMemory();
  Value materialize(OpBuilder &builder, Value tensor, RankedTensorType type,
                    FuncOp function);

  func::FuncOp step;
  const MemoryContext &context;
  std::vector<std::unique_ptr<Storage>> storages;
  DenseMap<Value, Storage *> storageOf;
  llvm::StringMap<Operation *> writers; ///< the kernels that write variables
  Storage *guard = nullptr; ///< of a training step: see exec.guard
};

/// A tensor without elements, which nothing writes.
bool isEmpty(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return llvm::is_contained(type.getShape(), 0);
}

/// The first kernel with an optimizer's update; null where there is none.
DispatchOp StepPlanner::firstUpdate() {
  for (auto dispatch : step.getOps<DispatchOp>())
    for (Operation &op : kernelOf(dispatch).getBody().front())
      if (op.hasTrait<nn::AppliesGradient>())
        return dispatch;
  return {};
}

/// A record, and a copy of the variables that are written before the guard.
int64_t StepPlanner::guardSize() {
  DispatchOp end = firstUpdate();
  int64_t size = guardRecordSize;
  for (auto dispatch : step.getOps<DispatchOp>()) {
    if (dispatch == end)
      break;
    for (Value output : dispatch.getOutputs())
      if (storageOf.at(output)->kind == Storage::Variable)
        size += sizeInBytes(cast<RankedTensorType>(output.getType()),
                            context.batch);
  }
  return size;
}

LogicalResult StepPlanner::assignStorage() {
  for (BlockArgument argument : step.getArguments())
    storageOf[argument] = make(Storage::ofArgument(argument.getArgNumber()));
  int64_t index = 0;
  for (Operation &op : step.getOps()) {
    ++index;
    if (auto read = dyn_cast<nn::ReadOp>(op)) {
      storageOf[read] =
          make(Storage::ofVariable(context.variables.at(read.getVariable())));
    } else if (isa<nn::ConstantOp>(op) && isEmpty(op.getResult(0))) {
      continue;
    } else if (auto view = dyn_cast<nn::ReshapeOp>(op)) {
      storageOf[view] = storageOf.at(view.getInput());
    } else if (auto dispatch = dyn_cast<DispatchOp>(op)) {
      if (failed(assignDispatch(dispatch, index)))
        return failure();
    } else if (auto assign = dyn_cast<nn::AssignOp>(op)) {
      Storage *storage = storageOf.at(assign.getValue());
      if (storage->kind != Storage::Variable ||
          storage->variable.getSymName() != assign.getVariable())
        return assign.emitError("the new value of ")
               << assign.getVariableAttr() << " has no kernel that writes it";
    } else if (auto end = dyn_cast<func::ReturnOp>(op)) {
      for (auto [number, value] : llvm::enumerate(end.getOperands())) {
        if (isEmpty(value))
          continue;
        Storage *storage = storageOf.at(value);
        if (storage->kind != Storage::Argument ||
            storage->argument != step.getNumArguments() + number)
          return end.emitError("result ")
                 << number << " has no kernel that writes it";
      }
    } else {
      return op.emitError("is no kernel: group-kernels and outline-kernels "
                          "should have left nothing to compute");
    }
  }
  if (step.getSymName() == nn::trainStepName) {
    guard = make(Storage::inArena(guardSize(), 0));
    guard->last = index;
  }
  return success();
}

/// The variable that the value is, or is a view of.
static nn::ReadOp readOf(Value value) {
  while (auto view = value.getDefiningOp<nn::ReshapeOp>())
    value = view.getInput();
  return value.getDefiningOp<nn::ReadOp>();
}

LogicalResult StepPlanner::assignDispatch(DispatchOp dispatch, int64_t index) {
  KernelOp kernel = kernelOf(dispatch);
  for (Value operand : dispatch.getInputs())
    if (nn::ReadOp read = readOf(operand))
      if (Operation *writer = writers.lookup(read.getVariable());
          writer && read->isBeforeInBlock(writer))
        return dispatch.emitError("reads the old value of ")
               << read.getVariableAttr()
               << ", which another kernel has overwritten";
  for (OpResult result : dispatch->getResults()) {
    int64_t overwritten =
        inPlaceOperand(kernel.getInPlace(), result.getResultNumber());
    storageOf[result] = overwritten >= 0
                            ? storageOf.at(dispatch.getInputs()[overwritten])
                            : storageOfResult(result, index);
    if (Storage *storage = storageOf.at(result);
        storage->kind == Storage::Variable)
      writers[storage->variable.getSymName()] = dispatch;
  }
  for (Value operand : dispatch.getInputs())
    storageOf.at(operand)->last = index;
  return success();
}

/// A value that is returned or becomes a variable's, itself or as a view, is
/// computed where it is wanted.
Storage *StepPlanner::storageOfResult(OpResult result, int64_t index) {
  SmallVector<Value> views{result};
  for (unsigned i = 0; i < views.size(); ++i)
    for (OpOperand &use : views[i].getUses()) {
      if (auto view = dyn_cast<nn::ReshapeOp>(use.getOwner()))
        views.push_back(view);
      else if (isa<func::ReturnOp>(use.getOwner()))
        return make(Storage::ofArgument(step.getNumArguments() +
                                        use.getOperandNumber()));
      else if (auto assign = dyn_cast<nn::AssignOp>(use.getOwner()))
        return make(
            Storage::ofVariable(context.variables.at(assign.getVariable())));
    }
  return make(Storage::inArena(
      sizeInBytes(cast<RankedTensorType>(result.getType()), context.batch),
      index));
}

int64_t StepPlanner::placeArena() {
  // The gradients of small parameters lie in one block, in the parameters'
  // order: where parameters are neighbours, so are their gradients.
  Storage block = Storage::inArena(0, 0);
  SmallVector<std::pair<Storage *, int64_t>> gradients;
  for (auto dispatch : step.getOps<DispatchOp>()) {
    KernelOp kernel = kernelOf(dispatch);
    if (kernel.getInPlace().empty() || dispatch.getInputs().size() < 2)
      continue;
    Storage *parameter = storageOf.at(dispatch.getInputs()[0]);
    Storage *gradient = storageOf.at(dispatch.getInputs()[1]);
    if (gradient->kind != Storage::Arena ||
        gradient->size >= largeUpdateElements * int64_t(sizeof(float)) ||
        parameter->kind != Storage::Variable ||
        parameter->variable.getRegion() != exec::Region::Params)
      continue;
    if (gradients.empty())
      block.first = gradient->first;
    block.first = std::min(block.first, gradient->first);
    block.last = std::max(block.last, gradient->last);
    gradients.emplace_back(gradient, parameter->variable.getOffset());
  }
  llvm::sort(gradients, llvm::less_second());
  for (auto &[gradient, offset] : gradients) {
    offset = block.size;
    block.size += llvm::alignTo(gradient->size, arenaAlignment);
  }

  MemoryPlanner planner(arenaAlignment);
  auto add = [&](const Storage &storage) {
    return context.reuse
               ? planner.add(storage.size, storage.first, storage.last)
               : planner.add(storage.size, 0, INT64_MAX);
  };
  DenseMap<Storage *, int> numbers;
  DenseSet<Storage *> mirrored;
  for (auto [gradient, offset] : gradients)
    mirrored.insert(gradient);
  int blockNumber = gradients.empty() ? -1 : add(block);
  for (auto &storage : storages)
    if (storage->kind == Storage::Arena && !mirrored.contains(storage.get()))
      numbers[storage.get()] = add(*storage);

  int64_t size = planner.plan();
  for (auto [storage, number] : numbers)
    storage->offset = planner.offset(number);
  for (auto [gradient, offset] : gradients)
    gradient->offset = planner.offset(blockNumber) + offset;
  return size;
}

/// The tensor's memory, seen as `type`: kernels see updates as vectors.
Value StepPlanner::materialize(OpBuilder &builder, Value tensor,
                               RankedTensorType type, FuncOp function) {
  Storage *storage = storageOf.at(tensor);
  if (storage->kind == Storage::Argument)
    return function.getBody().getArgument(storage->argument);
  auto memory = MemRefType::get(type.getShape(), type.getElementType());
  if (storage->kind == Storage::Arena)
    return SliceOp::create(builder, tensor.getLoc(), memory,
                           exec::Region::Arena, storage->offset);
  return SliceOp::create(builder, tensor.getLoc(), memory,
                         storage->variable.getRegion(),
                         storage->variable.getOffset());
}

/// Those of the step's arguments and results, which are all arguments now; null
/// where there are none.
ArrayAttr StepPlanner::attributesOfMemory() {
  if (!step.getArgAttrsAttr() && !step.getResAttrsAttr())
    return {};
  SmallVector<Attribute> attributes;
  auto add = [&](DictionaryAttr own) {
    attributes.push_back(own ? own : DictionaryAttr::get(step.getContext()));
  };
  for (unsigned i = 0; i < step.getNumArguments(); ++i)
    add(step.getArgAttrDict(i));
  auto output =
      NamedAttribute(StringAttr::get(step.getContext(), exec::outputAttr),
                     UnitAttr::get(step.getContext()));
  for (unsigned i = 0; i < step.getNumResults(); ++i) {
    NamedAttrList list(step.getResultAttrDict(i));
    list.append(output);
    add(list.getDictionary(step.getContext()));
  }
  return ArrayAttr::get(step.getContext(), attributes);
}

void StepPlanner::emit() {
  OpBuilder builder(step);
  auto memory = [](Type type) -> Type {
    auto tensor = cast<RankedTensorType>(type);
    return MemRefType::get(tensor.getShape(), tensor.getElementType());
  };
  SmallVector<Type> types;
  for (Type type : step.getArgumentTypes())
    types.push_back(memory(type));
  for (Type type : step.getResultTypes())
    types.push_back(memory(type));
  auto function = FuncOp::create(builder, step.getLoc(), step.getSymName(),
                                 builder.getFunctionType(types, {}),
                                 attributesOfMemory(), ArrayAttr());
  Block &body = function.getBody().emplaceBlock();
  for (Type type : types)
    body.addArgument(type, step.getLoc());
  builder.setInsertionPointToStart(&body);

  if (guard)
    function->setAttr(
        guardAttr, builder.getDenseI64ArrayAttr({guard->offset, guard->size}));
  for (auto dispatch : step.getOps<DispatchOp>()) {
    KernelOp kernel = kernelOf(dispatch);
    SmallVector<Value> inputs, outputs;
    for (auto [number, input] : llvm::enumerate(dispatch.getInputs()))
      if (!llvm::is_contained(kernel.getInPlace(), number))
        inputs.push_back(
            materialize(builder, input,
                        cast<RankedTensorType>(
                            kernel.getBody().getArgument(number).getType()),
                        function));
    Operation *yield = kernel.getBody().front().getTerminator();
    for (auto [output, result] :
         llvm::zip_equal(dispatch.getOutputs(), yield->getOperands()))
      outputs.push_back(materialize(
          builder, output, cast<RankedTensorType>(result.getType()), function));
    CallOp::create(builder, dispatch.getLoc(), dispatch.getKernelAttr(), inputs,
                   outputs);
  }
  ReturnOp::create(builder, step.getLoc());
}
} // namespace

AugmentedBatch::AugmentedBatch(ShapedType images, ShapedType labels,
                               int64_t batch) {
  others = llvm::alignTo(sizeInBytes(images, batch), arenaAlignment);
  shares = others + llvm::alignTo(sizeInBytes(labels, batch), arenaAlignment);
  size = shares + llvm::alignTo(batch * int64_t(sizeof(float)), arenaAlignment);
}

FailureOr<int64_t> planStep(func::FuncOp step, const MemoryContext &context) {
  return StepPlanner(step, context).run();
}

} // namespace lathe
