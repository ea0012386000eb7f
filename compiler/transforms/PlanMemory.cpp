//===- PlanMemory.cpp - Gives every tensor its memory ---------------------===//
#include "compiler/transforms/Passes.h"
#include "compiler/transforms/StepPlanner.h"
#include "dialects/nn/VariableLayout.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace lathe {
#define GEN_PASS_DEF_PLANMEMORY
#include "compiler/transforms/Passes.h.inc"

namespace {
/// Where images are augmented: before the training step, in whose arena they
/// have their slots, and what is drawn for their mixing stands.
struct Augmentation {
  int64_t slot = 0, numbers = 0, augmented = -1;

  /// One of the functions may be missing. `train` is the size of the train
  /// arena so far.
  Augmentation(func::FuncOp augment, func::FuncOp mix, int64_t arena,
               int64_t batch, int64_t &train) {
    auto size = [](func::FuncOp step, unsigned argument, int64_t images) {
      Type type = step.getArgumentTypes()[argument];
      return int64_t(llvm::alignTo(
          sizeInBytes(cast<RankedTensorType>(type), images), arenaAlignment));
    };
    if (augment) {
      numbers = llvm::alignTo(arena, arenaAlignment);
      slot = numbers + size(augment, 1, 1);
      train = std::max(train, batch * slot);
    }
    if (mix)
      train = std::max(train, size(mix, 1, batch));
  }
  void placeBatch(func::FuncOp trainStep, int64_t batch, int64_t &train) {
    auto type = [&](unsigned argument) {
      return cast<ShapedType>(trainStep.getArgumentTypes()[argument]);
    };
    augmented = llvm::alignTo(train, arenaAlignment);
    train = augmented + AugmentedBatch(type(0), type(1), batch).size;
  }
};

struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  PlanMemory() = default;
  PlanMemory(const PlanMemory &other) : PlanMemoryBase(other) {}

  Option<bool> reuse{*this, "reuse",
                     llvm::cl::desc("values share places in the arena"),
                     llvm::cl::init(true)};

  void runOnOperation() override {
    ModuleOp module = getOperation();
    MemoryContext context;
    context.batch = nn::batchSize(module);
    context.reuse = reuse;
    placeVariables(context);

    llvm::StringMap<int64_t> arenas;
    SmallVector<func::FuncOp> steps(module.getOps<func::FuncOp>());
    for (func::FuncOp step : steps) {
      // Images are augmented one by one.
      MemoryContext ofStep = context;
      if (step.getSymName() == nn::augmentName)
        ofStep.batch = 1;
      FailureOr<int64_t> size = planStep(step, ofStep);
      if (failed(size))
        return signalPassFailure();
      arenas[step.getSymName()] = *size;
    }
    createLayout(context, arenas, steps);
    for (func::FuncOp step : steps)
      step.erase();
  }

  /// Parameters and state, and what is prepared, in their order. Scalars are
  /// packed, so that the record of fit is one struct; all else is aligned, so
  /// that a copy of the parameters has the layout of the parameters.
  void placeVariables(MemoryContext &context) {
    SmallVector<nn::VariableOp> variables(
        getOperation().getOps<nn::VariableOp>());
    for (nn::VariableOp variable : variables) {
      auto [region, size] = placeOf(variable.getKind(), context);
      auto type = cast<RankedTensorType>(variable.getType());
      int64_t offset =
          llvm::alignTo(*size, type.getRank() ? arenaAlignment : 8);
      *size = offset + sizeInBytes(type, context.batch);
      OpBuilder builder(variable);
      auto placed = exec::VariableOp::create(
          builder, variable.getLoc(), variable.getSymName(), region, offset,
          type, variable.getInitializer(), variable.getValueAttr(),
          variable.getTrainable(), variable.getDataAttr());
      nn::copyLayouts(variable, placed);
      if (Attribute whitening = variable->getAttr(nn::whiteningAttr)) {
        placed->setAttr(nn::whiteningAttr, whitening);
        // Doubles: the rows that become eigenvectors, and the sum.
        context.whiteningSize =
            std::max(context.whiteningSize, 2 * 8 * type.getNumElements());
      }
      variable.erase();
      context.variables[placed.getSymName()] = placed;
    }
    context.paramsSize = llvm::alignTo(context.paramsSize, arenaAlignment);
    context.stateSize = llvm::alignTo(context.stateSize, arenaAlignment);
    context.preparedSize = llvm::alignTo(context.preparedSize, arenaAlignment);
  }

