// commands.h: the subcommands of an executable model, one file each.
#pragma once

#include "runtime/artifact.h"

#include <functional>
#include <string>

namespace CLI {
class App;
class Validator;
} // namespace CLI

namespace lathe {

// What the command line asked for; returns the exit code and throws Error.
using Action = std::function<int()>;

enum ExitCode {
  exit_ok = 0,
  exit_error = 1,
  exit_usage = 2,
  exit_interrupted = 130
};

// Each declares its options and sets `action` when its subcommand is given.
void add_train_command(CLI::App &app, const lathe_model &model, Action &action);
void add_evaluate_command(CLI::App &app, const lathe_model &model,
                          Action &action);
void add_predict_command(CLI::App &app, const lathe_model &model,
                         Action &action);
void add_data_command(CLI::App &app, const lathe_model &model, Action &action);
void add_augment_command(CLI::App &app, const lathe_model &model,
                         Action &action);
void add_benchmark_command(CLI::App &app, const lathe_model &model,
                           Action &action);
void add_info_command(CLI::App &app, const lathe_model &model, Action &action);

// --weights: may be left out where the model has its own.
void add_weights_option(CLI::App &command, const lathe_model &model,
                        std::string &path);

// Checks of options, with what is wanted in words.
CLI::Validator at_least_one();
CLI::Validator above_zero(); // and finite

} // namespace lathe
