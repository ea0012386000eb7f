//===- ExportedModel.cpp - A model and its export, run here ---------------===//
#include "test/export/ExportedModel.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/export/Export.h"
#include "dialects/nn/NNDialect.h"
#include "test/onnx/GraphBuilder.h"
#include <gtest/gtest.h>
#include <random>

using namespace mlir;

namespace lathe::test {

/// Variances are positive, everything else is small.
static void drawParameters(ModuleOp module) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (auto variable : module.getOps<nn::VariableOp>()) {
    if (variable.getKind() != nn::VariableKind::Parameter)
      continue;
    auto type = cast<RankedTensorType>(variable.getType());
    bool isVariance = variable.getSymName().contains("variance");
    std::vector<float> values;
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      values.push_back(isVariance ? 0.5f + std::fabs(normal(random))
                                  : 0.4f * normal(random));
    variable.setInitializer("data");
    variable.removeValueAttr();
    variable.setDataAttr(DenseElementsAttr::get(type, ArrayRef<float>(values)));
  }
}

static std::unique_ptr<Runner> runnerOf(StagedModel &model) {
  std::string target = llvm::cantFail(resolveTarget("host")), errors;
  // Only inference is wanted; what is only run, has an nn.model.
  for (auto recipe :
       llvm::make_early_inc_range(model.module().getOps<nn::RecipeOp>())) {
    OpBuilder builder(recipe);
    nn::ModelOp::create(builder, recipe.getLoc(), recipe.getSymName(),
                        recipe.getBatchSize());
    recipe.erase();
  }
  if (!model.runStages(*lathe::parseIsa(target), "",
                       [](const Stage &, unsigned) { return true; }))
    return nullptr;
  auto runner = Runner::create(model.module(), errors);
  if (!runner)
    ADD_FAILURE() << errors;
  return runner;
}

static void reportTo(StagedModel &model) {
  model.report = [](const std::string &message) { ADD_FAILURE() << message; };
}

ExportedModel::ExportedModel(const std::string &yaml, const std::string &path)
    : graph(path) {
  std::string file = path + ".yaml";
  writeFile(file, yaml);
  reportTo(staged);
  if (!staged.load(file) || !staged.inferShapes()) {
    ADD_FAILURE() << "the model does not compile:\n" << yaml;
    return;
  }
  drawParameters(staged.module());
  std::string bytes = exportOnnx(staged.module());
  if (bytes.empty() || !proto.ParseFromString(bytes)) {
    ADD_FAILURE() << "the model is not exported:\n" << yaml;
    return;
  }
  writeFile(graph, bytes);
  const auto &shape = proto.graph().input(0).type().tensor_type().shape();
  for (int i = 1; i < shape.dim_size(); ++i)
    inputShape.push_back(shape.dim(i).dim_value());
  ok = true;
}

std::unique_ptr<Runner> ExportedModel::compile() { return runnerOf(staged); }

std::unique_ptr<Runner> compileGraph(const std::string &graph, int batch) {
  StagedModel model;
  reportTo(model);
  onnx::ImportOptions options;
  options.batch = batch;
  return model.load(graph, options) ? runnerOf(model) : nullptr;
}

std::vector<float> predict(Runner &runner, std::vector<float> images, int n) {
  std::vector<float> scores(runner.argumentElements("predict", 1, n));
  runner.run("predict", {images.data(), scores.data()}, n);
  return scores;
}

int countNodes(const ::onnx::ModelProto &proto, const std::string &kind) {
  int count = 0;
  for (const auto &node : proto.graph().node())
    count += node.op_type() == kind;
  return count;
}

} // namespace lathe::test
