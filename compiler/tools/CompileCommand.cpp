//===- CompileCommand.cpp - lathe compile ---------------------------------===//
#include "compiler/tools/CompileCommand.h"
#include "compiler/tools/Compilation.h"
#include "compiler/tools/Folders.h"
#include "compiler/tools/MachineOptions.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>
#include <memory>

using namespace lathe;

namespace {
constexpr const char *emissionHelp =
    "What to write, separated by commas:\n"
    "  exe     a program: train, evaluate, predict, data, benchmark, info\n"
    "  obj     NAME.o, to link with your own program\n"
    "  header  NAME.h, its plain C interface\n"
    "  cpp     NAME.cpp, the same as one C++17 file without dependencies\n"
    "  mlir    NAME.mlir, the plan: kernels, schedules, memory";

std::string targetHelp() {
  return "The CPUs to compile for: host, x86-64-v2 (SSE4.2), x86-64-v3 "
         "(AVX2),\n"
         "x86-64-v4 (AVX-512), aarch64. The artifact refuses to run on less.";
}

std::string commandLine(int argc, char **argv) {
  return "lathe " + llvm::join(llvm::ArrayRef(argv, argc).drop_front(), " ");
}
} // namespace

void lathe::addCompileCommand(CLI::App &app, int argc, char **argv) {
  auto *command = app.add_subcommand(
      "compile",
      "Compile a model file into an object, a program or C++ source");
  command->footer(
      "\nExamples:\n"
      "  lathe compile model.yaml\n"
      "  lathe compile model.yaml -o build --emit=obj,header "
      "--target=x86-64-v3\n"
      "  lathe compile model.yaml --stop-after=typed     shapes of all layers\n"
      "  lathe compile model.yaml --report=report.html   where time and memory "
      "go\n"
      "  lathe compile graph.onnx --batch=32             inference\n"
      "  lathe compile graph.onnx --recipe=recipe.yaml   training, from the "
      "graph's weights on\n"
      "\nThe language of model files: lathe layers");
  auto request = std::make_shared<CompileRequest>();
  request->codegen.commandLine = commandLine(argc, argv);
  request->codegen.cacheDirectory = defaultCacheDirectory();
  auto noCache = std::make_shared<bool>(false);

  command
      ->add_option("MODEL", request->model,
                   "The model file: YAML, or an ONNX graph (.onnx), which is "
                   "compiled for\ninference where there is no --recipe")
      ->required();
  command->add_option("-o,--output", request->directory,
                      "Folder for the results (default: the model's name)");
  command->add_option("--emit", request->emit, emissionHelp)
      ->delimiter(',')
      ->check(CLI::IsMember(emissions()))
      ->default_str("exe,obj,header");
  addMachineOptions(*command, request->codegen, targetHelp());
  CLI::Option *stopAfter =
      command
          ->add_option("--stop-after", request->stopAfter,
                       "Print the module after a stage and stop:\n" +
                           stageHelp())
          ->check(CLI::IsMember(stageNames()));
  command->add_option("--dump-stages", request->dumpDirectory,
                      "Folder for the module after each stage");
  command
      ->add_option("--dump-kernels", request->kernelDirectory,
                   "Folder for each kernel as Halide lowers it (.stmt), as "
                   "LLVM's IR (.ll)\nand as assembly (.s)")
      ->type_name("FOLDER")
      ->excludes(stopAfter);
  command
      ->add_option("--report", request->report,
                   "FILE.html, to look at, or FILE.json: time, schedule and "
                   "share of what this\nmachine can do of each kernel, and the "
                   "memory over a step; takes some seconds")
      ->type_name("FILE")
      ->excludes(stopAfter);
  command->add_option("-j,--jobs", request->codegen.threads,
                      "Kernels compiled at the same time (default: all cores)");
  command->add_flag("--no-cache", *noCache,
                    "Compile all kernels anew (the cache is $LATHE_CACHE, or "
                    "lathe in the user's cache folder)");
  auto database = std::make_shared<std::string>();
  command
      ->add_option("--tuning-db", *database,
                   "What `lathe tune` found, or none (default: tuning.db in "
                   "the folder of the cache, where it is there)")
      ->type_name("FILE");
  command
      ->add_option("--opt-level", request->optLevel,
                   "0: one operation a kernel, naive schedules, each value in "
                   "memory of its\nown: the reference of `lathe verify`")
      ->check(CLI::Range(0, 1))
      ->capture_default_str();
  CLI::Option *batch =
      command
          ->add_option(
              "--batch", request->graph.batch,
              "Of an ONNX graph: the largest batch (default: the graph's, or "
              "1 where it is open)")
          ->check(CLI::Range(1, 65536))
          ->type_name("N");
  command
      ->add_option("--recipe", request->graph.recipe,
                   "Of an ONNX graph: how it is trained, from its weights on, "
                   "as YAML\n(`lathe layers` tells its sections)")
      ->type_name("FILE")
      ->excludes(batch);
  auto constants = std::make_shared<std::vector<std::string>>();
  command
      ->add_option("--constant", *constants,
                   "Of an ONNX graph: a file with the value of an input that "
                   "must be\nknown when compiling (a serialized TensorProto)")
      ->type_name("INPUT=FILE");
  command->callback([request, noCache, database, constants] {
    for (const std::string &constant : *constants) {
      size_t at = constant.find('=');
      if (at == std::string::npos)
        throw CLI::ValidationError("--constant", "needs INPUT=FILE");
      request->graph.constants[constant.substr(0, at)] =
          constant.substr(at + 1);
    }
    if (*noCache)
      request->codegen.cacheDirectory.clear();
    request->tuningDatabase = tuningDatabaseToRead(*database);
    if (!compile(*request))
      throw CLI::RuntimeError(1);
  });
}
