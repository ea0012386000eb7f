//===- KernelSet.cpp - A module's kernels by what they compute ----------===//
#include "compiler/transforms/KernelSet.h"
#include "mlir/IR/OperationSupport.h"

using namespace mlir;
using namespace lathe;

static size_t hashOf(Region &body) {
  llvm::hash_code hash = body.getNumArguments();
  for (Operation &op : body.front())
    hash =
        llvm::hash_combine(hash, OperationEquivalence::computeHash(
                                     &op, OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::IgnoreLocations));
  return size_t(hash);
}

KernelSet::KernelSet(ModuleOp module) {
  for (Operation &op : *module.getBody()) {
    if (auto name =
            op.getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName()))
      names.insert(name);
    if (auto kernel = dyn_cast<exec::KernelOp>(op))
      insert(kernel);
  }
}

exec::KernelOp KernelSet::find(Region &body, ArrayRef<int64_t> inPlace) const {
  auto [first, last] = kernels.equal_range(hashOf(body));
  for (auto it = first; it != last; ++it) {
    exec::KernelOp kernel = it->second;
    if (kernel.getInPlace() == inPlace &&
        OperationEquivalence::isRegionEquivalentTo(
            &kernel.getBody(), &body, OperationEquivalence::IgnoreLocations))
      return kernel;
  }
  return {};
}

void KernelSet::insert(exec::KernelOp kernel) {
  kernels.emplace(hashOf(kernel.getBody()), kernel);
}

/// b, c, ..., z, ba, ...
static std::string letters(unsigned number) {
  std::string text;
  for (; number; number /= 26)
    text.insert(text.begin(), 'a' + number % 26);
  return text;
}

std::string KernelSet::freeName(const Twine &base) {
  std::string name = base.str();
  for (unsigned next = 1; !names.insert(name).second; ++next)
    name = (base + "_" + letters(next)).str();
  return name;
}
