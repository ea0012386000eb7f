//===- TuneCommand.cpp - lathe tune ---------------------------------------===//
#include "compiler/tools/TuneCommand.h"
#include "compiler/tools/Folders.h"
#include "compiler/tools/MachineOptions.h"
#include "compiler/tools/Tuning.h"
#include <CLI/CLI.hpp>

using namespace lathe;

namespace {
const char *const examples =
    "\nEach kernel of the model starts from its default schedule, or from what "
    "an earlier run\nfound, and is measured with neighbouring ones: first "
    "those "
    "kernels that take the most of\na training step and a prediction. At the "
    "end the whole model is measured with and without\nwhat was found, and "
    "what "
    "does not pay is taken back. Ctrl-C ends the search earlier; what\nwas "
    "found until then counts. A further run continues.\n"
    "\nExamples:\n"
    "  lathe tune model.yaml                  a minute, larger models more\n"
    "  lathe tune model.yaml --time=10m       a longer search finds more\n"
    "  lathe tune model.yaml --show           what was found, measured again\n"
    "  lathe compile model.yaml               uses it\n"
    "\nMeasure on a machine that does nothing else.";

/// "90", "90s", "10m", "1h".
std::string toSeconds(const std::string &text) {
  size_t end = 0;
  double value = 0;
  try {
    value = std::stod(text, &end);
  } catch (const std::exception &) {
    throw CLI::ValidationError("--time", "'" + text + "' is not a time");
  }
  std::string unit = text.substr(end);
  double factor = unit.empty() || unit == "s" ? 1
                  : unit == "m"               ? 60
                  : unit == "h"               ? 3600
                                              : 0;
  if (factor == 0 || !(value * factor >= 1) || value * factor > 1e7)
    throw CLI::ValidationError(
        "--time", "'" + text +
                      "' is not a time of at least a second; write "
                      "90s, 10m or 1h");
  return std::to_string(value * factor);
}
} // namespace

void lathe::addTuneCommand(CLI::App &app) {
  auto *command = app.add_subcommand(
      "tune", "Search for faster schedules of a model's kernels, on this CPU");
  command->footer(examples);
  auto request = std::make_shared<TuneRequest>();
  TuningOptions &options = request->options;
  request->database = defaultTuningDatabase();
  options.codegen.target = "host";
  options.codegen.cacheDirectory = defaultCacheDirectory();
  options.threads = defaultThreads();

  command
      ->add_option("MODEL", request->model,
                   "The model file: YAML, or an ONNX graph (.onnx)")
      ->required();
  command
      ->add_option(
          "--time", options.seconds,
          "For everything: 90s, 10m, 1h (default: 60s, and 5s for each "
          "kernel beyond 40; 9m at most)")
      ->transform(toSeconds)
      ->type_name("TIME");
  command
      ->add_option("--trials", options.trials,
                   "Schedules to measure at most (default: as time allows)")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command
      ->add_option("--tuning-db", request->database,
                   "Where to keep what is found (default: tuning.db in the "
                   "folder of the kernel cache)")
      ->type_name("FILE");
  command
      ->add_option("--threads", options.threads,
                   "Threads that the model will run on (default: one per CPU)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  CLI::Option *batch =
      command
          ->add_option("--batch", request->graph.batch,
                       "Of an ONNX graph: as for `lathe compile`")
          ->check(CLI::Range(1, 65536))
          ->type_name("N");
  command
      ->add_option("--recipe", request->graph.recipe,
                   "Of an ONNX graph: as for `lathe compile`")
      ->type_name("FILE")
      ->excludes(batch);
  addMachineOptions(*command, options.codegen,
                    "Only this machine's, which is the default");
  auto add = [&](const char *name, TuneRequest::Mode mode, const char *help) {
    return command->add_flag_callback(
        name, [request, mode] { request->mode = mode; }, help);
  };
  auto *dry = add("--dry-run", TuneRequest::DryRun,
                  "Print the kernels, their schedules and how many are next to "
                  "be tried; measure nothing");
  auto *show = add("--show", TuneRequest::Show,
                   "Measure what was found against the defaults, kernel by "
                   "kernel; search nothing");
  auto *text = add("--export", TuneRequest::Export,
                   "Print what was found as text, as in "
                   "compiler/tuner/schedules");
  dry->excludes(show, text);
  show->excludes(text);
  command->callback([request] {
    if (!tune(std::move(*request)))
      throw CLI::RuntimeError(1);
  });
}
