//===- OutlineKernels.cpp - A kernel for each distinct group --------------===//
#include "compiler/transforms/Passes.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace lathe::nn;
using namespace lathe::exec;

namespace lathe {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "compiler/transforms/Passes.h.inc"

namespace {
/// Equal texts mean equal kernels: the region printed without locations.
std::string describe(GroupOp group) {
  std::string text;
  llvm::raw_string_ostream os(text);
  OpPrintingFlags flags;
  flags.useLocalScope().printGenericOpForm();
  for (BlockArgument argument : group.getBody().getArguments())
    os << argument.getType() << ",";
  os << group.getInPlaceAttr();
  for (Operation &op : group.getBody().getOps())
    op.print(os, flags);
  return text;
}

/// "conv2d_bias_add_relu_26x26x32": the operations and the first result's shape
/// without the batch.
std::string chooseName(GroupOp group) {
  std::string name;
  llvm::raw_string_ostream os(name);
  for (Operation &op : group.getBody().front().without_terminator())
    os << op.getName().stripDialect() << "_";
  auto shape = cast<RankedTensorType>(group.getOutputs()[0].getType());
  ArrayRef<int64_t> extents = shape.getShape();
  if (!extents.empty() && ShapedType::isDynamic(extents.front()))
    extents = extents.drop_front();
  if (extents.empty())
    os << "scalar";
  llvm::interleave(extents, os, "x");
  return name;
}

/// b, c, ..., z, ba, ...: tells groups of one name apart that differ in an
/// attribute. The first has no letter.
std::string letters(unsigned number) {
  std::string text;
  for (; number; number /= 26)
    text.insert(text.begin(), 'a' + number % 26);
  return text;
}

/// Updates treat their tensors as vectors: kernels for equal counts are equal,
/// whatever the shapes.
void flattenUpdate(GroupOp group) {
  if (!isa<InPlaceOpInterface>(group.getBody().front().front()))
    return;
  auto flatten = [](Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    if (type.getRank() > 1)
      value.setType(RankedTensorType::get({type.getNumElements()},
                                          type.getElementType()));
  };
  for (BlockArgument argument : group.getBody().getArguments())
    flatten(argument);
  group.getBody().walk([&](Operation *op) {
    for (Value result : op->getResults())
      flatten(result);
  });
}

struct OutlineKernels : impl::OutlineKernelsBase<OutlineKernels> {
  void runOnOperation() override {
    SmallVector<GroupOp> groups;
    getOperation().walk([&](GroupOp group) { groups.push_back(group); });
    llvm::StringMap<KernelOp> kernels;
    llvm::StringMap<unsigned> taken;
    OpBuilder builder = OpBuilder::atBlockBegin(getOperation().getBody());
    for (GroupOp group : groups) {
      std::string name = chooseName(group);
      flattenUpdate(group);
      KernelOp &kernel = kernels[describe(group)];
      if (!kernel) {
        if (unsigned count = taken[name]++)
          name += "_" + letters(count);
        kernel = KernelOp::create(builder, group.getLoc(), name, ScheduleAttr(),
                                  group.getInPlace());
        kernel.getBody().takeBody(group.getBody());
      }
      OpBuilder at(group);
      auto dispatch =
          DispatchOp::create(at, group.getLoc(), group.getResultTypes(),
                             kernel.getSymName(), group.getInputs());
      group.replaceAllUsesWith(dispatch.getOutputs());
      group.erase();
    }
  }
};
} // namespace
} // namespace lathe
