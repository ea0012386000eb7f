// predict_samples.cpp: see predict_samples.h.
#include "runtime/cli/predict_samples.h"

#include "runtime/data/image_file.h"
#include "runtime/data/image_kinds.h"
#include "runtime/data/number_table.h"
#include "runtime/data/picture_list.h"
#include "runtime/data/picture_readers.h"
#include "runtime/data/readers.h"
#include "runtime/data/zip_file.h"
#include "runtime/error.h"

#include <filesystem>
#include <new>
#include <numeric>

namespace lathe {

namespace {

namespace fs = std::filesystem;

// Files are decoded side by side. What cannot be read is an error of that file
// alone.
class PictureSamples : public PredictSamples {
public:
  PictureSamples(PictureFiles pictures, const DatasetSpec &spec)
      : spec_(spec), pictures_(std::move(pictures)) {
    source = pictures_.source;
    if (spec.readers > 0)
      readers_ = std::make_unique<PictureReaders>(
          spec.readers, spec.image_size(),
          [this](int64_t sample, uint8_t *pixels) { decode(sample, pixels); });
  }
  int64_t count() const override { return int64_t(pictures_.files.size()); }
  std::string name(int64_t sample) const override {
    return pictures_.files[size_t(sample)];
  }
  const int32_t *labels(int64_t sample) const override {
    return pictures_.labels.empty()
               ? nullptr
               : pictures_.labels.data() + sample * spec_.label_size;
  }
  std::vector<std::string> read(int64_t first, int n, float *images) override;
  void announce(int64_t first, int n) override {
    std::vector<int64_t> samples(static_cast<size_t>(n));
    std::iota(samples.begin(), samples.end(), first);
    if (readers_)
      readers_->announce(samples);
  }

private:
  struct Batch {
    PictureSamples *self;
    int64_t first;
    float *images;
    std::vector<std::string> errors;
  };
  static int read_one(void *context, int i);
  void decode(int64_t sample, uint8_t *pixels) const {
    read_image(name(sample), spec_.height, spec_.width, spec_.channels, pixels,
               spec_.pictures);
  }

