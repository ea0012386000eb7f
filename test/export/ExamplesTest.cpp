//===- ExamplesTest.cpp - The networks of the examples are exported -------===//
#include "compiler/export/Export.h"
#include "compiler/tools/StagedModel.h"
#include "dialects/nn/NNDialect.h"
#include "test/export/ExportedModel.h"
#include <filesystem>
#include <gtest/gtest.h>

using namespace lathe;

namespace {

/// Beyond this many weights, files are too large for a quick test; such a
/// network consists of the same layers as the others.
constexpr int64_t mostWeights = 30'000'000;

std::vector<std::string> examples() {
  std::vector<std::string> files{LATHE_EXAMPLES "/fashion_mnist/model.yaml",
                                 LATHE_EXAMPLES "/cats_vs_dogs/model.yaml"};
  for (const auto &entry :
       std::filesystem::directory_iterator(LATHE_EXAMPLES "/models"))
    files.push_back(entry.path());
  return files;
}

/// Gives all parameters one value; how many weights they are.
int64_t fillParameters(mlir::ModuleOp module) {
  int64_t count = 0;
  for (auto variable : module.getOps<nn::VariableOp>()) {
    if (variable.getKind() != nn::VariableKind::Parameter)
      continue;
    variable.setInitializer("ones");
    count +=
        llvm::cast<mlir::RankedTensorType>(variable.getType()).getNumElements();
  }
  return count;
}

struct Examples : testing::TestWithParam<std::string> {};

/// Convolutional networks have one transpose, of the image, and one before a
/// Flatten; others have them where channels and positions change their places.
TEST_P(Examples, AreExported) {
  StagedModel model;
  ASSERT_TRUE(model.load(GetParam()) && model.inferShapes());
  if (fillParameters(model.module()) > mostWeights)
    GTEST_SKIP() << "too large";
  ::onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(exportOnnx(model.module())));
  std::string name = std::filesystem::path(GetParam()).stem().string();
  bool isMixed = name == "vit_tiny_patch16" || name == "coatnet0" ||
                 name == "convnext_tiny" || name == "mixer_s16";
  if (!isMixed) {
    EXPECT_LE(test::countNodes(proto, "Transpose"), 2);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Examples, testing::ValuesIn(examples()),
                         [](const testing::TestParamInfo<std::string> &info) {
                           std::filesystem::path path = info.param;
                           return path.stem() == "model"
                                      ? path.parent_path().filename().string()
                                      : path.stem().string();
                         });

} // namespace
