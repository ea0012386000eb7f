//===- ModelVerification.cpp - A model against its reference --------------===//
#include "compiler/tools/ModelVerification.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/tools/StagedModel.h"
#include "compiler/tuner/TunedSchedules.h"
#include "compiler/verify/FiniteDifferences.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/raw_ostream.h"
#include <fmt/format.h>

using namespace mlir;
using namespace lathe;

namespace {
constexpr const char *tunedSchedules = "tuned-schedules";

void setBatch(ModuleOp module, int batch) {
  OpBuilder builder(module.getContext());
  for (auto recipe : module.getOps<nn::RecipeOp>())
    recipe.setBatchSizeAttr(builder.getI64IntegerAttr(batch));
  for (auto model : module.getOps<nn::ModelOp>())
    model.setBatchAttr(builder.getI64IntegerAttr(batch));
}

/// As `lathe compile` does it: with schedules that were found by measuring.
verify::Subject subjectOf(ModuleOp imported, const std::string &target,
                          const Database *database) {
  verify::Subject subject =
      verify::pipelineSubject(imported, *parseIsa(target));
  subject.optimizations.push_back(tunedSchedules);
  subject.plan = [plan = subject.plan, target,
                  database](ModuleOp module, const verify::Names &without) {
    if (failed(plan(module, without)))
      return failure();
    if (!without.count(tunedSchedules))
      applyTunedSchedules(module, database, target, defaultThreads(), warn);
    return success();
  };
  return subject;
}

std::string place(const verify::StepRow &row) {
  return fmt::format("{} {}, {} sample{}", row.step, row.number, row.samples,
                     row.samples == 1 ? "" : "s");
}

void print(const verify::StepRow &row) {
  llvm::outs() << fmt::format("  {:<28} {:>7}  {:>10.2g} of {:<8.2g}  {}\n",
                              place(row), row.tensors, row.worst.difference,
                              row.worst.allowed, row.tensor);
  llvm::outs().flush();
}

void report(const std::string &model, verify::ModelCheck &check) {
  const verify::StepRow &row = check.departure()->row;
  const verify::Agreement &worst = row.worst;
  fail(fmt::format("{}: {} departs from the reference in {}: element {} is "
                   "off by {:.3g}, where rounding makes up to {:.2g} (ours "
                   "{:.9g}, the reference's {:.9g}; of variables, how they "
                   "change)",
                   model, row.tensor, place(row), worst.at, worst.difference,
                   worst.allowed, worst.ours, worst.reference));
  auto blame = check.blame();
  if (!blame) {
    fail(check.error.empty() ? "no single optimization makes the difference"
                             : check.error);
    return;
  }
  llvm::outs() << fmt::format(
      "  made by the optimization {}{}\n", blame->optimization,
      blame->kernel.empty() ? ""
                            : fmt::format(", first in the kernel {} ({})",
                                          blame->kernel, blame->place));
}

/// Prints the slopes; false where one departs.
bool checkGradients(const ModelVerifyRequest &request,
                    const verify::Subject &subject, verify::ModelCheck &check) {
  verify::Random random(request.check.seed);
  std::string error;
  auto rows = verify::checkGradients(subject, check.start(), request.gradients,
                                     check.kernels(), random, error);
  if (!error.empty())
    return fail(request.model + ": gradients: " + error);
  llvm::outs() << fmt::format("  {:<28} {:>12}  {:>12} +- {}\n",
                              "slope of the loss along", "gradient",
                              "differences", "");
  bool agree = true;
  for (const verify::SlopeRow &row : rows) {
    const char *verdicts[] = {"", "  departs", "  (a kink, or too flat)"};
    llvm::outs() << fmt::format("  {:<28} {:>12.5g}  {:>12.5g} +- {:<8.2g}{}\n",
                                row.parameter, row.gradient, row.difference,
                                row.tolerance, verdicts[row.verdict]);
    if (row.verdict != verify::SlopeRow::Departs)
      continue;
    agree = fail(fmt::format("{}: the gradient of {} departs from finite "
                             "differences of the loss: the slope is {:.5g}, "
                             "but they say {:.5g}",
                             request.model, row.parameter, row.gradient,
                             row.difference));
  }
  return agree;
}

Verdict check(const ModelVerifyRequest &request, const verify::Subject &subject,
              StagedModel &model) {
  verify::ModelCheck check(subject, request.check);
  bool compiled = model.show([&] { return check.compile(); });
  if (!compiled) {
    if (!check.error.empty())
      fail(request.model + ": " + check.error);
    return Verdict::Departs;
  }
  llvm::outs() << fmt::format("{}: against the reference, without "
                              "optimizations\n  {:<28} {:>7}  {}\n",
                              request.model, "step", "tensors",
                              "largest difference of what rounding makes");
  model.show([&] {
    check.run(print);
    return true;
  });
  if (check.departure()) {
    model.show([&] {
      report(request.model, check);
      return true;
    });
    return Verdict::Departs;
  }
  if (check.ranAway())
    warn(request.model + ": the reference's numbers are not finite; what "
                         "comes behind is not compared");
  bool agree = true;
  if (request.gradients && check.reference().step(nn::trainStepName) &&
      !check.ranAway())
    model.show([&] { return agree = checkGradients(request, subject, check); });
  return agree ? Verdict::Agrees : Verdict::Departs;
}
} // namespace

Verdict lathe::verifyModel(const ModelVerifyRequest &request) {
  auto target = resolveTarget("host");
  if (!target) {
    fail(target.takeError());
    return Verdict::Unjudged;
  }
  StagedModel model;
  if (!model.load(request.model, request.graph))
    return Verdict::Departs;
  if (request.batch)
    setBatch(model.module(), request.batch);
  std::optional<Database> database;
  if (!request.tuningDatabase.empty()) {
    auto opened = Database::open(request.tuningDatabase, Database::Read);
    if (opened)
      database = std::move(*opened);
    else
      warn(llvm::toString(opened.takeError()) + "; it is not used");
  }
  verify::Subject subject =
      subjectOf(model.module(), *target, database ? &*database : nullptr);
  return check(request, subject, model);
}
