// main.cpp: the main function of an executable model. The linker defines
// lathe_executable_model as another name of the artifact's NAME_model.
#include "runtime/cli/commands.h"
#include "runtime/cli/progress.h"
#include "runtime/error.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <new>

extern "C" const lathe_model lathe_executable_model;

namespace lathe {

namespace {

int report(const std::string &program, const std::string &message, int code) {
  fmt::print(stderr, "{}: error: {}\n", program, message);
  return code;
}

int run(int argc, char **argv, const std::string &program) {
  const lathe_model &model = lathe_executable_model;
  // Nothing but the version is known to be where we look for it.
  if (model.version != LATHE_ARTIFACT_VERSION)
    fail("LATHE_ERROR_VERSION: the model was compiled for version {} of the "
         "runtime, this is version {}; compile it again",
         model.version, LATHE_ARTIFACT_VERSION);

  CLI::App app(fmt::format("{}: {}, compiled by {} for {}", model.name,
                           model.fit ? "an image classifier that trains and "
                                       "predicts"
                                     : "a graph for inference",
                           model.compiler, model.target),
               program);
  app.require_subcommand(1);
  app.footer(fmt::format("`{} COMMAND --help` explains a command.", program));
  Action action;
  if (model.fit) {
    add_train_command(app, model, action);
    add_evaluate_command(app, model, action);
    add_predict_command(app, model, action);
    add_data_command(app, model, action);
    add_augment_command(app, model, action);
  }
  add_benchmark_command(app, model, action);
  add_info_command(app, model, action);
  // CLI11 would only say that a subcommand is missing.
  auto named = [&](const CLI::App *command) {
    return command->get_name() == argv[1];
  };
  const auto &commands = static_cast<const CLI::App &>(app).get_subcommands({});
  if (argc > 1 && argv[1][0] != '-' &&
      std::none_of(commands.begin(), commands.end(), named))
    return report(program,
                  fmt::format("there is no command '{}'; see --help", argv[1]),
                  exit_usage);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() == 0) { // --help
      app.exit(error);
      check_output();
      return exit_ok;
    }
    return report(program,
                  error.what() + std::string("\nRun with --help for "
                                             "more information."),
                  exit_usage);
  }
  const int code = action();
  check_output();
  return code;
}

} // namespace

} // namespace lathe

int main(int argc, char **argv) {
  // A file size limit is an error like a full disk, not a reason to die.
  std::signal(SIGXFSZ, SIG_IGN);
  const std::string program =
      argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "model";
  try {
    return lathe::run(argc, argv, program);
  } catch (const std::bad_alloc &) {
    return lathe::report(program, "not enough memory", lathe::exit_error);
  } catch (const std::exception &error) {
    return lathe::report(program, error.what(), lathe::exit_error);
  }
}
