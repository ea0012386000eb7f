// predict_command.cpp: NAME predict.
#include "runtime/checkpoint.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/data_options.h"
#include "runtime/data/class_names.h"
#include "runtime/data/dataset.h"
#include "runtime/data/image_file.h"
#include "runtime/data/image_kinds.h"
#include "runtime/data/picture_list.h"
#include "runtime/error.h"
#include "runtime/thread_pool.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <new>
#include <numeric>

namespace lathe {

namespace {

struct PredictOptions {
  std::string weights;
  std::vector<std::string> images;
  DataOptions reading;
  bool json = false;
  int top = 1;
  int threads = 0;
};

// Class numbers, most probable first; of equals, the lower number.
std::vector<int32_t> ranking(const float *probabilities, int32_t classes) {
  std::vector<int32_t> order(static_cast<size_t>(classes));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    return probabilities[a] > probabilities[b];
  });
  return order;
}

nlohmann::ordered_json as_json(const ClassNames &names, const std::string &file,
                               const std::vector<int32_t> &best,
                               const float *probabilities) {
  nlohmann::ordered_json predictions = nlohmann::ordered_json::array();
  for (int32_t number : best)
    predictions.push_back({{"class", class_name(names, number)},
                           {"index", number},
                           {"probability", probabilities[number]}});
  return {{"file", file}, {"predictions", predictions}};
}

std::string as_text(const ClassNames &names, const std::vector<int32_t> &best,
                    const float *probabilities) {
  std::vector<std::string> parts;
  for (int32_t number : best)
    parts.push_back(fmt::format("{} {:.4f}", class_name(names, number),
                                probabilities[number]));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// The pictures themselves, those of lists, and those in and below folders.
// Throws Error for a folder without any.
std::vector<std::string> pictures_of(const std::vector<std::string> &paths,
                                     const ListColumns &columns) {
  std::vector<std::string> pictures;
  auto add = [&](const std::vector<std::string> &more) {
    pictures.insert(pictures.end(), more.begin(), more.end());
  };
  for (const std::string &path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      if (is_picture_list(path))
        add(read_picture_list(path, columns));
      else
        pictures.push_back(path);
      continue;
    }
    FolderContents contents = contents_below(path);
    const std::string others = list_counts(contents.others());
    if (contents.pictures.empty() && contents.damaged.empty())
      fail("{}: no pictures in this folder ({}){}{}", path, readable_kinds(),
           others.empty() ? "" : ", but ", others);
    if (!others.empty())
      fmt::print(stderr, "{}: not read: {}\n", path, others);
    add(contents.pictures);
    add(contents.damaged);
  }
  return pictures;
}

// Classifies files, a batch at a time. What cannot be read is an error of that
// file alone.
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
    names_ = class_names(model, saved, options.weights);
    choose_data_settings(options.reading, saved, spec_);
    set_threads(options.threads, model.stack_size);
    memory_.prepare();
  }

  void run();

private:
  const lathe_model &model_;
  const PredictOptions &options_;
  DatasetSpec spec_;
  ModelMemory memory_;
  ClassNames names_;
  nlohmann::ordered_json results_ = nlohmann::ordered_json::array();
  size_t unreadable_ = 0;
  bool is_alone_ = false; // there is only one file

  // Of files that are decoded side by side; where each ends up.
  struct Decoding {
    Predictor *self;
    const std::vector<std::string> &files;
    std::vector<uint8_t> pixels;
    std::vector<std::string> errors;
  };
  static int decode_one(void *context, int i);
  void classify(const std::vector<std::string> &files);
  void report_error(const std::string &file, const std::string &error);
  void report(const std::string &file, const float *probabilities);
};

int Predictor::decode_one(void *context, int i) {
  auto *decoding = static_cast<Decoding *>(context);
  const DatasetSpec &spec = decoding->self->spec_;
  const std::string &file = decoding->files[size_t(i)];
  try {
    read_image(file, spec.height, spec.width, spec.channels,
               decoding->pixels.data() + i * spec.image_size(), spec.pictures);
  } catch (const std::bad_alloc &) {
    decoding->errors[size_t(i)] = file + ": not enough memory";
  } catch (const std::exception &error) {
    decoding->errors[size_t(i)] = error.what();
  }
  return 0;
}

