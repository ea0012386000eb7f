//===- OutlineKernels.cpp - A kernel for each distinct group --------------===//
#include "compiler/transforms/KernelSet.h"
#include "compiler/transforms/Passes.h"

using namespace mlir;
using namespace lathe::nn;
using namespace lathe::exec;

namespace lathe {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "compiler/transforms/Passes.h.inc"

namespace {
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
    KernelSet kernels(getOperation());
    OpBuilder builder = OpBuilder::atBlockBegin(getOperation().getBody());
    for (GroupOp group : groups) {
      std::string name = chooseName(group);
      flattenUpdate(group);
      KernelOp kernel = kernels.find(group.getBody(), group.getInPlace());
      if (!kernel) {
        kernel =
            KernelOp::create(builder, group.getLoc(), kernels.freeName(name),
                             ScheduleAttr(), group.getInPlace(), IntegerAttr());
        kernel.getBody().takeBody(group.getBody());
        kernels.insert(kernel);
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
