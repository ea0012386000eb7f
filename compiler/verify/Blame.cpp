//===- Blame.cpp - The pass and the kernel that make a difference ---------===//
#include "compiler/verify/ModelCheck.h"
#include "dialects/nn/NNDialect.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

using namespace mlir;

namespace lathe::verify {

//===----------------------------------------------------------------------===//
// Values that two variants have in common
//===----------------------------------------------------------------------===//

/// The operations that a call computes, by the names that Variant.cpp gave
/// them, in order.
static void collectOperations(Location loc, SmallVectorImpl<StringRef> &names) {
  if (auto name = dyn_cast<NameLoc>(loc)) {
    if (name.getName().strref().starts_with("operation "))
      names.push_back(name.getName());
    else
      collectOperations(name.getChildLoc(), names);
  } else if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations())
      collectOperations(part, names);
  }
}

/// What result `number` of the call is: the operation's name, which of its
/// results, and the type, as another kernel may compute it in another shape;
/// empty where that is not known.
static std::string valueOf(exec::CallOp call, exec::KernelOp kernel,
                           unsigned number) {
  SmallVector<StringRef> names;
  collectOperations(call.getLoc(), names);
  SmallVector<Operation *> body;
  for (Operation &op : kernel.getBody().front().without_terminator())
    if (!isa<nn::ConstantOp>(op))
      body.push_back(&op);
  auto result = dyn_cast<OpResult>(
      kernel.getBody().front().getTerminator()->getOperand(number));
  if (!result || names.empty())
    return "";
  size_t index = llvm::find(body, result.getOwner()) - body.begin();
  if (index + 1 == body.size())
    index = names.size() - 1;
  else if (body.size() != names.size())
    return "";
  std::string text;
  llvm::raw_string_ostream os(text);
  os << names[index] << " " << result.getResultNumber() << " "
     << call.getOutputs()[number].getType();
  return text;
}

namespace {
struct CallValues {
  exec::CallOp call;
  std::vector<std::string> results; ///< what they are, see valueOf
};
} // namespace

static std::vector<CallValues> callsOf(Variant &variant, StringRef step) {
  std::vector<CallValues> calls;
  for (auto call : variant.step(step).getBody().getOps<exec::CallOp>()) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<exec::KernelOp>(
        call, call.getKernelAttr());
    CallValues &values = calls.emplace_back();
    values.call = call;
    for (unsigned i = 0; i < call.getOutputs().size(); ++i)
      values.results.push_back(valueOf(call, kernel, i));
  }
  return calls;
}

/// The values that a step computes, as soon as they are there.
static llvm::StringMap<Array> trace(Variant &variant, const Call &call,
                                    const std::vector<CallValues> &calls) {
  llvm::StringMap<Array> values;
  variant.run(call, [&](size_t number, ArrayRef<void *> results) {
    exec::CallOp op = calls[number].call;
    for (auto [i, name] : llvm::enumerate(calls[number].results)) {
      if (name.empty())
        continue;
      Array array = emptyArray(op.getOutputs()[i].getType(), call.samples);
      std::memcpy(array.bytes.data(), results[i], array.bytes.size());
      values[name] = std::move(array);
    }
  });
  return values;
}

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

static std::string describe(const Call &call, size_t number) {
  return "call " + std::to_string(number + 1) + " of " + call.step;
}

/// The first call of `after` whose result differs from the same value of
/// `before`.
static std::optional<size_t> firstDifference(Variant &before, Variant &after,
                                             const Departure &departure,
                                             const Slack &slack) {
  auto ours = callsOf(after, departure.call.step),
       theirs = callsOf(before, departure.call.step);
  auto reference = trace(before, departure.call, theirs),
       values = trace(after, departure.call, ours);
  std::vector<llvm::StringMap<Array>> perturbed;
  for (const Call &call : departure.perturbed)
    perturbed.push_back(trace(before, call, theirs));
  for (auto [number, call] : llvm::enumerate(ours))
    for (const std::string &name : call.results) {
      auto their = reference.find(name);
      if (their == reference.end())
        continue;
      std::vector<Measured> others;
      for (llvm::StringMap<Array> &other : perturbed)
        others.push_back(measured(nullptr, other[name]));
      if (!compare(measured(nullptr, values[name]),
                   measured(nullptr, their->second), others, slack)
               .agrees)
        return number;
    }
  return std::nullopt;
}

/// The last call that writes the variable.
static std::optional<size_t> writerOf(Variant &variant, StringRef step,
                                      StringRef name) {
  auto variable = variant.module().lookupSymbol<exec::VariableOp>(name);
  std::optional<size_t> writer;
  size_t number = 0;
  for (auto call : variant.step(step).getBody().getOps<exec::CallOp>()) {
    for (Value output : call.getOutputs()) {
      auto slice = output.getDefiningOp<exec::SliceOp>();
      if (!slice || !variable || slice.getRegion() != variable.getRegion())
        continue;
      auto type = cast<MemRefType>(output.getType());
      int64_t begin = slice.getOffset(),
              end = begin +
                    type.getNumElements() * type.getElementTypeBitWidth() / 8;
      int64_t offset = variable.getOffset();
      if (begin <= offset && offset < std::max(end, begin + 1))
        writer = number;
    }
    ++number;
  }
  return writer;
}

//===----------------------------------------------------------------------===//
// The optimization
//===----------------------------------------------------------------------===//

std::optional<ModelCheck::Blame>
findBlame(const Subject &subject, Variant &reference,
          const Departure &departure, const Slack &slack, KernelStore &store,
          std::string &error) {
  Outcome theirs = reference.run(departure.call);
  std::vector<Outcome> perturbed;
  for (const Call &call : departure.perturbed)
    perturbed.push_back(reference.run(call));

  Names without(subject.optimizations.begin(), subject.optimizations.end());
  std::unique_ptr<Variant> before;
  for (const std::string &optimization : subject.optimizations) {
    without.erase(optimization);
    std::unique_ptr<Variant> variant =
        Variant::create(subject, without, store, error);
    if (!variant) {
      error = "with '" + optimization + "': " + error;
      return std::nullopt;
    }
    StepRow row =
        compareOutcomes(departure.call, variant->run(departure.call), theirs,
                        departure.perturbed, perturbed, slack);
    if (row.worst.agrees) {
      before = std::move(variant);
      continue;
    }
    ModelCheck::Blame blame{optimization, "", ""};
    std::optional<size_t> number = firstDifference(before ? *before : reference,
                                                   *variant, departure, slack);
    if (!number)
      number = writerOf(*variant, departure.call.step, row.tensor);
    if (number) {
      auto call = callsOf(*variant, departure.call.step)[*number].call;
      blame.kernel = call.getKernel().str();
      blame.place = describe(departure.call, *number);
    }
    return blame;
  }
  return std::nullopt;
}

} // namespace lathe::verify
