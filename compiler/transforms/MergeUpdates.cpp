//===- MergeUpdates.cpp - One update kernel for neighbouring variables ----===//
#include "compiler/transforms/KernelSet.h"
#include "compiler/transforms/Passes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OwningOpRef.h"

using namespace mlir;
using namespace lathe::exec;

namespace lathe {
#define GEN_PASS_DEF_MERGEUPDATES
#include "compiler/transforms/Passes.h.inc"

namespace {
/// The update operation of a kernel that consists of nothing else.
Operation *updateOf(KernelOp kernel) {
  Operation &first = kernel.getBody().front().front();
  bool alone = first.getNextNode() == kernel.getBody().front().getTerminator();
  return alone && isa<nn::InPlaceOpInterface>(first) ? &first : nullptr;
}

/// A run of calls that are to become one: their operands as the first call has
/// them, and the number of elements so far.
struct Run {
  SmallVector<CallOp> calls;
  int64_t elements = 0;
};

int64_t elementsOf(CallOp call) {
  return cast<MemRefType>(call.getOutputs()[0].getType()).getNumElements();
}

bool isVector(Value value) {
  return cast<MemRefType>(value.getType()).getRank() == 1;
}

struct MergeUpdates : impl::MergeUpdatesBase<MergeUpdates> {
  void runOnOperation() override {
    KernelSet kernels(getOperation());
    for (auto function : getOperation().getOps<FuncOp>())
      mergeIn(function, kernels);
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<KernelOp>()))
      if (SymbolTable::symbolKnownUseEmpty(kernel, getOperation()))
        kernel.erase();
  }

  void mergeIn(FuncOp function, KernelSet &kernels) {
    std::vector<Run> runs;
    for (auto call : function.getBody().getOps<CallOp>()) {
      if (!updateOf(kernelOf(call)) || !isVector(call.getOutputs()[0])) {
        runs.emplace_back();
        continue;
      }
      if (runs.empty() || !continues(runs.back(), call))
        runs.emplace_back();
      runs.back().calls.push_back(call);
      runs.back().elements += elementsOf(call);
    }
    for (Run &run : runs)
      if (run.calls.size() > 1)
        merge(run, kernels);
  }

  KernelOp kernelOf(CallOp call) {
    return SymbolTable::lookupNearestSymbolFrom<KernelOp>(call,
                                                          call.getKernelAttr());
  }

  bool continues(const Run &run, CallOp call) {
    if (run.calls.empty())
      return false;
    CallOp head = run.calls.front();
    Operation *first = updateOf(kernelOf(head)),
              *next = updateOf(kernelOf(call));
    return first->getName() == next->getName() &&
           first->getAttrDictionary() == next->getAttrDictionary() &&
           kernelOf(head).getInPlace() == kernelOf(call).getInPlace() &&
           llvm::equal(head.getOperands(), call.getOperands(),
                       [&](Value a, Value b) {
                         return isNeighbour(a, b, run.elements);
                       });
  }

  /// `b` lies `elements` behind `a`, or they are the same scalar.
  bool isNeighbour(Value a, Value b, int64_t elements) {
    auto first = a.getDefiningOp<SliceOp>(), next = b.getDefiningOp<SliceOp>();
    if (!first || !next || first.getRegion() != next.getRegion() ||
        isVector(a) != isVector(b))
      return false;
    int64_t bytes =
        cast<MemRefType>(a.getType()).getElementTypeBitWidth() / 8 * elements;
    return next.getOffset() == first.getOffset() + (isVector(a) ? bytes : 0);
  }

  void merge(const Run &run, KernelSet &kernels) {
    CallOp head = run.calls.front(), last = run.calls.back();
    KernelOp kernel = widen(kernelOf(head), run.elements, kernels);
    OpBuilder builder(last);
    auto widened = [&](ValueRange values) {
      return llvm::map_to_vector(values, [&](Value value) -> Value {
        auto slice = value.getDefiningOp<SliceOp>();
        auto type = cast<MemRefType>(value.getType());
        if (type.getRank() == 1)
          type = MemRefType::get({run.elements}, type.getElementType());
        return SliceOp::create(builder, slice.getLoc(), type, slice.getRegion(),
                               slice.getOffset());
      });
    };
    Location loc = builder.getFusedLoc(llvm::map_to_vector(
        run.calls, [](CallOp call) { return call.getLoc(); }));
    CallOp::create(builder, loc, kernel.getSymName(), widened(head.getInputs()),
                   widened(head.getOutputs()));
    for (CallOp call : run.calls)
      call.erase();
  }

  /// The kernel for vectors of another length.
  static KernelOp widen(KernelOp kernel, int64_t elements, KernelSet &kernels) {
    OwningOpRef<KernelOp> wide = cast<KernelOp>(kernel->clone());
    auto resize = [&](Value value) {
      auto type = cast<RankedTensorType>(value.getType());
      if (type.getRank() == 1)
        value.setType(type.clone({elements}));
    };
    llvm::for_each(wide->getBody().getArguments(), resize);
    llvm::for_each(updateOf(*wide)->getResults(), resize);
    if (KernelOp known = kernels.find(wide->getBody(), wide->getInPlace()))
      return known;
    wide->setSymName(kernels.freeName(
        updateOf(*wide)->getName().stripDialect() + "_" + Twine(elements)));
    KernelOp added = wide.release();
    kernel->getBlock()->getOperations().insert(kernel->getIterator(), added);
    kernels.insert(added);
    return added;
  }
};
} // namespace
} // namespace lathe
