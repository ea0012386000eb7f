//===- lathe.cpp - The driver ---------------------------------------------===//
#include "compiler/codegen/Codegen.h"
#include "compiler/frontend/Frontend.h"
#include "compiler/tools/CompileCommand.h"
#include "compiler/tools/ExportCommand.h"
#include "compiler/tools/StagedModel.h"
#include "compiler/tools/SummaryCommand.h"
#include "compiler/tools/TuneCommand.h"
#include "compiler/tools/VerifyCommand.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>

namespace {
void addLayers(CLI::App &app) {
  auto *command = app.add_subcommand(
      "layers",
      "The language of model files: layers, optimizers, losses, callbacks");
  static std::string name;
  command->add_option("NAME", name,
                      "one of them, e.g. Conv2D; all when absent");
  command->callback([] {
    std::string text = lathe::frontend::describeLanguage(name);
    if (text.empty()) {
      llvm::errs() << "lathe: error: nothing is called '" << name
                   << "'; `lathe layers` lists what there is\n";
      throw CLI::RuntimeError(1);
    }
    llvm::outs() << text;
  });
}

void addImport(CLI::App &app) {
  auto *command = app.add_subcommand(
      "import", "An ONNX graph: what Lathe makes of it, or whether it can");
  command->footer("\nExamples:\n"
                  "  lathe import --check graph.onnx    its operators\n"
                  "  lathe import graph.onnx            the imported module");
  static std::string path;
  static bool check = false;
  command->add_option("FILE", path, "The graph (.onnx)")->required();
  command->add_flag("--check", check,
                    "Print the operators with the number of their nodes, their "
                    "opset,\nand which are not supported");
  command->callback([] {
    if (!(check ? lathe::checkGraph(path) : lathe::printImported(path)))
      throw CLI::RuntimeError(1);
  });
}

void addSchema(CLI::App &app) {
  auto *command = app.add_subcommand(
      "schema",
      "A JSON Schema of model files, for editors to complete and check");
  static bool recipe = false;
  command->add_flag("--recipe", recipe, "The one of recipes for ONNX graphs");
  command->callback([] {
    llvm::outs() << (recipe ? lathe::frontend::recipeSchema()
                            : lathe::frontend::modelSchema());
  });
}
} // namespace

int main(int argc, char **argv) {
  CLI::App app{
      "Lathe compiles a model description, network and training recipe, "
      "into a standalone trainer and predictor for one CPU.\n\n"
      "  lathe compile model.yaml     object, header and executable\n"
      "  lathe tune model.yaml        faster kernels, found by measuring\n"
      "  lathe summary model.yaml     its layers, shapes and parameters\n"
      "  lathe layers                 what a model file may say\n"
      "  lathe compile graph.onnx     an ONNX graph with its weights, for "
      "inference\n"
      "                               (--recipe FILE: for training, too)\n"
      "  lathe export model.yaml      the trained network as an ONNX graph\n"
      "  lathe verify graph.onnx      its nodes against ONNX Runtime's\n",
      "lathe"};
  app.set_version_flag("--version", lathe::compilerVersion());
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  lathe::addCompileCommand(app, argc, argv);
  lathe::addTuneCommand(app);
  lathe::addSummaryCommand(app);
  addImport(app);
  lathe::addExportCommand(app);
  lathe::addVerifyCommand(app);
  addLayers(app);
  addSchema(app);
  CLI11_PARSE(app, argc, argv);
  return 0;
}