  DatasetSpec spec_;
  PictureFiles pictures_;
  std::unique_ptr<PictureReaders> readers_; // ends before what it reads
};

int PictureSamples::read_one(void *context, int i) {
  auto *batch = static_cast<Batch *>(context);
  PictureSamples &self = *batch->self;
  const int64_t sample = batch->first + i, size = self.spec_.image_size();
  std::string &error = batch->errors[size_t(i)];
  try {
    std::vector<uint8_t> pixels(static_cast<size_t>(size));
    if (!self.readers_ || !self.readers_->take(sample, pixels.data()))
      self.decode(sample, pixels.data());
    std::copy(pixels.begin(), pixels.end(), batch->images + i * size);
  } catch (const std::bad_alloc &) {
    error = self.name(sample) + ": not enough memory";
  } catch (const std::exception &exception) {
    error = exception.what();
  }
  return 0;
}

std::vector<std::string> PictureSamples::read(int64_t first, int n,
                                              float *images) {
  Batch batch = {this, first, images, std::vector<std::string>(size_t(n))};
  if (lathe_parallel_for)
    lathe_parallel_for(read_one, &batch, 0, n);
  else
    for (int i = 0; i < n; ++i)
      read_one(&batch, i);
  return std::move(batch.errors);
}

class ArraySamples : public PredictSamples {
public:
  ArraySamples(std::unique_ptr<Dataset> dataset, const DatasetSpec &spec,
               bool labelled)
      : dataset_(std::move(dataset)), label_size_(spec.label_size),
        labelled_(labelled) {
    source = dataset_->source();
    description =
        fmt::format("{} {} in {}", count(), source.unit(), source.place);
  }
  int64_t count() const override { return dataset_->count(); }
  std::string name(int64_t sample) const override {
    return dataset_->is_ordered() ? std::to_string(sample)
                                  : dataset_->name(sample);
  }
  const int32_t *labels(int64_t sample) const override {
    return labelled_ ? dataset_->labels().data() + sample * label_size_
                     : nullptr;
  }
  std::vector<std::string> read(int64_t first, int n, float *images) override {
    std::vector<int64_t> samples(static_cast<size_t>(n));
    std::iota(samples.begin(), samples.end(), first);
    std::vector<int32_t> ignored(samples.size() * size_t(label_size_));
    dataset_->read(samples.data(), n, images, ignored.data());
    return std::vector<std::string>(samples.size());
  }

private:
  std::unique_ptr<Dataset> dataset_;
  int64_t label_size_;
  bool labelled_;
};

void add_pictures(const std::string &path, const ListColumns &columns,
                  std::vector<std::string> &pictures) {
  auto add = [&](const std::vector<std::string> &more) {
    pictures.insert(pictures.end(), more.begin(), more.end());
  };
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (is_picture_list(path))
      add(read_picture_list(path, columns));
    else
      pictures.push_back(path);
    return;
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

bool is_npy_file(const std::string &path) {
  std::error_code error;
  return fs::path(path).extension() == ".npy" &&
         fs::is_regular_file(path, error);
}

// A set with labels. Throws Error for what is none.
std::unique_ptr<PredictSamples> open_set(const std::string &path,
                                         DatasetSpec spec) {
  const std::string place = data_path(path, spec);
  const Reader &reader = find_reader(place, spec);
  if (!reader.find_pictures)
    return std::make_unique<ArraySamples>(open_dataset(path, spec, Part::Test),
                                          spec, true);
  spec.unreadable = Unreadable::Check; // damaged files are listed, too
  PictureFiles pictures = reader.find_pictures(place, spec, Part::Test);
  auto samples = std::make_unique<PictureSamples>(std::move(pictures), spec);
  samples->description =
      fmt::format("{} pictures in {}", samples->count(), samples->source.place);
  return samples;
}

} // namespace

std::unique_ptr<PredictSamples>
open_pictures(const std::vector<std::string> &paths, const DatasetSpec &spec) {
  if (spec.rank == 1)
    fail("the model's input is {}, not a picture; predict --data takes tables "
         "and arrays",
         spec.shape());
  PictureFiles pictures;
  pictures.source.is_pictures = true;
  for (const std::string &path : paths) {
    if (is_number_table(path, spec))
      fail("{0}: is a table of numbers, not of pictures: predict --data {0}",
           path);
    add_pictures(path, spec.columns, pictures.files);
  }
  return std::make_unique<PictureSamples>(std::move(pictures), spec);
}

std::unique_ptr<PredictSamples>
open_samples(const std::string &path, const DatasetSpec &spec, bool labelled) {
  std::error_code error;
  if (!fs::exists(path, error))
    fail("{}: no such file or folder", path);
  if (is_npy_file(path)) {
    if (labelled)
      fail("{}: has no labels; --labels needs a folder with images and labels, "
           "or an .npz file of them",
           path);
    return std::make_unique<ArraySamples>(open_npy_images(path, spec), spec,
                                          false);
  }
  if (labelled)
    return open_set(path, spec);
  if (const std::string place = data_path(path, spec);
      is_number_table(place, spec))
    return std::make_unique<ArraySamples>(open_numbers(place, spec), spec,
                                          false);
  try {
    return open_set(path, spec);
  } catch (const Error &) {
    // Pictures without labels, or with others than the model's, are none the
    // worse for that.
    const bool may_be_pictures = fs::is_directory(path, error)
                                     ? holds_pictures_below(path)
                                     : !is_zip_file(path);
    if (!may_be_pictures)
      throw;
    std::unique_ptr<PredictSamples> pictures = open_pictures({path}, spec);
    pictures->source.place = path;
    pictures->description =
        fmt::format("{} pictures in {}", pictures->count(), path);
    return pictures;
  }
}

} // namespace lathe
