//===- Examine.cpp - A generated model through lathe verify ---------------===//
#include "test/generate/Examine.h"
#include "compiler/Pipeline.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/frontend/Frontend.h"
#include "compiler/verify/FiniteDifferences.h"
#include "compiler/verify/ModelCheck.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include <fmt/format.h>

using namespace mlir;

namespace lathe::test {

namespace {
std::string describe(const verify::StepRow &row) {
  return fmt::format("{} {} of {} samples: {} differs by {:.3g}, of {:.2g}, at "
                     "{}: {:.9g}, the reference's is {:.9g}",
                     row.step, row.number, row.samples, row.tensor,
                     row.worst.difference, row.worst.allowed, row.worst.at,
                     row.worst.ours, row.worst.reference);
}

Finding compareGradients(const verify::Subject &subject,
                         verify::ModelCheck &check, uint64_t seed) {
  constexpr unsigned parameters = 4;
  KernelStore store(/*threads=*/1);
  verify::Random random(seed);
  std::string error;
  auto rows = verify::checkGradients(subject, check.start(), parameters, store,
                                     random, error);
  if (!error.empty())
    return {"gradients do not compile", error};
  for (const verify::SlopeRow &row : rows)
    if (row.verdict == verify::SlopeRow::Departs)
      return {"gradient",
              fmt::format("the slope along {} is {:.6g}, differences say "
                          "{:.6g}, give or take {:.2g}",
                          row.parameter, row.gradient, row.difference,
                          row.tolerance)};
  return {};
}
} // namespace

Finding examine(const std::string &model, uint64_t seed) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  std::string diagnostics, firstError;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    diagnostics += diagnostic.str() + "\n";
    if (firstError.empty() &&
        diagnostic.getSeverity() == DiagnosticSeverity::Error)
      firstError = diagnostic.str();
    return success();
  });
  llvm::SourceMgr source;
  source.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(model, "model"),
                            llvm::SMLoc());
  OwningOpRef<ModuleOp> module = frontend::importYaml(source, context);
  if (!module)
    return {"refused", diagnostics};
  llvm::Expected<std::string> host = resolveTarget("host");
  if (!host)
    return {"no target", llvm::toString(host.takeError())};
  verify::Subject subject = verify::pipelineSubject(*module, *parseIsa(*host));
  verify::CheckOptions options;
  options.seed = seed;
  options.steps = 2;
  options.threads = 1;
  verify::ModelCheck check(subject, options);
  if (!check.compile())
    return {"does not compile: " + firstError, check.error + diagnostics};
  check.run([](const verify::StepRow &) {});
  if (check.departure()) {
    Finding finding{"departs", describe(check.departure()->row)};
    if (auto blame = check.blame())
      finding.text += fmt::format("\n{}: {} ({})", blame->optimization,
                                  blame->kernel, blame->place);
    return finding;
  }
  // Differences take a third model, which is compiled as well.
  if (check.ranAway() || seed % 3)
    return {};
  return compareGradients(subject, check, seed);
}

} // namespace lathe::test
