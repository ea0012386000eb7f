//===- ModelCheckTest.cpp - Faults are seen, and their makers named -------===//
//
// A pass that is wrong on purpose stands among the others.
//
//===----------------------------------------------------------------------===//
#include "compiler/verify/ModelCheck.h"
#include "compiler/Pipeline.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/frontend/Frontend.h"
#include "compiler/verify/FiniteDifferences.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace lathe;
using namespace lathe::verify;

namespace {

constexpr const char *model = R"(name: m
input: {shape: [6, 6, 3]}
layers:
  - Conv2D: {filters: 4, kernel_size: 3, activation: tanh}
  - BatchNormalization
  - MaxPooling2D
  - Flatten
  - Dense: {units: 3, activation: softmax}
compile: {optimizer: {AdamW: {weight_decay: 0.1}}}
fit: {batch_size: 5}
)";

constexpr const char *wrong = "wrong-on-purpose";

/// Changes a planned module.
using Break = std::function<void(ModuleOp)>;

struct ModelCheckTest : testing::Test {
  ModelCheckTest() : context(registry(), MLIRContext::Threading::DISABLED) {
    context.loadAllAvailableDialects();
    llvm::SourceMgr source;
    source.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBuffer(model, "model"),
                              llvm::SMLoc());
    imported = frontend::importYaml(source, context);
    subject = pipelineSubject(*imported,
                              *parseIsa(llvm::cantFail(resolveTarget("host"))));
  }

  static DialectRegistry registry() {
    DialectRegistry registry;
    registerAllDialects(registry);
    return registry;
  }

  /// The fault takes effect behind the named optimization.
  void insertFault(StringRef behind, const Break &change) {
    auto place = llvm::find(subject.optimizations, behind);
    ASSERT_NE(place, subject.optimizations.end());
    subject.optimizations.insert(place + 1, wrong);
    subject.plan = [plan = subject.plan, change](ModuleOp module,
                                                 const Names &without) {
      if (failed(plan(module, without)))
        return failure();
      if (!without.count(wrong))
        change(module);
      return success();
    };
  }

  /// What is blamed for the difference: "optimization kernel".
  std::string blamed() {
    ModelCheck check(subject, {});
    EXPECT_TRUE(check.compile()) << check.error;
    check.run([](const StepRow &) {});
    if (!check.departure())
      return "nothing";
    auto blame = check.blame();
    return blame ? blame->optimization + " " + blame->kernel : check.error;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> imported;
  Subject subject;
};

/// The first operation of the kind in the first kernel that has one.
template <typename OpTy>
OpTy firstIn(ModuleOp module) {
  OpTy found;
  module.walk([&](OpTy op) {
    if (!found)
      found = op;
  });
  return found;
}

std::string kernelOf(Operation *op) {
  return op->getParentOfType<exec::KernelOp>().getSymName().str();
}

TEST_F(ModelCheckTest, agreesWhereNothingIsWrong) {
  EXPECT_EQ(blamed(), "nothing");
}

TEST_F(ModelCheckTest, namesAnUpdateThatForgetsItsDecay) {
  std::string kernel;
  insertFault("merge-updates", [&](ModuleOp module) {
    auto update = firstIn<nn::AdamUpdateOp>(module);
    kernel = kernelOf(update);
    update->removeAttr("weight_decay");
  });
  std::string named = blamed();
  EXPECT_EQ(named, wrong + (" " + kernel));
}

/// One percent of the decay, which is a part of the update.
TEST_F(ModelCheckTest, namesADecayThatIsSlightlyOff) {
  std::string kernel;
  insertFault("merge-updates", [&](ModuleOp module) {
    auto update = firstIn<nn::AdamUpdateOp>(module);
    kernel = kernelOf(update);
    Builder builder(update.getContext());
    update->setAttr("weight_decay", builder.getF64FloatAttr(0.101));
  });
  std::string named = blamed();
  EXPECT_EQ(named, wrong + (" " + kernel));
}

/// Five percent of a thousandth.
TEST_F(ModelCheckTest, namesAnEpsilonThatIsSlightlyOff) {
  std::string kernel;
  insertFault("choose-schedules", [&](ModuleOp module) {
    auto scale = firstIn<nn::BatchNormScaleOp>(module);
    kernel = kernelOf(scale);
    Builder builder(scale.getContext());
    scale->setAttr("epsilon", builder.getF64FloatAttr(1.05e-3));
  });
  std::string named = blamed();
  EXPECT_EQ(named, wrong + (" " + kernel));
}

TEST_F(ModelCheckTest, namesAKernelOfTheForwardPass) {
  std::string kernel;
  insertFault("choose-schedules", [&](ModuleOp module) {
    auto activation = firstIn<nn::ActivationOp>(module);
    kernel = kernelOf(activation);
    activation.setFunction("sigmoid");
  });
  std::string named = blamed();
  EXPECT_EQ(named, wrong + (" " + kernel));
}

TEST_F(ModelCheckTest, namesMemoryThatIsWrittenTooEarly) {
  insertFault("plan-memory", [&](ModuleOp module) {
    // Everything that the step computes goes to one place.
    module.lookupSymbol<exec::FuncOp>(nn::trainStepName)
        .walk([](exec::SliceOp slice) {
          if (slice.getRegion() == exec::Region::Arena)
            slice.setOffset(0);
        });
  });
  EXPECT_EQ(StringRef(blamed()).split(' ').first, wrong);
}

TEST_F(ModelCheckTest, findsGradientsByDifferences) {
  ModelCheck check(subject, {});
  ASSERT_TRUE(check.compile()) << check.error;
  check.run([](const StepRow &) {});
  KernelStore store;
  Random random(1);
  std::string error;
  auto rows = checkGradients(subject, check.start(), 8, store, random, error);
  ASSERT_EQ(error, "");
  EXPECT_EQ(rows.size(), 6u);
  for (const SlopeRow &row : rows)
    EXPECT_NE(row.verdict, SlopeRow::Departs)
        << row.parameter << ": " << row.gradient << ", " << row.difference;
}

TEST_F(ModelCheckTest, seesAGradientThatIsWrong) {
  // Of the reference itself: only differences can tell.
  subject.plan = [plan = subject.plan](ModuleOp module, const Names &without) {
    if (failed(plan(module, without)))
      return failure();
    module.walk([](nn::ActivationBackwardOp op) { op.setFunction("sigmoid"); });
    return success();
  };
  KernelStore store;
  Random random(1);
  std::string error;
  ModelCheck check(subject, {});
  ASSERT_TRUE(check.compile()) << check.error;
  check.run([](const StepRow &) {});
  auto rows = checkGradients(subject, check.start(), 8, store, random, error);
  ASSERT_EQ(error, "");
  for (const SlopeRow &row : rows) {
    // The normalization takes most of the bias's gradient away.
    if (row.parameter == "conv2d/bias")
      continue;
    EXPECT_EQ(row.verdict == SlopeRow::Departs,
              row.parameter == "conv2d/kernel")
        << row.parameter << ": " << row.gradient << ", " << row.difference;
  }
}

} // namespace
