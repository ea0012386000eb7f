//===- ExportCommand.cpp - lathe export -----------------------------------===//
#include "compiler/tools/ExportCommand.h"
#include "compiler/codegen/WriteFile.h"
#include "compiler/export/Export.h"
#include "compiler/tools/StagedModel.h"
#include "dialects/nn/NNDialect.h"
#include "llvm/Support/FileSystem.h"
#include <CLI/CLI.hpp>
#include <memory>

using namespace lathe;

namespace {
struct ExportRequest {
  std::string model, weights, output;
  onnx::ImportOptions graph;
};

/// What a checkpoint is called unless one says so, and the graph.
std::string defaultName(StagedModel &model, const char *extension) {
  return nn::modelName(model.module()).str() + extension;
}

bool run(const ExportRequest &request) {
  bool isGraph = llvm::StringRef(request.model).ends_with(".onnx");
  StagedModel model;
  if (!model.load(request.model, request.graph) || !model.inferShapes())
    return false;
  std::string path =
      request.output.empty() ? defaultName(model, ".onnx") : request.output;
  if (request.output.empty() && llvm::sys::fs::equivalent(path, request.model))
    return fail("the graph would be written over " + path +
                ", which it is made of; name another file with -o");
  if (request.weights.empty() && !isGraph)
    return fail("a model file has no weights; give those of a checkpoint, like "
                "--weights " +
                defaultName(model, ".safetensors") + ", which `train` writes");
  // The checkpoint is at fault, not a place in the model's file.
  auto takeWeights = [&] {
    mlir::ScopedDiagnosticHandler handler(model.getContext(),
                                          [](mlir::Diagnostic &diagnostic) {
                                            fail(diagnostic.str());
                                            return mlir::success();
                                          });
    return setWeights(model.module(), request.weights);
  };
  if (!request.weights.empty() && !takeWeights())
    return false;
  std::string bytes;
  if (!model.show([&] {
        bytes = exportOnnx(model.module());
        return !bytes.empty();
      }))
    return false;
  if (auto error = writeFile(path, bytes))
    return fail(std::move(error));
  return true;
}
} // namespace

void lathe::addExportCommand(CLI::App &app) {
  auto *command = app.add_subcommand(
      "export", "A trained network as an ONNX graph, for inference elsewhere");
  command->footer(
      "\nThe graph takes batches of any size, of images as the model takes "
      "them, and has\nthe layers' names for its nodes and the parameters' for "
      "its initializers.\n"
      "\nExample:\n"
      "  lathe export model.yaml --weights model.safetensors -o model.onnx");
  auto request = std::make_shared<ExportRequest>();
  command
      ->add_option("MODEL", request->model,
                   "The model file: YAML, or an ONNX graph (.onnx)")
      ->required();
  command
      ->add_option("--weights", request->weights,
                   "A checkpoint of the model, or another safetensors file "
                   "with a tensor\nfor each parameter (an ONNX graph has its "
                   "own)")
      ->type_name("FILE");
  command
      ->add_option("--recipe", request->graph.recipe,
                   "Of an ONNX graph that was trained: its recipe")
      ->type_name("FILE");
  command
      ->add_option("-o,--output", request->output,
                   "The graph (default: the model's name, and .onnx), or - for "
                   "stdout")
      ->type_name("FILE.onnx");
  command->callback([request] {
    if (!run(*request))
      throw CLI::RuntimeError(1);
  });
}
