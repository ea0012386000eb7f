// data_command.cpp: NAME data.
#include "runtime/cli/commands.h"
#include "runtime/cli/data_options.h"
#include "runtime/cli/data_page.h"
#include "runtime/cli/data_summary.h"
#include "runtime/cli/progress.h"
#include "runtime/thread_pool.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <unistd.h>

namespace lathe {

namespace {

struct DataCommandOptions {
  std::string data;
  DataOptions reading;
  std::string report;
  bool json = false;
  int threads = 0;
};

// One line on a terminal, which is gone when it is done.
CheckProgress show_progress() {
  if (!isatty(STDERR_FILENO))
    return [](const std::string &, int64_t, int64_t) {};
  return [](const std::string &part, int64_t checked, int64_t count) {
    if (checked < count)
      fmt::print(stderr, "\r{}: {}/{} checked\x1b[K", part, checked, count);
    else
      fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  };
}

CheckedData check(const lathe_model &model, const DataCommandOptions &options) {
  CheckedData data;
  data.place = options.data;
  data.spec = dataset_spec(model);
  choose_data_settings(options.reading, {}, data.spec);
  set_threads(options.threads, model.stack_size);
  data.parts = check_data(options.data, data.spec, show_progress());
  const Source &source = data.parts[0].source;
  report_unused(options.reading, model, source);
  const ClassNames &names =
      source.class_names.empty() ? data.spec.class_names : source.class_names;
  for (int32_t c = 0; c < model.classes; ++c)
    data.classes.push_back(class_name(names, c));
  return data;
}

int run(const lathe_model &model, const DataCommandOptions &options) {
  const CheckedData data = check(model, options);
  const nlohmann::ordered_json summary = summary_of(data);
  if (!options.report.empty())
    write_data_page(data, summary, options.report);
  if (options.json) // file names are arbitrary bytes, JSON is UTF-8
    fmt::print("{}\n",
               summary.dump(2, ' ', false,
                            nlohmann::ordered_json::error_handler_t::replace));
  else
    print_summary(summary);
  return summary["mend"].empty() ? exit_ok : exit_error;
}

} // namespace

void add_data_command(CLI::App &app, const lathe_model &model, Action &action) {
  CLI::App *command = app.add_subcommand(
      "data", "Check data: counts, sizes, duplicates, what cannot be read");
  command->footer(fmt::format(
      "Reads every sample as training does. The exit code is 1 where there is "
      "something to mend: files that cannot be read, values that are not "
      "finite, "
      "the same picture in more than one part or class; 0 otherwise. Class "
      "weights are those of Keras and scikit-learn "
      "that make classes count alike: samples / (classes * samples of the "
      "class). Pictures look the same where at most 4 of the 64 bits of their "
      "difference hashes are others, and thumbnails of 16x16 correlate by "
      "0.98.\n\n"
      "Example:\n  {0} data --data FOLDER",
      model.name));
  auto options = std::make_shared<DataCommandOptions>();
  command
      ->add_option("--data", options->data,
                   "Folder or file with the data, as for train")
      ->required()
      ->type_name("DATA");
  command
      ->add_option("--report", options->report,
                   "Write a self-contained HTML page, with pictures of each "
                   "class")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "Print JSON, with complete lists");
  command->add_option("--threads", options->threads, "Threads [all CPUs]")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  add_column_options(*command, options->reading);
  add_picture_options(*command, options->reading);
  command->callback([options, &model, &action] {
    action = [options, &model] { return run(model, *options); };
  });
}

} // namespace lathe
