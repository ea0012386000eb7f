//===- NoiseTest.cpp - The tolerance of sums that cancel ------------------===//
#include "compiler/Pipeline.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/frontend/Frontend.h"
#include "compiler/verify/Draw.h"
#include "compiler/verify/Variant.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace lathe;
using namespace lathe::verify;

namespace {

/// What is added to a channel before a batch normalization changes nothing
/// behind it: the gradients of the first bias and of beta are zero, and what is
/// computed for them is rounding. They are accumulated, so that a step shows
/// them as they are.
constexpr const char *model = R"(name: m
input: {shape: [6, 6, 3]}
layers:
  - Conv2D: {filters: 4, kernel_size: 3}
  - BatchNormalization
  - Conv2D: {filters: 16, kernel_size: 1, use_bias: false}
  - BatchNormalization
  - ReLU
  - Flatten
  - Dense: {units: 3, activation: softmax}
compile: {optimizer: {SGD: {gradient_accumulation_steps: 2}}}
fit: {batch_size: 8}
)";

struct NoiseTest : testing::Test {
  NoiseTest() : context(registry(), MLIRContext::Threading::DISABLED) {
    context.loadAllAvailableDialects();
    llvm::SourceMgr source;
    source.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(model, "model"),
                              llvm::SMLoc());
    imported = frontend::importYaml(source, context);
    Subject subject = pipelineSubject(
        *imported, *parseIsa(llvm::cantFail(resolveTarget("host"))));
    KernelStore store;
    std::string error;
    reference = Variant::create(
        subject,
        Names(subject.optimizations.begin(), subject.optimizations.end()),
        store, error);
    EXPECT_TRUE(reference) << error;
    call.step = nn::trainStepName.str();
    call.samples = reference->batch();
    call.variables = drawVariables(*reference, *imported, random);
    call.inputs =
        drawInputs(*reference, *imported, call.step, call.samples, random);
    right = reference->run(call);
  }

  static DialectRegistry registry() {
    DialectRegistry registry;
    registerAllDialects(registry);
    return registry;
  }

  static std::vector<double> gradient(const Outcome &outcome,
                                      const std::string &parameter) {
    for (const Array &variable : outcome.variables)
      if (variable.name == "optimizer/gradient/" + parameter)
        return numbersOf(variable);
    ADD_FAILURE() << "no gradient of " << parameter;
    return {};
  }

  static double largest(const std::vector<double> &values) {
    double result = 0;
    for (double value : values)
      result = std::max(result, std::fabs(value));
    return result;
  }

  /// How far perturbations move the parameter's gradient, with those of the
  /// values in between or without.
  double moved(const std::string &parameter, bool withNoise) {
    std::vector<double> before = gradient(right, parameter);
    double most = 0;
    for (int i = 0; i < 4; ++i) {
      Call perturbed = perturb(call, random);
      if (!withNoise)
        perturbed.noise.reset();
      std::vector<double> after =
          gradient(reference->run(perturbed), parameter);
      for (size_t k = 0; k < before.size(); ++k)
        most = std::max(most, std::fabs(after[k] - before[k]));
    }
    return most;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> imported;
  std::unique_ptr<Variant> reference;
  Random random{1};
  Call call;
  Outcome right;
};

TEST_F(NoiseTest, showsTheRoundingOfWhatCancels) {
  double size = largest(gradient(right, "conv2d/kernel"));
  for (const char *parameter : {"conv2d/bias", "batch_normalization/beta"}) {
    // True is zero: this much is left of terms that are as large as elsewhere.
    EXPECT_LT(largest(gradient(right, parameter)), 1e-6 * size) << parameter;
    EXPECT_GT(moved(parameter, true), 4 * moved(parameter, false)) << parameter;
    EXPECT_LT(moved(parameter, true), 1e-4 * size) << parameter;
  }
}

TEST_F(NoiseTest, addsLittleElsewhere) {
  for (const char *parameter :
       {"conv2d/kernel", "batch_normalization/gamma",
        "batch_normalization_1/gamma", "dense/kernel", "dense/bias"})
    EXPECT_LT(moved(parameter, true), 3 * moved(parameter, false)) << parameter;
}

TEST_F(NoiseTest, isTheSameOfOneSeed) {
  Call perturbed = perturb(call, random);
  Outcome one = reference->run(perturbed), other = reference->run(perturbed);
  ASSERT_EQ(one.variables.size(), other.variables.size());
  for (size_t i = 0; i < one.variables.size(); ++i)
    EXPECT_EQ(one.variables[i].bytes, other.variables[i].bytes);
}

} // namespace
