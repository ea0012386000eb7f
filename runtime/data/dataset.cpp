// dataset.cpp: finds the reader; what all readers share.
#include "runtime/data/dataset.h"

#include "runtime/data/class_folders.h"
#include "runtime/data/class_names.h"
#include "runtime/data/data_section.h"
#include "runtime/data/number_table.h"
#include "runtime/data/picture_list.h"
#include "runtime/data/readers.h"
#include "runtime/data/zip_file.h"
#include "runtime/error.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

namespace lathe {

namespace fs = std::filesystem;

std::string DatasetSpec::shape() const {
  if (rank == 1)
    return fmt::format("{} numbers", channels);
  return fmt::format("{}x{}x{}", height, width, channels);
}

bool DatasetSpec::fits(const std::vector<int64_t> &shape) const {
  if (rank == 1)
    return std::accumulate(shape.begin(), shape.end(), int64_t(1),
                           std::multiplies<>()) == channels;
  auto stripped = [](std::vector<int64_t> extents) {
    while (!extents.empty() && extents.back() == 1)
      extents.pop_back();
    return extents;
  };
  return stripped(shape) == stripped({height, width, channels});
}

DatasetSpec dataset_spec(const lathe_model &model) {
  if (model.input_rank < 1 || model.input_rank > 3)
    fail("the model's input has {} dimensions: files hold rows of numbers, or "
         "images",
         model.input_rank);
  DatasetSpec spec;
  spec.rank = model.input_rank;
  const int64_t *shape = model.input_shape;
  spec.height = spec.rank == 1 ? 1 : shape[0];
  spec.width = spec.rank == 1 ? 1 : shape[1];
  spec.channels = spec.rank == 2 ? 1 : shape[spec.rank - 1];
  spec.classes = model.classes;
  spec.label_size = model.label_size;
  if (model.class_names)
    spec.class_names.assign(model.class_names,
                            model.class_names + model.classes);
  const DataSection section = data_section(model);
  spec.format = section.format;
  spec.csv = section.csv;
  spec.columns = section.columns;
  spec.pictures.exif = section.exif.value_or(true);
  spec.pictures.background = section.background.value_or(std::nullopt);
  spec.pictures.resize = section.resize.value_or(ResizeRule());
  if (section.on_error == "skip")
    spec.unreadable = Unreadable::Skip;
  return spec;
}

// Throws Error where the reader does not give what the model takes.
static void check_reader(const Reader &reader, const std::string &folder,
                         const DatasetSpec &spec) {
  if (spec.rank == 1 && reader.find_pictures)
    fail("{}: holds pictures, but the model's input is {}; give it an input of "
         "{{shape: [height, width, 3]}} and a Flatten",
         folder, spec.shape());
  if (spec.label_size != 1 && !reader.gives_several_labels)
    fail("{}: this model has {} labels for each sample, which only .npy files "
         "and tables give",
         folder, spec.label_size);
}

const Reader &find_reader(const std::string &folder, const DatasetSpec &spec) {
  std::error_code error;
  if (!fs::exists(folder, error))
    fail("{}: no such folder", folder);
  const bool is_folder = fs::is_directory(folder, error);
  if (!is_folder && !is_picture_table(folder) && !is_zip_file(folder))
    fail("{}: is neither a folder, nor a .csv or .tsv table, nor an .npz file",
         folder);

  std::vector<const Reader *> readers = {is_number_table(folder, spec)
                                             ? &number_table_reader
                                             : &picture_table_reader,
                                         &npy_reader};
  if (is_folder)
    readers = {&idx_reader, &cifar_reader, &npy_reader, &image_folder_reader};
  // The format that the model names is tried first.
  std::stable_partition(
      readers.begin(), readers.end(),
      [&](const Reader *reader) { return spec.format == reader->format; });
  std::string looked_for;
  for (const Reader *reader : readers) {
    if (reader->recognises(folder)) {
      check_reader(*reader, folder, spec);
      return *reader;
    }
    looked_for += fmt::format("\n  {}: {}", reader->format, reader->looked_for);
  }
  fail("{}: no data found; looked for{}", folder, looked_for);
}

std::string data_path(const std::string &folder, const DatasetSpec &spec) {
  std::error_code error;
  if (spec.csv.empty() || !fs::is_directory(folder, error))
    return folder;
  const std::string table = (fs::path(folder) / spec.csv).string();
  if (!fs::is_regular_file(table, error))
    fail("{}: there is no {} in it, which the model's `data: {{csv: {}}}` "
         "names; --data may name a table instead",
         folder, spec.csv, spec.csv);
  return table;
}

const char *name_of(Part part) {
  return part == Part::Train        ? "train"
         : part == Part::Validation ? "validation"
                                    : "test";
}

bool has_own_part(const std::string &folder, const DatasetSpec &spec,
                  Part part) {
  const std::string path = data_path(folder, spec);
  return find_reader(path, spec).has_part(path, spec, part);
}

// Arrays have numbers as labels; what they mean, a list beside them may say.
static void name_classes(Source &source, const DatasetSpec &spec) {
  std::error_code error;
  const fs::path place = source.place; // a folder, or an .npz file
  const fs::path folder =
      fs::is_directory(place, error) ? place : place.parent_path();
  const ClassNames listed = read_class_list(folder.string(), spec.classes);
  if (listed.empty())
    return;
  if (spec.class_names.empty())
    source.class_names = listed;
  else if (listed != spec.class_names &&
           std::is_permutation(listed.begin(), listed.end(),
                               spec.class_names.begin(),
                               spec.class_names.end()))
    fail("{}: lists the model's classes in another order: {} there, {} in the "
         "model",
         source.place, list_names(listed), list_names(spec.class_names));
}

std::unique_ptr<Dataset> open_dataset(const std::string &data,
                                      const DatasetSpec &spec, Part part) {
  const std::string folder = data_path(data, spec);
  std::unique_ptr<Dataset> dataset =
      find_reader(folder, spec).open(folder, spec, part);
  if (dataset->count() == 0)
    fail("{}: holds no samples", folder);
  Source &source = dataset->source_;
  if (source.place.empty())
    source.place = folder;
  if (dataset->is_ordered())
    name_classes(source, spec);
  return dataset;
}

std::string describe(const Dataset &dataset, const DatasetSpec &spec) {
  const Source &source = dataset.source();
  return fmt::format("{} {} of {} classes in {}", dataset.count(),
                     source.unit(), spec.classes, source.place);
}

std::string find_file(const std::string &folder,
                      const std::vector<std::string> &names) {
  std::error_code error;
  for (const std::string &name : names)
    if (fs::is_regular_file(fs::path(folder) / name, error))
      return (fs::path(folder) / name).string();
  return "";
}

void Dataset::read(const int64_t *samples, int n, float *images,
                   int32_t *labels) {
  if (image_type() == LATHE_F32)
    return gather(samples, n, images, labels);
  std::vector<uint8_t> bytes(size_t(n * image_size_));
  gather(samples, n, bytes.data(), labels);
  std::copy(bytes.begin(), bytes.end(), images);
}

void ByteDataset::gather(const int64_t *samples, int n, void *images,
                         int32_t *labels) {
  for (int i = 0; i < n; ++i) {
    std::copy_n(images_.data() + samples[i] * image_size_, image_size_,
                static_cast<uint8_t *>(images) + i * image_size_);
    labels[i] = labels_[size_t(samples[i])];
  }
}

DatasetView::DatasetView(Dataset &dataset, std::vector<int64_t> samples,
                         const std::vector<float> &weights)
    : dataset_(dataset), samples_(std::move(samples)), view_() {
  if (!weights.empty()) {
    for (int64_t sample : samples_)
      weights_.push_back(weights[size_t(sample)]);
    view_.sample_weights = weights_.data();
  }
  // One to a sample: what balances classes.
  if (dataset.labels().size() == size_t(dataset.count())) {
    for (int64_t sample : samples_)
      labels_.push_back(dataset.labels()[size_t(sample)]);
    view_.labels = labels_.data();
  }
  view_.count = int64_t(samples_.size());
  view_.context = this;
  view_.image_type = dataset.image_type();
  view_.get_batch = [](void *context, const int64_t *samples, int n,
                       void *images, int32_t *labels) {
    auto *self = static_cast<DatasetView *>(context);
    try {
      self->dataset_.gather(self->numbers_of(samples, n).data(), n, images,
                            labels);
      return 0;
    } catch (...) { // must not pass through the artifact's C frames
      self->error = std::current_exception();
      return 1;
    }
  };
  view_.announce = [](void *context, const int64_t *samples, int n) {
    auto *self = static_cast<DatasetView *>(context);
    try {
      self->dataset_.announce(self->numbers_of(samples, n).data(), n);
    } catch (...) { // get_batch will meet it again
    }
  };
}

std::vector<int64_t> DatasetView::numbers_of(const int64_t *samples,
                                             int n) const {
  std::vector<int64_t> numbers;
  for (int i = 0; i < n; ++i)
    numbers.push_back(samples_[size_t(samples[i])]);
  return numbers;
}

std::vector<float> sample_weights(const std::string &path,
                                  const Dataset &dataset,
                                  const lathe_model &model) {
  if (!path.empty() && !dataset.weights().empty())
    fail("--sample-weights and --weight-column: only one of them can say what "
         "samples count");
  if (!path.empty())
    return read_sample_weights(path, dataset.count(), model);
  if (!dataset.weights().empty() && !model.train_step_weighted)
    fail("--weight-column: this model takes no sample weights; compile it with "
         "`sample_weight: true` under `fit`");
  return dataset.weights();
}

std::vector<int64_t> all_samples(const Dataset &dataset) {
  std::vector<int64_t> samples(size_t(dataset.count()));
  std::iota(samples.begin(), samples.end(), int64_t(0));
  return samples;
}

} // namespace lathe
