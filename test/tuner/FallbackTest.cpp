//===- FallbackTest.cpp - Kernels whose schedules do not compile ----------===//
#include "compiler/Pipeline.h"
#include "compiler/codegen/KernelObjects.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace lathe;

TEST(Fallback, AKernelThatDoesNotCompileTakesItsDefault) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(
      R"(
    module {
      nn.recipe @tiny {batch_size = 8 : i64, epochs = 1 : i64, loss = "", optimizer = {}}
      exec.kernel @relu_4(%x: tensor<?x4xf32>) schedule = #exec.schedule<unheard_of {}> {
        %0 = nn.relu %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
        exec.yield %0 : tensor<?x4xf32>
      }
    })",
      &context);
  ASSERT_TRUE(module);
  CodegenOptions options;
  options.target = "x86-64-v2";
  std::vector<std::string> warnings;
  options.warn = [&](llvm::StringRef message) {
    warnings.push_back(message.str());
  };
  auto objects = compileKernels(*module, options);
  ASSERT_TRUE(bool(objects)) << llvm::toString(objects.takeError());
  ASSERT_EQ(objects->size(), 1u);
  EXPECT_FALSE(objects->front().empty());
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("relu_4"), std::string::npos);
  EXPECT_NE(warnings[0].find("its default schedule is used"),
            std::string::npos);
}
