// data_check.cpp: see data_check.h.
#include "runtime/data/data_check.h"

#include "runtime/data/hash.h"
#include "runtime/data/readers.h"
#include "runtime/error.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace lathe {

namespace {

constexpr int64_t checked_at_once = 256;

// One pass for the mean, one for what is around it: large means do not hide
// small deviations.
void measure(const float *image, int64_t channels, int64_t pixels,
             CheckedSample &sample) {
  sample.means.assign(size_t(channels), 0);
  sample.squares.assign(size_t(channels), 0);
  for (int64_t c = 0; c < channels; ++c) {
    double &mean = sample.means[size_t(c)];
    double &square = sample.squares[size_t(c)];
    for (int64_t i = 0; i < pixels; ++i)
      mean += double(image[i * channels + c]);
    mean /= double(pixels);
    for (int64_t i = 0; i < pixels; ++i) {
      const double difference = double(image[i * channels + c]) - mean;
      square += difference * difference;
    }
  }
}

void examine(const float *image, const DatasetSpec &spec,
             CheckedSample &sample) {
  const int64_t size = spec.image_size();
  sample.is_finite = std::all_of(image, image + size,
                                 [](float x) { return std::isfinite(x); });
  sample.is_constant = true;
  sample.pixels = hash_start;
  for (int64_t i = 0; i < size; ++i) {
    uint32_t bits;
    std::memcpy(&bits, image + i, sizeof(bits));
    sample.pixels = mix(sample.pixels ^ bits);
    sample.is_constant &= image[i] == image[i % spec.channels];
  }
  if (!sample.is_finite)
    return;
  sample.look = look_of(image, spec.height, spec.width, spec.channels);
  measure(image, spec.channels, spec.height * spec.width, sample);
}

// Some samples of a part, each a task of its own.
struct Batch {
  const DatasetSpec &spec;
  CheckedSample *samples;
  const float *images; // of arrays

  static int check(void *context, int i) {
    const auto *batch = static_cast<Batch *>(context);
    const DatasetSpec &spec = batch->spec;
    CheckedSample &sample = batch->samples[i];
    const auto size = size_t(spec.image_size());
    if (batch->images) {
      examine(batch->images + size_t(i) * size, spec, sample);
      return 0;
    }
    try {
      std::vector<uint8_t> pixels(size);
      read_image(sample.path, spec.height, spec.width, spec.channels,
                 pixels.data(), spec.pictures, &sample.stored);
      examine(std::vector<float>(pixels.begin(), pixels.end()).data(), spec,
              sample);
    } catch (const std::exception &error) {
      sample.error = error.what();
    }
    return 0;
  }

  void run(int64_t n) {
    if (lathe_parallel_for)
      lathe_parallel_for(check, this, 0, int(n));
    else
      for (int64_t i = 0; i < n; ++i)
        check(this, int(i));
  }
};

// In the samples' order, so that the sums do not depend on threads.
void add_up(const DatasetSpec &spec, CheckedPart &part) {
  const auto pixels = double(spec.height * spec.width);
  part.means.assign(size_t(spec.channels), NAN);
  part.deviations = part.means;
  for (size_t c = 0; c < size_t(spec.channels); ++c) {
    double n = 0, mean = 0, squares = 0;
    for (const CheckedSample &sample : part.samples) {
      if (sample.means.empty())
        continue;
      const double difference = sample.means[c] - mean;
      squares += sample.squares[c] +
                 difference * difference * n * pixels / (n + pixels);
      n += pixels;
      mean += difference * pixels / n;
    }
    if (n == 0)
      continue;
    part.means[c] = mean;
    part.deviations[c] = std::sqrt(squares / n);
  }
}

// Names and labels of what is to be checked; opens arrays.
std::unique_ptr<Dataset> begin_part(const std::string &folder,
                                    const Reader &reader,
                                    const DatasetSpec &spec, Part which,
                                    CheckedPart &part) {
  if (!reader.find_pictures) {
    std::unique_ptr<Dataset> dataset = open_dataset(folder, spec, which);
    part.source = dataset->source();
    part.labels = dataset->labels();
    part.samples.resize(size_t(dataset->count()));
    for (size_t i = 0; i < part.samples.size(); ++i)
      part.samples[i].name = dataset->is_ordered() ? fmt::format("sample {}", i)
                                                   : dataset->name(int64_t(i));
    return dataset;
  }
  PictureFiles pictures = reader.find_pictures(folder, spec, which);
  part.source = std::move(pictures.source);
  part.labels = std::move(pictures.labels);
  part.samples.resize(pictures.files.size());
  for (size_t i = 0; i < part.samples.size(); ++i) {
    part.samples[i].name = std::move(pictures.names[i]);
    part.samples[i].path = std::move(pictures.files[i]);
  }
  return nullptr;
}

CheckedPart check_part(const std::string &folder, const Reader &reader,
                       const DatasetSpec &spec, Part which,
                       const CheckProgress &progress) {
  CheckedPart part;
  part.which = which;
  const std::unique_ptr<Dataset> arrays =
      begin_part(folder, reader, spec, which, part);
  part.name = part.source.is_whole        ? "all"
              : which == Part::Train      ? "train"
              : which == Part::Validation ? "validation"
                                          : "test";
  const auto count = int64_t(part.samples.size());
  std::vector<float> images;
  std::vector<int32_t> labels(size_t(checked_at_once * spec.label_size));
  for (int64_t first = 0, n; first < count; first += n) {
    n = std::min(checked_at_once, count - first);
    if (arrays) {
      images.resize(size_t(n * spec.image_size()));
      std::vector<int64_t> numbers;
      for (int64_t i = first; i < first + n; ++i)
        numbers.push_back(i);
      arrays->read(numbers.data(), int(n), images.data(), labels.data());
    }
    Batch batch = {spec, part.samples.data() + first,
                   arrays ? images.data() : nullptr};
    batch.run(n);
    progress(part.name, first + n, count);
  }
  add_up(spec, part);
  return part;
}

} // namespace

std::vector<CheckedPart> check_data(const std::string &data,
                                    const DatasetSpec &wanted,
                                    const CheckProgress &progress) {
  DatasetSpec spec = wanted;
  const std::string folder = data_path(data, spec);
  spec.unreadable = Unreadable::Check; // damaged files are among the pictures
  const Reader &reader = find_reader(folder, spec);
  std::vector<CheckedPart> parts;
  for (Part which : {Part::Train, Part::Validation, Part::Test})
    if (reader.has_part(folder, spec, which))
      parts.push_back(check_part(folder, reader, spec, which, progress));
  return parts;
}

} // namespace lathe
