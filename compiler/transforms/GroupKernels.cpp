//===- GroupKernels.cpp - Which operations are fused ----------------------===//
#include "compiler/transforms/ComputedOperands.h"
#include "compiler/transforms/Passes.h"
#include "compiler/transforms/StepPlanner.h"
#include "compiler/transforms/Updates.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace lathe::nn;
using namespace lathe::exec;

namespace lathe {
#define GEN_PASS_DEF_GROUPKERNELS
#include "compiler/transforms/Passes.h.inc"

namespace {
bool isPooling(Operation *op) {
  return isa<MaxPool2DOp, MaxPool2DArgmaxOp>(op);
}

/// A convolution's tile must hold all that a window covers: larger windows are
/// reduced by a kernel of their own.
bool hasSmallWindow(Operation *pooling) {
  auto size = pooling->getAttrOfType<DenseI64ArrayAttr>("pool_size");
  return size[0] * size[1] <= 16;
}

/// Whether the windows cut the image into squares of two by two.
bool halves(Operation *pooling) {
  auto are = [pooling](StringRef name, int64_t wanted) {
    auto values = pooling->getAttrOfType<DenseI64ArrayAttr>(name);
    return llvm::all_of(values.asArrayRef(),
                        [=](int64_t value) { return value == wanted; });
  };
  return are("pool_size", 2) && are("strides", 2) && are("padding", 0);
}

/// A gradient that is worth updating its parameter as it is computed: a large
/// one, which then is never stored. The kernel's vectors must divide its rows.
bool isLargeGradient(Operation *op) {
  if (!isa<DenseBackwardWeightsOp>(op))
    return false;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  return type.getNumElements() >= largeUpdateElements &&
         type.getShape().back() % 16 == 0;
}

/// Bytes of what the product reads, the batch at its largest, are fewer than
/// its result's: as both are stored until the update, at the step's end.
bool storesLess(Operation *product) {
  int64_t batch = batchSize(product->getParentOfType<ModuleOp>());
  int64_t read = 0;
  for (Type type : product->getOperandTypes())
    read += sizeInBytes(cast<RankedTensorType>(type), batch);
  return read <
         sizeInBytes(cast<RankedTensorType>(product->getResult(0).getType()),
                     batch);
}

/// Operations that become one kernel, in program order. The anchor decides what
/// may follow.
struct Group {
  SmallVector<Operation *> ops;
  Operation *anchor = nullptr;
  bool pooled = false;

  /// Elementwise work can be done on the anchor's result before it is stored.
  bool takesElementwise() const {
    return isa<Conv2DOp, Conv2DBackwardDataOp, WinogradConv2DOp, PackedConv2DOp,
               DenseOp, DenseBackwardDataOp, MatmulOp, MaxPool2DOp,
               MaxPool2DArgmaxOp, MaxPool2DBackwardOp, AvgPool2DOp,
               AvgPool2DBackwardOp, StandardizeOp>(anchor) ||
           isLargeGradient(anchor) || isElementwise();
  }
  /// A parameter, or a sum of gradients, can take in the anchor's gradient.
  bool takesUpdate(Operation *update, Value gradient) const {
    return isLargeGradient(anchor) && update->getOperand(0) != gradient &&
           llvm::all_of(
               ops,
               [](Operation *op) { return op->hasTrait<KeepsBounds>(); }) &&
           storesLess(anchor);
  }
  bool updates() const { return isa<InPlaceOpInterface>(ops.back()); }
  /// Windows may reach over the image's border, where a convolution can be
  /// computed but no second image be read.
  bool takesPooling(Operation *pooling) const {
    auto readsVectors = [this](Operation *op) {
      return op == anchor || op->isBeforeInBlock(anchor) ||
             llvm::all_of(op->getOperands(), [&](Value operand) {
               return llvm::is_contained(ops, operand.getDefiningOp()) ||
                      cast<RankedTensorType>(operand.getType()).getRank() < 2;
             });
    };
    bool fits = isa<Conv2DOp>(anchor) ||
                (isa<WinogradConv2DOp>(anchor) && halves(pooling));
    return fits && !pooled && hasSmallWindow(pooling) &&
           llvm::all_of(ops, readsVectors);
  }
  bool isElementwise() const {
    return llvm::all_of(
        ops, [](Operation *op) { return op->hasTrait<Elementwise>(); });
  }
};

/// What is not computed by a kernel: access to variables, views, and constants,
/// which each kernel holds for itself.
bool isKernelWork(Operation *op) {
  return isa<NNDialect>(op->getDialect()) &&
         !isa<ReadOp, AssignOp, ReshapeOp, ConstantOp>(op);
}

class Grouping {
public:
  /// An operation that joins what it can, or begins a group.
  void add(Operation *op, bool fuse) {
    Group *group = fuse ? groupToJoin(op) : nullptr;
    if (!group) {
      groups.push_back(std::make_unique<Group>());
      group = groups.back().get();
      group->anchor = op;
    }
    if (fuse)
      takeInOperands(op, *group);
    if (!op->hasTrait<Elementwise>() && !isPooling(op) &&
        !isa<InPlaceOpInterface>(op))
      group->anchor = op;
    group->ops.push_back(op);
    group->pooled |= isPooling(op);
    groupOf[op] = group;
  }

