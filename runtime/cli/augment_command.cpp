// augment_command.cpp: NAME augment.
#include "runtime/atomic_file.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/data_options.h"
#include "runtime/cli/png_writer.h"
#include "runtime/data/dataset.h"
#include "runtime/data/hash.h"
#include "runtime/error.h"
#include "runtime/model_memory.h"
#include "runtime/thread_pool.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

namespace lathe {

namespace {

struct AugmentCommandOptions {
  std::string data, output;
  DataOptions reading;
  int pictures = 8, versions = 7;
  uint64_t seed = 0;
  int threads = 0;
};

// Pictures in a grid, each as large as the model reads it or, where that is
// small, some times as large.
class Sheet {
public:
  Sheet(const DatasetSpec &spec, int rows, int columns)
      : spec_(spec), zoom_(std::max<int64_t>(1, 64 / spec.width)),
        tile_height_(spec.height * zoom_ + gap),
        tile_width_(spec.width * zoom_ + gap) {
    picture_.height = rows * tile_height_ + gap;
    picture_.width = columns * tile_width_ + gap;
    picture_.channels = spec.channels >= 3 ? 3 : 1;
    picture_.values.resize(
        size_t(picture_.height * picture_.width * picture_.channels), 255);
  }

  // float[height, width, channels], black at `low` and white at `high`.
  void put(int row, int column, const float *values, float low, float high) {
    const int64_t top = row * tile_height_ + gap,
                  left = column * tile_width_ + gap;
    for (int64_t y = 0; y < spec_.height * zoom_; ++y)
      for (int64_t x = 0; x < spec_.width * zoom_; ++x)
        for (int64_t c = 0; c < picture_.channels; ++c)
          at(top + y, left + x, c) = level(
              values[((y / zoom_) * spec_.width + x / zoom_) * spec_.channels +
                     c],
              low, high);
  }
  const Picture &picture() const { return picture_; }

private:
  static constexpr int64_t gap = 2;
  static uint8_t level(float value, float low, float high) {
    const float share = (value - low) / (high - low);
    return std::isnan(share)
               ? 0
               : uint8_t(std::lround(255 * std::clamp(share, 0.0f, 1.0f)));
  }
  uint8_t &at(int64_t y, int64_t x, int64_t c) {
    return picture_
        .values[size_t((y * picture_.width + x) * picture_.channels + c)];
  }

  const DatasetSpec &spec_;
  int64_t zoom_, tile_height_, tile_width_;
  Picture picture_;
};

// Black and white of what was read: bytes, numbers from 0 to 1, or all there
// is.
std::pair<float, float> range_of(const std::vector<float> &values) {
  float low = 0, high = 1;
  for (float value : values)
    if (std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  return {low, low == 0 && high > 1 ? std::max(high, 255.0f) : high};
}

// So many samples, from all over the set.
std::vector<int64_t> some_samples(int64_t count, int wanted, uint64_t seed) {
  std::vector<int64_t> all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  auto key = [&](int64_t i) { return mix(seed + uint64_t(i)); };
  const auto most = std::min<size_t>(size_t(wanted), all.size());
  std::partial_sort(all.begin(), all.begin() + ptrdiff_t(most), all.end(),
                    [&](int64_t a, int64_t b) { return key(a) < key(b); });
  all.resize(most);
  return all;
}

// As training sees a batch of all these pictures in an epoch, which it could be
// at this place in the order.
void augment_all(const lathe_model &model, const AugmentCommandOptions &options,
                 const ModelMemory &memory, const std::vector<int64_t> &samples,
                 int64_t epoch, const std::vector<float> &images,
                 const std::vector<int32_t> &labels,
                 std::vector<float> &augmented) {
  const auto count = int64_t(samples.size());
  const auto size = images.size() / samples.size();
  if (model.augment)
    check_status(model,
                 model.augment(memory.arena(), images.data(), int(count),
                               options.seed, epoch, samples.data(),
                               augmented.data()),
                 "augmenting");
  else
    augmented = images;
  if (!model.mix)
    return;
  const std::vector<float> single = augmented;
  const auto label_size = size_t(model.label_size);
  std::vector<int32_t> firsts(labels.size()), others(labels.size());
  std::vector<float> shares(samples.size());
  for (int64_t start = 0; start < count; start += model.batch) {
    const auto at = size_t(start);
    check_status(model,
                 model.mix(memory.arena(), single.data() + at * size,
                           labels.data() + at * label_size,
                           int(std::min<int64_t>(model.batch, count - start)),
                           options.seed, epoch, start,
                           augmented.data() + at * size,
                           firsts.data() + at * label_size,
                           others.data() + at * label_size, shares.data() + at),
                 "mixing");
  }
}

int run(const lathe_model &model, const AugmentCommandOptions &options) {
  if (!model.augment && !model.mix)
    fail("the model has no augmentation; give its file a section, like\n"
         "  augment:\n    - RandomFlip: {{mode: horizontal}}");
  DatasetSpec spec = dataset_spec(model);
  choose_data_settings(options.reading, {}, spec);
  set_threads(options.threads, model.stack_size);
  auto dataset = open_dataset(options.data, spec, Part::Train);
  report_unused(options.reading, model, dataset->source());
  const std::vector<int64_t> samples =
      some_samples(dataset->count(), options.pictures, options.seed);
  if (samples.empty())
    fail("{} has no samples", options.data);
  const auto size = size_t(spec.image_size());
  const auto rows = int(samples.size()), versions = options.versions;
  std::vector<float> images(samples.size() * size);
  std::vector<int32_t> labels(samples.size() * size_t(model.label_size));
  dataset->read(samples.data(), rows, images.data(), labels.data());

  const ModelMemory memory(model, /*train=*/true);
  std::vector<float> augmented(images.size());
  const auto [low, high] = range_of(images);
  Sheet sheet(spec, rows, 1 + versions);
  for (int version = 0; version <= versions; ++version) {
    if (version > 0)
      augment_all(model, options, memory, samples, version - 1, images, labels,
                  augmented);
    const std::vector<float> &shown = version ? augmented : images;
    for (int row = 0; row < rows; ++row)
      sheet.put(row, version, shown.data() + size_t(row) * size, low, high);
  }
  const std::vector<uint8_t> bytes = encode_png(sheet.picture());
  AtomicFile file(options.output);
  file.write(bytes.data(), bytes.size());
  file.commit();
  fmt::print("{}: {} pictures of {} (left), and as training sees them in {} "
             "epochs{}\n",
             options.output, rows, options.data, versions,
             model.mix ? ", mixed with each other" : "");
  return exit_ok;
}

} // namespace

void add_augment_command(CLI::App &app, const lathe_model &model,
                         Action &action) {
  CLI::App *command = app.add_subcommand(
      "augment", "Draw pictures as training sees them, augmented");
  command->footer(
      fmt::format("Writes one picture with a row for each sample: as it is "
                  "read, and as the "
                  "model's augmentation changes it in epoch after epoch.\n\n"
                  "Example:\n  {0} augment --data FOLDER -o sheet.png",
                  model.name));
  auto options = std::make_shared<AugmentCommandOptions>();
  command
      ->add_option("--data", options->data,
                   "Folder or file with the data, as for train")
      ->required()
      ->type_name("DATA");
  command->add_option("-o,--output", options->output, "The PNG file to write")
      ->required()
      ->type_name("FILE");
  command->add_option("--pictures", options->pictures, "Rows [8]")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  command->add_option("--versions", options->versions, "Of each picture [7]")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  command->add_option("--seed", options->seed, "Of what is drawn [0]")
      ->type_name("N");
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