  /// The region of such variables, and its size so far.
  static std::pair<exec::Region, int64_t *> placeOf(nn::VariableKind kind,
                                                    MemoryContext &context) {
    switch (kind) {
    case nn::VariableKind::Parameter:
      return {exec::Region::Params, &context.paramsSize};
    case nn::VariableKind::State:
      return {exec::Region::State, &context.stateSize};
    case nn::VariableKind::Prepared:
      return {exec::Region::Prepared, &context.preparedSize};
    }
    llvm_unreachable("all kinds have a region");
  }

  void createLayout(const MemoryContext &context,
                    const llvm::StringMap<int64_t> &arenas,
                    ArrayRef<func::FuncOp> steps) {
    int64_t predict = arenas.lookup(nn::predictName);
    int64_t evaluate = arenas.lookup(nn::evaluateName);
    int64_t train = std::max(
        {arenas.lookup(nn::trainStepName), arenas.lookup(nn::updateStepName),
         arenas.lookup(nn::adaptName), context.whiteningSize});
    SmallVector<int64_t> evaluateStage{-1, -1}, trainStage{-1, -1};
    auto find = [&](StringRef name) {
      const func::FuncOp *step = llvm::find_if(
          steps, [&](func::FuncOp f) { return f.getSymName() == name; });
      return step == steps.end() ? func::FuncOp() : *step;
    };
    std::optional<Augmentation> augmentation;
    if (find(nn::augmentName) || find(nn::mixName))
      augmentation.emplace(find(nn::augmentName), find(nn::mixName),
                           arenas.lookup(nn::augmentName), context.batch,
                           train);
    if (func::FuncOp step = find(nn::trainStepName)) {
      // Images, labels, and where there are any, weights.
      ArrayRef<Type> trainTypes = step.getArgumentTypes();
      trainTypes = trainTypes.take_front(2 + trainTypes.size() % 2);
      auto stage = [&](int64_t &size, SmallVector<int64_t> &places) {
        places.resize(trainTypes.size());
        for (auto [place, type] : llvm::zip_equal(places, trainTypes)) {
          place = llvm::alignTo(size, arenaAlignment);
          size =
              place + sizeInBytes(cast<RankedTensorType>(type), context.batch);
        }
        size = llvm::alignTo(size, arenaAlignment);
      };
      stage(evaluate, evaluateStage);
      stage(train, trainStage);
    }
    if (augmentation)
      augmentation->placeBatch(find(nn::trainStepName), context.batch, train);
    int64_t preparedPlace = llvm::alignTo(
        std::max({predict, evaluate, arenas.lookup(nn::prepareName)}),
        arenaAlignment);
    int64_t predictArena = preparedPlace + context.preparedSize;
    OpBuilder builder = OpBuilder::atBlockBegin(getOperation().getBody());
    auto layout = exec::LayoutOp::create(
        builder, getOperation().getLoc(), context.paramsSize, context.stateSize,
        std::max(train, predictArena), predictArena, context.preparedSize,
        preparedPlace, arenaAlignment, context.batch, trainStage, evaluateStage,
        nullptr, nullptr, nullptr, nullptr);
    if (!augmentation)
      return;
    layout.setAugmentSlot(augmentation->slot);
    layout.setAugmentNumbers(augmentation->numbers);
    layout.setAugmented(augmentation->augmented);
  }
};
} // namespace
} // namespace lathe
