// predict_command.cpp: NAME predict.
#include "runtime/checkpoint.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/data_options.h"
#include "runtime/cli/predict_output.h"
#include "runtime/cli/predict_samples.h"
#include "runtime/data/data_section.h"
#include "runtime/data/image_kinds.h"
#include "runtime/error.h"
#include "runtime/thread_pool.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace lathe {

namespace {

struct PredictOptions {
  std::string weights;
  std::vector<std::string> images;
  std::string data;
  DataOptions reading;
  PredictOutput output;
  int threads = 0;
};

// Whether a part of the data was not trained on.
bool holds_out(const lathe_model &model) {
  return model.recipe.split != LATHE_SPLIT_NONE ||
         data_section(model).split.has_value();
}

// Classifies samples, a batch at a time. What cannot be read is an error of
// that sample alone.
class Predictor {
public:
  Predictor(const lathe_model &model, const PredictOptions &options)
      : model_(model), options_(options), spec_(dataset_spec(model)),
        memory_(model, false) {
    check_status(model, model.init(memory_.params(), memory_.state(), 0),
                 "initialising");
    Metadata saved;
    if (!options.weights.empty()) // or those that init has written
      saved = load_checkpoint(options.weights, model, memory_, Load::Params);
    spec_.class_names = class_names(model, saved, options.weights);
    choose_data_settings(options.reading, saved, spec_);
    spec_.readers = chosen_readers(options.reading, options.threads);
    set_threads(options.threads, model.stack_size);
    memory_.prepare();
  }

  void run();

private:
  void classify(PredictSamples &samples, int64_t first, int n,
                PredictionWriter &writer);

  const lathe_model &model_;
  const PredictOptions &options_;
  DatasetSpec spec_;
  ModelMemory memory_;
  int64_t unreadable_ = 0;
};

void Predictor::classify(PredictSamples &samples, int64_t first, int n,
                         PredictionWriter &writer) {
  const auto size = size_t(spec_.image_size());
  std::vector<float> images(size_t(n) * size);
  const std::vector<std::string> errors = samples.read(first, n, images.data());
  samples.announce(first + n, int(std::min<int64_t>(
                                  model_.batch, samples.count() - first - n)));
  int readable = 0;
  for (int i = 0; i < n; ++i)
    if (errors[size_t(i)].empty()) {
      std::copy_n(images.begin() + int64_t(size_t(i) * size), size,
                  images.begin() + int64_t(size_t(readable) * size));
      ++readable;
    }
  std::vector<float> scores(size_t(readable) * size_t(model_.outputs));
  if (readable)
    memory_.predict(images.data(), readable, scores.data());
  const float *next = scores.data();
  for (int i = 0; i < n; ++i) {
    const std::string name = samples.name(first + i);
    const std::string &error = errors[size_t(i)];
    if (!error.empty()) {
      if (samples.count() == 1)
        fail("{}", error);
      ++unreadable_;
      fmt::print(stderr, "{}\n", error);
      writer.add_error(name, error);
      continue;
    }
    const float both[2] = {1 - next[0], next[0]}; // of two classes
    writer.add(name, model_.outputs == 1 ? both : next,
               samples.labels(first + i));
    next += model_.outputs;
  }
}

void Predictor::run() {
  std::unique_ptr<PredictSamples> samples =
      options_.data.empty()
          ? open_pictures(options_.images, spec_)
          : open_samples(options_.data, spec_, options_.output.labelled);
  const Source &source = samples->source;
  if (!samples->description.empty())
    fmt::print(stderr, "{}\n", samples->description);
  if (!source.left_out.empty())
    fmt::print(stderr, "not read: {}\n", source.left_out);
  if (!options_.data.empty())
    report_unused(options_.reading, model_, source);
  if (options_.output.labelled && source.is_whole && holds_out(model_))
    fmt::print(stderr, "these are all samples, those that were trained on "
                       "among them; evaluate takes what was held out\n");
  PredictionWriter writer(model_,
                          spec_.class_names.empty() ? source.class_names
                                                    : spec_.class_names,
                          options_.output);
  for (int64_t first = 0, n; first < samples->count(); first += n) {
    n = std::min<int64_t>(model_.batch, samples->count() - first);
    classify(*samples, first, int(n), writer);
  }
  writer.finish();
  if (unreadable_)
    fail("{} of {} files could not be read", unreadable_, samples->count());
}

void add_output_options(CLI::App &command, const lathe_model &model,
                        CLI::Option *data, PredictOutput &output) {
  command.add_flag("--json", output.json, "Print JSON");
  command
      .add_option("--csv", output.csv,
                  "Write a table: file, class, probability, error")
      ->type_name("FILE");
  command
      .add_flag("--labels", output.labelled,
                "Show the labels that the data have, and the accuracy")
      ->needs(data);
  command
      .add_option("--top", output.top, "Show the K most probable classes [1]")
      ->check(CLI::Range(1, model.classes))
      ->type_name("K");
}

} // namespace

void add_predict_command(CLI::App &app, const lathe_model &model,
                         Action &action) {
  CLI::App *command =
      app.add_subcommand("predict", "Classify pictures: " + readable_kinds() +
                                        "; or data as train takes them");
  command->footer(fmt::format(
      "Images are resized to the model's input. What cannot be read is told, "
      "and does not end the rest.\n\nExamples:\n"
      "  {0} predict --weights {0}.safetensors --top 3 photo.jpg\n"
      "  {0} predict --weights {0}.safetensors --data DIR --labels "
      "--csv predictions.csv",
      model.name));
  auto options = std::make_shared<PredictOptions>();
  add_weights_option(*command, model, options->weights);
  CLI::Option *images = command->add_option(
      "IMAGE", options->images,
      "Picture files, folders of them, or lists: .txt files with a path in "
      "each line, or .csv tables");
  CLI::Option *data =
      command
          ->add_option("--data", options->data,
                       "All samples of a data set as train takes it, or of its "
                       "test part where it has parts; or a folder or list of "
                       "pictures, a table of numbers, or an .npy file of "
                       "images")
          ->excludes(images)
          ->type_name("DATA");
  add_output_options(*command, model, data, options->output);
  command->add_option("--threads", options->threads, "Threads [all CPUs]")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  add_list_column_options(*command, options->reading);
  add_picture_options(*command, options->reading);
  add_readers_option(*command, options->reading);
  command->callback([options, &model, &action] {
    if (options->images.empty() && options->data.empty())
      throw CLI::RequiredError("IMAGE or --data");
    action = [options, &model] {
      Predictor(model, *options).run();
      return int(exit_ok);
    };
  });
}

} // namespace lathe
