//===- GuardTable.cpp - What a training step's guard checks ---------------===//
//
// The order of the fields here is that of the structs in
// runtime/embedded/internal.h.
//
//===----------------------------------------------------------------------===//
#include "compiler/codegen/GuardTable.h"
#include "compiler/transforms/StepPlanner.h"
#include "compiler/transforms/Updates.h"
#include "dialects/exec/ExecDialect.h"
#include "dialects/nn/NNDialect.h"
#include "runtime/artifact.h"
#include "runtime/embedded/internal.h"

using namespace mlir;
using namespace lathe;
using Fields = Constant::Fields;

/// What passes this is finite whatever a clip makes of it.
static constexpr int64_t clippedBound = 120;

static exec::KernelOp kernelOf(exec::CallOp call) {
  return SymbolTable::lookupNearestSymbolFrom<exec::KernelOp>(
      call, call.getKernelAttr());
}

/// The memory that an argument of the kernel is: operands that are written over
/// are among the outputs only.
static Value memoryOf(exec::CallOp call, Value value) {
  unsigned number = cast<BlockArgument>(value).getArgNumber();
  ArrayRef<int64_t> inPlace = kernelOf(call).getInPlace();
  for (auto [result, operand] : llvm::enumerate(inPlace))
    if (operand == number)
      return call.getOutputs()[result];
  return call.getInputs()[number - llvm::count_if(inPlace, [&](int64_t other) {
                            return other >= 0 && other < number;
                          })];
}

static Fields noValues() {
  return {{int64_t(0)}, {int64_t(0)}, {int64_t(0)}, {int64_t(0)}};
}

/// lathe_values: the number of floats at that place, in all or per sample.
static Fields countsOf(Value memory, ArrayRef<int64_t> shape) {
  int64_t region = LATHE_VALUES_IMAGES;
  int64_t offset = 0;
  if (auto slice = memory.getDefiningOp<exec::SliceOp>()) {
    offset = slice.getOffset();
    switch (slice.getRegion()) {
    case exec::Region::Params:
      region = LATHE_PARAMS;
      break;
    case exec::Region::State:
      region = LATHE_STATE;
      break;
    default:
      region = LATHE_VALUES_ARENA;
    }
  } else {
    assert(cast<BlockArgument>(memory).getArgNumber() == 0 &&
           "updates read no labels");
  }
  bool perSample = !shape.empty() && ShapedType::isDynamic(shape.front());
  int64_t count = 1;
  for (int64_t extent : shape.drop_front(perSample))
    count *= extent;
  return {{region},
          {offset},
          {perSample ? int64_t(0) : count},
          {perSample ? count : int64_t(0)}};
}

static ArrayRef<int64_t> shapeOf(Value memory) {
  return cast<MemRefType>(memory.getType()).getShape();
}

namespace {
class GuardReader {
public:
  explicit GuardReader(ModuleOp planned) : planned(planned) {}

  GuardTable read() {
    auto train = planned.lookupSymbol<exec::FuncOp>(nn::trainStepName);
    auto update = planned.lookupSymbol<exec::FuncOp>(nn::updateStepName);
    table.place = train->getAttrOfType<DenseI64ArrayAttr>(guardAttr)[0];
    readFactors();
    if (update)
      boundPenalties(update);
    exec::CallOp first = firstUpdate(train);
    for (auto call : train.getBody().getOps<exec::CallOp>())
      if (first && !call->isBeforeInBlock(first))
        boundUpdates(call);
      else
        keep(call);
    return std::move(table);
  }

private:
  void readFactors() {
    planned.walk([&](Operation *op) {
      if (auto decay = op->getAttrOfType<FloatAttr>("weight_decay");
          decay && op->hasTrait<nn::AppliesGradient>())
        table.weightDecay =
            std::max(table.weightDecay, decay.getValueAsDouble());
      if (auto scale = dyn_cast<nn::ScaleOp>(op);
          scale && cast<RankedTensorType>(scale.getType()).getRank() == 0)
        table.rateFactor = std::max(
            table.rateFactor, std::abs(scale.getScale().convertToDouble()));
    });
  }

