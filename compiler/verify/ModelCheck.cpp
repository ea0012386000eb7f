//===- ModelCheck.cpp - A model against its reference ---------------------===//
#include "compiler/verify/ModelCheck.h"
#include "dialects/nn/NNDialect.h"
#include <cmath>

using namespace mlir;

namespace lathe::verify {

bool ModelCheck::compile() {
  Names all(subject.optimizations.begin(), subject.optimizations.end());
  plain = Variant::create(subject, all, store, error);
  if (!plain) {
    if (!error.empty())
      error = "the reference does not compile: " + error;
    return false;
  }
  optimized = Variant::create(subject, {}, store, error);
  return optimized != nullptr;
}

static std::string outputName(const Array &output, const std::string &step,
                              size_t number) {
  if (!output.name.empty())
    return output.name;
  if (step == nn::predictName)
    return "the prediction";
  return number == 0 ? "the loss" : "the right answers";
}

StepRow compareOutcomes(const Call &call, const Outcome &ours,
                        const Outcome &reference,
                        const std::vector<Call> &perturbedCalls,
                        const std::vector<Outcome> &perturbed,
                        const Slack &slack) {
  StepRow row;
  row.step = call.step;
  row.samples = call.samples;
  double closest = -1;
  auto add = [&](const std::string &name, const Measured &our,
                 const Measured &their, const std::vector<Measured> &others) {
    ++row.tensors;
    if (!row.worst.agrees)
      return;
    Agreement agreement = compare(our, their, others, slack);
    double share = agreement.difference == 0
                       ? 0
                       : agreement.difference / agreement.allowed;
    if (agreement.agrees && share <= closest)
      return;
    closest = share;
    row.tensor = name;
    row.worst = agreement;
  };
  for (auto [i, output] : llvm::enumerate(reference.outputs)) {
    std::vector<Measured> others;
    for (const Outcome &other : perturbed)
      others.push_back(measured(nullptr, other.outputs[i]));
    add(outputName(output, call.step, i), measured(nullptr, ours.outputs[i]),
        measured(nullptr, output), others);
  }
  for (auto [i, after] : llvm::enumerate(reference.variables)) {
    if (after.bytes == call.variables[i].bytes &&
        ours.variables[i].bytes == after.bytes) {
      ++row.tensors;
      continue; // both leave it alone
    }
    std::vector<Measured> others;
    for (size_t k = 0; k < perturbed.size(); ++k)
      others.push_back(
          measured(&perturbedCalls[k].variables[i], perturbed[k].variables[i]));
    const Array &before = call.variables[i];
    add(after.name, measured(&before, ours.variables[i]),
        measured(&before, after), others);
  }
  return row;
}

Call ModelCheck::call(StringRef step, int samples,
                      const std::vector<Array> &variables) {
  Call call;
  call.step = step.str();
  call.samples = samples;
  call.variables = variables;
  call.inputs = drawInputs(*plain, subject.imported, step, samples, random);
  return call;
}

static bool isFinite(const Outcome &outcome) {
  for (const Array &variable : outcome.variables)
    if (variable.type == "float32")
      for (double value : numbersOf(variable))
        if (!std::isfinite(value))
          return false;
  return true;
}

/// Both take the step; `variables` become the reference's.
bool ModelCheck::take(const Call &call, int number,
                      std::vector<Array> &variables,
                      llvm::function_ref<void(const StepRow &)> show) {
  Outcome theirs = plain->run(call), ours = optimized->run(call);
  std::vector<Call> calls;
  std::vector<Outcome> outcomes;
  StepRow row;
  // What departs for want of luck does not when the noise is known better.
  int wanted = options.perturbed;
  do {
    while (int(calls.size()) < wanted) {
      calls.push_back(perturb(call, random));
      outcomes.push_back(plain->run(calls.back()));
    }
    row = compareOutcomes(call, ours, theirs, calls, outcomes, options.slack);
    wanted = options.perturbedAtMost;
  } while (!row.worst.agrees && int(calls.size()) < wanted);
  row.number = number;
  show(row);
  if (!row.worst.agrees)
    departed = Departure{call, row, calls};
  infinite |= !isFinite(theirs);
  variables = std::move(theirs.variables);
  return row.worst.agrees && !infinite;
}

static int64_t stepsPerUpdate(ModuleOp imported) {
  for (auto recipe : imported.getOps<nn::RecipeOp>())
    if (auto steps = recipe.getOptimizer().getAs<IntegerAttr>(
            "gradient_accumulation_steps"))
      return steps.getInt();
  return 1;
}

void ModelCheck::run(llvm::function_ref<void(const StepRow &)> show) {
  initial = drawVariables(*plain, subject.imported, random);
  std::vector<Array> variables = initial;
  int batch = plain->batch();
  // The last batch of an epoch may be smaller.
  int rest = std::max(1, batch - std::max(1, batch / 4));
  if (plain->step(nn::trainStepName)) {
    int64_t perUpdate = stepsPerUpdate(subject.imported);
    int steps = std::max(options.steps, int(std::min<int64_t>(perUpdate, 8)));
    for (int number = 1; number <= steps; ++number) {
      int samples = number % 2 ? batch : rest;
      if (!take(call(nn::trainStepName, samples, variables), number, variables,
                show))
        return;
      bool updates = plain->step(nn::updateStepName) &&
                     (number % perUpdate == 0 || number == steps);
      if (updates && !take(call(nn::updateStepName, 1, variables), number,
                           variables, show))
        return;
    }
    if (!take(call(nn::evaluateName, batch, variables), 1, variables, show))
      return;
  }
  bool several = batch > 1;
  if (!take(call(nn::predictName, batch, variables), 1, variables, show))
    return;
  if (several)
    take(call(nn::predictName, 1, variables), 2, variables, show);
}

std::optional<ModelCheck::Blame> ModelCheck::blame() {
  if (!departed)
    return std::nullopt;
  return findBlame(subject, *plain, *departed, options.slack, store, error);
}

} // namespace lathe::verify