  std::vector<std::unique_ptr<Group>> groups;

private:
  /// The group that computes an operand which nothing else needs, as its last
  /// operation, and that can be moved to its reader.
  Group *groupOfOnlyUse(OpOperand &operand) const {
    Operation *producer = operand.get().getDefiningOp();
    Group *group = producer ? groupOf.lookup(producer) : nullptr;
    bool isLast = group && group->ops.back() == producer;
    return isLast && operand.get().hasOneUse() &&
                   canMove(*group, operand.getOwner())
               ? group
               : nullptr;
  }

  /// Whether none of the group's other results is read before `place`.
  bool canMove(const Group &group, Operation *place) const {
    return llvm::all_of(group.ops, [&](Operation *op) {
      return llvm::all_of(op->getUsers(), [&](Operation *user) {
        Group *other = groupOf.lookup(user);
        return other == &group ||
               !(other ? other->ops.back() : user)->isBeforeInBlock(place);
      });
    });
  }

  /// The group of an operand that can take `op` in.
  Group *groupToJoin(Operation *op) const {
    for (OpOperand &operand : op->getOpOperands())
      if (Group *group = groupOfOnlyUse(operand);
          group && canJoin(op, *group, operand))
        return group;
    return nullptr;
  }

  static bool canJoin(Operation *op, const Group &group, OpOperand &operand) {
    if (group.updates())
      return false;
    if (isPooling(op))
      return group.takesPooling(op);
    if (isa<InPlaceOpInterface>(op))
      return group.takesUpdate(op, operand.get());
    if (op->hasTrait<Elementwise>())
      return group.takesElementwise() && hasResultsType(operand);
    return isWorkBefore(group, operand);
  }

  static bool hasResultsType(OpOperand &operand) {
    return operand.get().getType() ==
           operand.getOwner()->getResult(0).getType();
  }

  /// Whether all of a group can be done where its result is read.
  static bool isWorkBefore(const Group &group, OpOperand &operand) {
    Operation *reader = operand.getOwner();
    if (reader->hasTrait<Elementwise>())
      return group.isElementwise() && hasResultsType(operand);
    if (!readsElementsOnce(operand))
      return false;
    bool isConvolution = isa<WinogradConv2DOp, Conv2DBackwardWeightsOp>(reader);
    return isConvolution ? llvm::all_of(group.ops, isCheap)
                         : group.isElementwise();
  }

  void takeInOperands(Operation *op, Group &group) {
    for (OpOperand &operand : op->getOpOperands())
      if (Group *before = groupOfOnlyUse(operand);
          before && before != &group && isWorkBefore(*before, operand))
        takeIn(*before, group);
  }

  void takeIn(Group &before, Group &group) {
    for (Operation *op : before.ops)
      groupOf[op] = &group;
    llvm::append_range(group.ops, before.ops);
    llvm::sort(group.ops, [](Operation *a, Operation *b) {
      return a->isBeforeInBlock(b);
    });
    llvm::erase_if(groups, [&](auto &other) { return other.get() == &before; });
  }

  DenseMap<Operation *, Group *> groupOf;
};

struct GroupKernels : impl::GroupKernelsBase<GroupKernels> {
  GroupKernels() = default;
  GroupKernels(const GroupKernels &other) : GroupKernelsBase(other) {}

