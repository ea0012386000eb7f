// evaluate_command.cpp: NAME evaluate.
#include "runtime/checkpoint.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/progress.h"
#include "runtime/data/dataset.h"
#include "runtime/error.h"
#include "runtime/thread_pool.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace lathe {

namespace {

struct EvaluateOptions {
  std::string data, weights;
  bool json = false;
  int threads = 0;
};

int evaluate(const lathe_model &model, const EvaluateOptions &options) {
  ModelMemory memory(model, false);
  check_status(model, model.init(memory.params(), memory.state(), 0),
               "initialising");
  load_checkpoint(options.weights, model, memory, Load::Params);
  set_threads(options.threads);
  std::unique_ptr<Dataset> dataset =
      open_dataset(options.data, dataset_spec(model), Part::Test);
  DatasetView view(*dataset, 0, dataset->count());
  lathe_metrics metrics;
  int status =
      model.evaluate(memory.params(), memory.arena(), &view.get(), &metrics);
  if (view.error)
    std::rethrow_exception(view.error);
  check_status(model, status, "evaluating");
  if (options.json) {
    nlohmann::ordered_json json = {{"samples", metrics.samples},
                                   {"loss", metrics.loss},
                                   {"accuracy", metrics.accuracy}};
    fmt::print("{}\n", json.dump());
  } else {
    fmt::print("{} samples - loss: {} - accuracy: {}\n", metrics.samples,
               format_metric(metrics.loss), format_metric(metrics.accuracy));
  }
  return exit_ok;
}

} // namespace

void add_evaluate_command(CLI::App &app, const lathe_model &model,
                          Action &action) {
  CLI::App *command = app.add_subcommand(
      "evaluate", "Loss and accuracy on the test part of the data");
  command->footer(fmt::format("Example:\n  {0} evaluate --data DIR --weights "
                              "{0}.safetensors --json",
                              model.name));
  auto options = std::make_shared<EvaluateOptions>();
  command->add_option("--data", options->data, "Folder with the data")
      ->required()
      ->type_name("DIR");
  command->add_option("--weights", options->weights, "Checkpoint")
      ->required()
      ->type_name("CKPT");
  command->add_flag("--json", options->json, "Print JSON");
  command->add_option("--threads", options->threads, "Threads [all CPUs]")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command->callback([options, &model, &action] {
    action = [options, &model] { return evaluate(model, *options); };
  });
}

} // namespace lathe
