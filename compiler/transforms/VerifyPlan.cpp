//===- VerifyPlan.cpp - Memory and calls of the planned stage -------------===//
//
// Each constraint has a label, which its message begins with.
//
//===----------------------------------------------------------------------===//
#include "compiler/transforms/Contracts.h"
#include "compiler/transforms/StepPlanner.h"
#include "dialects/exec/ExecDialect.h"
#include "dialects/nn/NNDialect.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exec;

namespace {
constexpr StringLiteral planner = "plan-memory";

/// Bytes [begin, end) of a region.
struct Place {
  exec::Region region;
  int64_t begin, end;

  bool overlaps(const Place &other) const {
    return region == other.region && begin < other.end && other.begin < end;
  }
};

class Plan {
public:
  explicit Plan(ModuleOp module) : module(module) {}

  LogicalResult verify() {
    auto layouts = module.getOps<LayoutOp>();
    if (std::distance(layouts.begin(), layouts.end()) != 1)
      return blame(module, "layout_c1: needs one exec.layout", planner);
    layout = *layouts.begin();
    if (failed(verifyVariables()))
      return failure();
    for (auto step : module.getOps<FuncOp>())
      if (failed(verifyStep(step)))
        return failure();
    return success();
  }

private:
  int64_t sizeOf(exec::Region region, bool trains) {
    switch (region) {
    case exec::Region::Params:
      return layout.getParamsSize();
    case exec::Region::State:
      return layout.getStateSize();
    case exec::Region::Prepared:
      return layout.getPreparedSize();
    case exec::Region::Arena:
      return trains ? layout.getTrainArenaSize() : layout.getPredictArenaSize();
    }
    llvm_unreachable("all regions have a size");
  }

  Place placeOf(SliceOp slice) {
    int64_t begin = slice.getOffset();
    auto type = cast<ShapedType>(slice.getType());
    return {slice.getRegion(), begin, begin + sizeInBytes(type, batch)};
  }

  LogicalResult verifyVariables();
  LogicalResult verifyStep(FuncOp step);
  LogicalResult verifyCall(CallOp call);

  ModuleOp module;
  LayoutOp layout;
  int64_t batch = 0; ///< of the step that is looked at
};

/// The results of calls that are in an arena.
class Arena {
public:
  /// call_c4: what is read was computed, and nothing has been written over it.
  LogicalResult read(CallOp call, const Place &place, Type element) {
    int64_t covered = 0;
    for (const Result &result : results) {
      if (!result.place.overlaps(place))
        continue;
      bool isInside =
          place.begin <= result.place.begin && result.place.end <= place.end;
      if (!isInside || result.isDamaged || result.element != element)
        return blame(call,
                     "call_c4: reads memory at " + Twine(place.begin) +
                         " that holds another live tensor",
                     planner);
      covered += result.place.end - result.place.begin;
    }
    if (covered != place.end - place.begin)
      return blame(call,
                   "call_c4: reads memory at " + Twine(place.begin) +
                       " that nothing has written",
                   planner);
    return success();
  }

  /// Once part of a tensor is overwritten, nothing may read the rest.
  void write(const Place &place, Type element) {
    std::vector<Result> after{{place, element, false}};
    for (const Result &result : results) {
      if (!result.place.overlaps(place)) {
        after.push_back(result);
        continue;
      }
      Result before = result, behind = result;
      before.isDamaged = behind.isDamaged = true;
      before.place.end = place.begin;
      behind.place.begin = place.end;
      for (const Result &rest : {before, behind})
        if (rest.place.begin < rest.place.end)
          after.push_back(rest);
    }
    results = std::move(after);
  }

private:
  struct Result {
    Place place;
    Type element;
    bool isDamaged;
  };
  std::vector<Result> results;
};
} // namespace

/// variable_c1: a variable lies in its region. variable_c2: no two overlap.
LogicalResult Plan::verifyVariables() {
  SmallVector<std::pair<Place, VariableOp>> places;
  for (auto variable : module.getOps<VariableOp>()) {
    int64_t begin = variable.getOffset();
    Place place{variable.getRegion(), begin,
                begin + sizeInBytes(cast<ShapedType>(variable.getType()),
                                    int64_t(layout.getBatch()))};
    if (begin < 0 || place.end > sizeOf(place.region, true))
      return blame(variable, "variable_c1: lies outside of its region",
                   planner);
    places.emplace_back(place, variable);
  }
  llvm::sort(places, [](const auto &a, const auto &b) {
    return std::pair(a.first.region, a.first.begin) <
           std::pair(b.first.region, b.first.begin);
  });
  for (size_t i = 1; i < places.size(); ++i)
    if (places[i - 1].first.overlaps(places[i].first))
      return blame(places[i].second,
                   "variable_c2: overlaps @" +
                       places[i - 1].second.getSymName(),
                   planner);
  return success();
}