  Option<bool> fuse{*this, "fuse",
                    llvm::cl::desc("more than one operation in a kernel"),
                    llvm::cl::init(true)};
  Option<bool> inPlace{
      *this, "in-place",
      llvm::cl::desc(
          "updates write over their variables; else these get copies"),
      llvm::cl::init(true)};

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      copyUncomputed(function.front().getTerminator());
      if (!inPlace)
        copyUpdates(function);
      Grouping grouping;
      for (Operation &op : function.getOps())
        if (isKernelWork(&op))
          grouping.add(&op, fuse);
      for (auto &group : grouping.groups)
        materialize(*group);
      for (auto constant :
           llvm::make_early_inc_range(function.getOps<ConstantOp>()))
        if (constant->use_empty())
          constant.erase();
    }
  }

  /// What the value is a view of.
  static Value viewed(Value value) {
    while (auto view = value.getDefiningOp<ReshapeOp>())
      value = view.getInput();
    return value;
  }

  /// A result that is an argument, a variable or a constant, or a view of one,
  /// or that is returned twice, has no kernel that writes it; a copy has.
  static void copyUncomputed(Operation *end) {
    OpBuilder builder(end);
    DenseSet<Value> returned;
    for (OpOperand &result : end->getOpOperands()) {
      Value source = result.get();
      if (isa_and_present<ConstantOp>(source.getDefiningOp()) &&
          llvm::is_contained(
              cast<RankedTensorType>(source.getType()).getShape(), 0))
        continue; // of no elements, nothing is written
      source = viewed(source);
      Operation *producer = source.getDefiningOp();
      bool isComputed = producer && !isa<ReadOp, ConstantOp>(producer);
      if (isComputed && returned.insert(source).second)
        continue;
      auto type = cast<RankedTensorType>(result.get().getType());
      result.set(CastOp::create(builder, end->getLoc(), type, result.get(),
                                type.getElementType()));
    }
  }

  /// New values of variables go to memory of their own before they replace the
  /// old ones.
  static void copyUpdates(func::FuncOp function) {
    for (auto assign : function.getOps<AssignOp>()) {
      Value value = assign.getValue();
      if (!isa_and_present<InPlaceOpInterface>(viewed(value).getDefiningOp()))
        continue;
      OpBuilder builder(assign);
      auto type = cast<RankedTensorType>(value.getType());
      assign.getValueMutable().assign(CastOp::create(
          builder, assign.getLoc(), type, value, type.getElementType()));
    }
  }

  /// Moves the group into an exec.group at the place of its last operation,
  /// where all its operands exist.
  void materialize(const Group &group) {
    llvm::SetVector<Value> inputs;
    llvm::SetVector<Operation *> constants;
    SmallVector<Value> outputs;
    DenseSet<Operation *> inside(group.ops.begin(), group.ops.end());
    for (Operation *op : group.ops) {
      for (Value operand : op->getOperands())
        if (operand.getDefiningOp<ConstantOp>())
          constants.insert(operand.getDefiningOp());
        else if (!inside.contains(operand.getDefiningOp()))
          inputs.insert(operand);
      for (Value result : op->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) {
              return !inside.contains(user);
            }))
          outputs.push_back(result);
    }

    SmallVector<int64_t> overwrites;
    for (Value output : outputs) {
      auto update = dyn_cast<InPlaceOpInterface>(output.getDefiningOp());
      if (!update || !inPlace)
        continue;
      unsigned operand =
          update.getInPlaceOperand(cast<OpResult>(output).getResultNumber());
      Value overwritten = update->getOperand(operand);
      overwrites.push_back(llvm::find(inputs, overwritten) - inputs.begin());
    }

    OpBuilder builder(group.ops.back());
    auto fused = GroupOp::create(
        builder,
        builder.getFusedLoc(llvm::map_to_vector(
            group.ops, [](Operation *op) { return op->getLoc(); })),
        ValueRange(outputs).getTypes(), inputs.getArrayRef(), overwrites);
    Block &body = fused.getBody().emplaceBlock();
    IRMapping mapping;
    for (Value input : inputs)
      mapping.map(input, body.addArgument(input.getType(), input.getLoc()));
    builder.setInsertionPointToStart(&body);
    for (Operation *constant : constants)
      builder.clone(*constant, mapping);
    for (Operation *op : group.ops)
      builder.clone(*op, mapping);
    YieldOp::create(builder, fused.getLoc(),
                    llvm::map_to_vector(
                        outputs, [&](Value v) { return mapping.lookup(v); }));
    for (auto [output, result] : llvm::zip_equal(outputs, fused.getOutputs()))
      output.replaceAllUsesWith(result);
    for (Operation *op : llvm::reverse(group.ops))
      op->erase();
  }
};
} // namespace
} // namespace lathe