  /// What is written before the guard.
  void keep(exec::CallOp call) {
    for (Value memory : call.getOutputs()) {
      auto slice = memory.getDefiningOp<exec::SliceOp>();
      if (!slice || (slice.getRegion() != exec::Region::Params &&
                     slice.getRegion() != exec::Region::State))
        continue;
      auto type = cast<MemRefType>(memory.getType());
      table.kept.push_back(
          {{int64_t(slice.getOffset())},
           {sizeInBytes(type, 1)},
           {slice.getRegion() == exec::Region::Params ? int32_t(LATHE_PARAMS)
                                                      : int32_t(LATHE_STATE)},
           {int32_t(type.getElementType().isF32())}});
    }
  }

  /// The update that follows the last of several batches adds penalties to
  /// their mean gradient.
  void boundPenalties(exec::FuncOp update) {
    due = true;
    for (auto call : update.getBody().getOps<exec::CallOp>())
      for (Operation &op : kernelOf(call).getBody().front())
        if (auto penalty = dyn_cast<nn::RegularizeOp>(op))
          boundPenalty(call, penalty, op.getOperand(1));
    due = false;
  }

  void boundUpdates(exec::CallOp call) {
    for (Operation &op : kernelOf(call).getBody().front())
      if (op.hasTrait<nn::AppliesGradient>())
        boundGradient(call, op.getOperand(1), gradientBound, op.getOperand(0));
  }

  /// `target` is what the gradient updates.
  void boundGradient(exec::CallOp call, Value gradient, int64_t bound,
                     Value target) {
    if (isa<BlockArgument>(gradient)) {
      Value memory = memoryOf(call, gradient);
      return add(countsOf(memory, shapeOf(memory)), bound,
                 memoryOf(call, target));
    }
    Operation *op = gradient.getDefiningOp();
    if (isa<nn::ClipOp, nn::ClipByNormOp>(op))
      return boundGradient(call, op->getOperand(0), clippedBound, target);
    if (auto penalty = dyn_cast<nn::RegularizeOp>(op)) {
      boundPenalty(call, penalty, target);
      return boundGradient(call, op->getOperand(0), bound, target);
    }
    auto product = cast<nn::DenseBackwardWeightsOp>(op);
    Value input = memoryOf(call, product->getOperand(0));
    Value outer = memoryOf(call, product->getOperand(1));
    // Sums over all dimensions but the last.
    add(countsOf(input, shapeOf(input)), bound, memoryOf(call, target),
        countsOf(outer, shapeOf(outer)),
        countsOf(input, shapeOf(input).drop_back()));
  }

  /// The weights that a penalty's gradient is computed from: it is below the
  /// gradient's bound, too.
  void boundPenalty(exec::CallOp call, nn::RegularizeOp op, Value target) {
    double factor = 2 * op.getL2().convertToDouble();
    if (factor == 0)
      return;
    Value memory = memoryOf(call, op->getOperand(1));
    add(countsOf(memory, shapeOf(memory)),
        std::min<int64_t>(gradientBound - 1 - std::ilogb(factor), clippedBound),
        memoryOf(call, target));
  }

  void add(Fields values, int64_t bound, Value target,
           Fields factor = noValues(), Fields terms = noValues()) {
    auto slice = target.getDefiningOp<exec::SliceOp>();
    table.bounds.push_back(
        {{std::move(values)},
         {std::move(factor)},
         {std::move(terms)},
         {int64_t(slice.getOffset())},
         {slice.getRegion() == exec::Region::Params ? int32_t(LATHE_PARAMS)
                                                    : int32_t(LATHE_STATE)},
         {int32_t(std::max<int64_t>(bound, 0))},
         {int32_t(due)}});
  }

  ModuleOp planned;
  GuardTable table;
  bool due = false;
};
} // namespace

GuardTable lathe::describeGuard(ModuleOp planned) {
  return GuardReader(planned).read();
}