/// Whether memory of this type can be seen as the kernel's tensor. Arguments of
/// a step are the caller's, in the shape that the caller knows.
static bool fits(Value memory, Type tensor) {
  auto own = cast<MemRefType>(memory.getType());
  auto wanted = cast<RankedTensorType>(tensor);
  if (own.getElementType() != wanted.getElementType())
    return false;
  if (memory.getDefiningOp<SliceOp>())
    return own.getShape() == wanted.getShape();
  return own.hasStaticShape() == wanted.hasStaticShape() &&
         sizeInBytes(own, 1) == sizeInBytes(wanted, 1);
}

/// call_c1: a call has the inputs of its kernel that are not overwritten, and
/// its results. call_c2: they have the kernel's types. call_c3: its results
/// overlap neither its inputs nor each other.
LogicalResult Plan::verifyCall(CallOp call) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(
      call, call.getKernelAttr());
  Block &body = kernel.getBody().front();
  SmallVector<Type> inputs;
  for (BlockArgument argument : body.getArguments())
    if (!llvm::is_contained(kernel.getInPlace(), argument.getArgNumber()))
      inputs.push_back(argument.getType());
  TypeRange outputs = body.getTerminator()->getOperandTypes();
  if (inputs.size() != call.getInputs().size() ||
      outputs.size() != call.getOutputs().size())
    return blame(call,
                 "call_c1: @" + kernel.getSymName() + " takes " +
                     Twine(inputs.size()) + " inputs and " +
                     Twine(outputs.size()) + " outputs",
                 planner);
  for (auto [memory, type] : llvm::zip_equal(call.getInputs(), inputs))
    if (!fits(memory, type))
      return blame(call,
                   "call_c2: an input has another type than in the kernel",
                   planner);
  for (auto [memory, type] : llvm::zip_equal(call.getOutputs(), outputs))
    if (!fits(memory, type))
      return blame(call,
                   "call_c2: an output has another type than in the kernel",
                   planner);
  for (auto [number, output] : llvm::enumerate(call.getOutputs())) {
    auto slice = output.getDefiningOp<SliceOp>();
    for (Value other :
         call->getOperands().take_front(call.getInputs().size() + number)) {
      auto before = other.getDefiningOp<SliceOp>();
      bool overlaps = slice && before ? placeOf(slice).overlaps(placeOf(before))
                                      : output == other;
      if (overlaps)
        return blame(call,
                     "call_c3: output " + Twine(number) +
                         " overlaps another operand",
                     planner);
    }
  }
  return success();
}

/// slice_c1: a slice lies in its region.
LogicalResult Plan::verifyStep(FuncOp step) {
  StringRef name = step.getSymName();
  bool augments = name == nn::augmentName;
  batch = augments ? 1 : int64_t(layout.getBatch());
  bool trains = name == nn::trainStepName || name == nn::updateStepName ||
                name == nn::adaptName;
  Arena arena;
  for (Operation &op : step.getBody().front()) {
    if (auto slice = dyn_cast<SliceOp>(op)) {
      Place place = placeOf(slice);
      int64_t size = augments ? int64_t(layout.getAugmentNumbers().value_or(0))
                              : sizeOf(place.region, trains);
      if (place.begin < 0 || place.end > size)
        return blame(slice, "slice_c1: lies outside of its region", planner);
    }
    auto call = dyn_cast<CallOp>(op);
    if (!call)
      continue;
    if (failed(verifyCall(call)))
      return failure();
    auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(
        call, call.getKernelAttr());
    auto inArena = [&](Value memory) {
      auto slice = memory.getDefiningOp<SliceOp>();
      return slice && slice.getRegion() == exec::Region::Arena ? slice
                                                               : SliceOp();
    };
    for (Value input : call.getInputs())
      if (SliceOp slice = inArena(input))
        if (failed(
                arena.read(call, placeOf(slice),
                           cast<MemRefType>(input.getType()).getElementType())))
          return failure();
    for (auto [number, output] : llvm::enumerate(call.getOutputs())) {
      SliceOp slice = inArena(output);
      if (!slice)
        continue;
      Type element = cast<MemRefType>(output.getType()).getElementType();
      bool isRead = inPlaceOperand(kernel.getInPlace(), number) >= 0;
      if (isRead && failed(arena.read(call, placeOf(slice), element)))
        return failure();
      arena.write(placeOf(slice), element);
    }
  }
  return success();
}

LogicalResult lathe::verifyPlan(ModuleOp module) {
  return Plan(module).verify();
}
