// predict_command.cpp: NAME predict.
#include "runtime/checkpoint.h"
#include "runtime/cli/commands.h"
#include "runtime/data/class_names.h"
#include "runtime/data/dataset.h"
#include "runtime/data/image_file.h"
#include "runtime/data/image_kinds.h"
#include "runtime/error.h"
#include "runtime/thread_pool.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <numeric>

namespace lathe {

namespace {

struct PredictOptions {
  std::string weights;
  std::vector<std::string> images;
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

// The pictures themselves, and those in and below folders. Throws Error for a
// folder without any.
std::vector<std::string> pictures_of(const std::vector<std::string> &paths) {
  std::vector<std::string> pictures;
  for (const std::string &path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      pictures.push_back(path);
      continue;
    }
    FolderContents contents = contents_below(path);
    const std::string others = list_counts(contents.others());
    contents.pictures.insert(contents.pictures.end(), contents.damaged.begin(),
                             contents.damaged.end());
    if (contents.pictures.empty())
      fail("{}: no pictures in this folder ({}){}{}", path, readable_kinds(),
           others.empty() ? "" : ", but ", others);
    if (!others.empty())
      fmt::print(stderr, "{}: not read: {}\n", path, others);
    pictures.insert(pictures.end(), contents.pictures.begin(),
                    contents.pictures.end());
  }
  return pictures;
}

int predict(const lathe_model &model, const PredictOptions &options) {
  DatasetSpec spec = dataset_spec(model);
  ModelMemory memory(model, false);
  check_status(model, model.init(memory.params(), memory.state(), 0),
               "initialising");
  Metadata saved;
  if (!options.weights.empty()) // or those that init has written
    saved = load_checkpoint(options.weights, model, memory, Load::Params);
  const ClassNames names = class_names(model, saved, options.weights);
  set_threads(options.threads, model.stack_size);
  memory.prepare();

  nlohmann::ordered_json results = nlohmann::ordered_json::array();
  const size_t size = size_t(spec.image_size());
  const size_t outputs = size_t(model.outputs);
  std::vector<uint8_t> pixels(size);
  std::vector<float> images, probabilities;
  const std::vector<std::string> files = pictures_of(options.images);
  for (size_t first = 0; first < files.size();) {
    size_t n = std::min(size_t(model.batch), files.size() - first);
    images.clear();
    for (size_t i = 0; i < n; ++i) {
      read_image(files[first + i], spec.height, spec.width, spec.channels,
                 pixels.data());
      images.insert(images.end(), pixels.begin(), pixels.end());
    }
    probabilities.resize(n * outputs);
    memory.predict(images.data(), int(n), probabilities.data());
    for (size_t i = 0; i < n; ++i) {
      const std::string &file = files[first + i];
      const float *p = &probabilities[i * outputs];
      if (std::any_of(p, p + outputs, [](float x) { return std::isnan(x); }))
        fail("{}: the prediction is not a number; are the weights damaged?",
             file);
      const float both[2] = {1 - p[0], p[0]}; // of two classes
      if (outputs == 1)
        p = both;
      std::vector<int32_t> best = ranking(p, model.classes);
      best.resize(std::min(best.size(), size_t(options.top)));
      if (options.json)
        results.push_back(as_json(names, file, best, p));
      else
        fmt::print("{}: {}\n", file, as_text(names, best, p));
    }
    first += n;
  }
  if (options.json) // file names are arbitrary bytes, JSON is UTF-8
    fmt::print("{}\n",
               results.dump(2, ' ', false,
                            nlohmann::ordered_json::error_handler_t::replace));
  return exit_ok;
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
      ->add_option("IMAGE", options->images,
                   "Picture files, or folders of them")
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
  command->callback([options, &model, &action] {
    action = [options, &model] { return predict(model, *options); };
  });
}

} // namespace lathe