void Predictor::classify(const std::vector<std::string> &files) {
  const auto size = size_t(spec_.image_size());
  Decoding decoding = {this, files, std::vector<uint8_t>(files.size() * size),
                       std::vector<std::string>(files.size())};
  if (lathe_parallel_for)
    lathe_parallel_for(decode_one, &decoding, 0, int(files.size()));
  else
    for (size_t i = 0; i < files.size(); ++i)
      decode_one(&decoding, int(i));
  const std::vector<std::string> &errors = decoding.errors;
  std::vector<float> images;
  for (size_t i = 0; i < files.size(); ++i)
    if (errors[i].empty())
      images.insert(images.end(), decoding.pixels.begin() + int64_t(i * size),
                    decoding.pixels.begin() + int64_t((i + 1) * size));
  const size_t n = images.size() / size;
  std::vector<float> probabilities(n * size_t(model_.outputs));
  if (n)
    memory_.predict(images.data(), int(n), probabilities.data());
  const float *next = probabilities.data();
  for (size_t i = 0; i < files.size(); ++i) {
    if (!errors[i].empty()) {
      report_error(files[i], errors[i]);
      continue;
    }
    report(files[i], next);
    next += model_.outputs;
  }
}

void Predictor::report_error(const std::string &file,
                             const std::string &error) {
  if (is_alone_)
    fail("{}", error);
  ++unreadable_;
  if (options_.json)
    results_.push_back({{"file", file}, {"error", error}});
  fmt::print(stderr, "{}\n", error);
}

void Predictor::report(const std::string &file, const float *probabilities) {
  const float *p = probabilities;
  if (std::any_of(p, p + model_.outputs, [](float x) { return std::isnan(x); }))
    fail("{}: the prediction is not a number; are the weights damaged?", file);
  const float both[2] = {1 - p[0], p[0]}; // of two classes
  if (model_.outputs == 1)
    p = both;
  std::vector<int32_t> best = ranking(p, model_.classes);
  best.resize(std::min(best.size(), size_t(options_.top)));
  if (options_.json)
    results_.push_back(as_json(names_, file, best, p));
  else
    fmt::print("{}: {}\n", file, as_text(names_, best, p));
}

void Predictor::run() {
  const std::vector<std::string> files =
      pictures_of(options_.images, spec_.columns);
  is_alone_ = files.size() == 1;
  for (size_t first = 0; first < files.size(); first += size_t(model_.batch)) {
    const size_t n = std::min(size_t(model_.batch), files.size() - first);
    const auto begin = files.begin() + int64_t(first);
    classify({begin, begin + int64_t(n)});
  }
  if (options_.json) // file names are arbitrary bytes, JSON is UTF-8
    fmt::print("{}\n",
               results_.dump(2, ' ', false,
                             nlohmann::ordered_json::error_handler_t::replace));
  if (unreadable_)
    fail("{} of {} files could not be read", unreadable_, files.size());
}

} // namespace

void add_predict_command(CLI::App &app, const lathe_model &model,
                         Action &action) {
  CLI::App *command =
      app.add_subcommand("predict", "Classify pictures: " + readable_kinds());
  command->footer(fmt::format("Images are resized to the model's input.\n\n"
                              "Example:\n  {0} predict --weights "
                              "{0}.safetensors --top 3 photo.jpg",
                              model.name));
  auto options = std::make_shared<PredictOptions>();
  add_weights_option(*command, model, options->weights);
  command
      ->add_option(
          "IMAGE", options->images,
          "Picture files, folders of them, or lists: .txt files with a path in "
          "each line, or .csv tables")
      ->required();
  command->add_flag("--json", options->json, "Print JSON");
  command
      ->add_option("--top", options->top,
                   "Show the K most probable classes [1]")
      ->check(CLI::Range(1, model.classes))
      ->type_name("K");
  command->add_option("--threads", options->threads, "Threads [all CPUs]")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  add_path_column_option(*command, options->reading);
  add_picture_options(*command, options->reading);
  command->callback([options, &model, &action] {
    action = [options, &model] {
      Predictor(model, *options).run();
      return int(exit_ok);
    };
  });
}

} // namespace lathe
