// npy.cpp: pairs of NumPy arrays: images [count, height, width(, channels)] or
// rows [count, numbers] of uint8, float32 or float64, and labels: class numbers
// [count] or [count, 1], or one-hot rows [count, classes], of any type of
// number. They lie in .npy files or in an .npz file. Sample weights, for data
// of any format, are such an array too.
#include "runtime/data/class_names.h"
#include "runtime/data/npy_array.h"
#include "runtime/data/readers.h"
#include "runtime/data/zip_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

namespace lathe {

namespace {

namespace fs = std::filesystem;

// A class number, or a 0 or 1.
int32_t whole_number(const NpyArray &array, int64_t i, int64_t row) {
  const double value = array.number(i);
  if (value != std::floor(value))
    array.fail_element(i, fmt::format("label {} of row {} is not a whole "
                                      "number",
                                      value, row));
  return int32_t(std::clamp(value, double(INT32_MIN), double(INT32_MAX)));
}

std::vector<int32_t> class_numbers(const NpyArray &array, int32_t classes) {
  std::vector<int32_t> labels;
  for (int64_t row = 0; row < array.shape[0]; ++row) {
    labels.push_back(whole_number(array, row, row));
    if (labels.back() < 0 || labels.back() >= classes)
      array.fail_element(row,
                         fmt::format("label {} of row {}, but the model has {} "
                                     "classes",
                                     labels.back(), row, classes));
  }
  return labels;
}

// As Keras's categorical_crossentropy takes them.
std::vector<int32_t> one_hot_classes(const NpyArray &array, int32_t classes) {
  std::vector<int32_t> labels;
  for (int64_t row = 0; row < array.shape[0]; ++row) {
    int32_t ones = 0, zeros = 0, label = 0;
    for (int32_t c = 0; c < classes; ++c) {
      const double value = array.number(row * classes + c);
      ones += value == 1;
      zeros += value == 0;
      if (value == 1)
        label = c;
    }
    if (ones != 1 || zeros != classes - 1)
      array.fail_element(row * classes,
                         fmt::format("row {} is not one 1 among zeros; other "
                                     "shares of classes are not supported",
                                     row));
    labels.push_back(label);
  }
  return labels;
}

// 0 or 1 for each of several outputs.
std::vector<int32_t> several_labels(const NpyArray &array, int64_t size) {
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < array.shape[0] * size; ++i) {
    labels.push_back(whole_number(array, i, i / size));
    if (labels.back() != 0 && labels.back() != 1)
      array.fail_element(i, fmt::format("label {} of row {}, but the model's "
                                        "are 0 and 1",
                                        labels.back(), i / size));
  }
  return labels;
}

std::vector<int32_t> read_labels(const NpyArray &array, const DatasetSpec &spec,
                                 int64_t count) {
  const std::vector<int64_t> &shape = array.shape;
  const int64_t columns = shape.size() == 2 ? shape[1] : 1;
  const bool right_count =
      (shape.size() == 1 || shape.size() == 2) && shape[0] == count;
  if (array.kind == 'f' && array.width == 2)
    array.fail_header("labels are float16; save labels.astype('int32')");
  if (right_count && spec.label_size != 1 && columns == spec.label_size)
    return several_labels(array, columns);
  if (right_count && spec.label_size == 1 && columns == 1)
    return class_numbers(array, spec.classes);
  if (right_count && spec.label_size == 1 && columns == spec.classes)
    return one_hot_classes(array, spec.classes);
  array.fail_header(fmt::format(
      "expected {} labels, {} for each image{}; the array's shape is ({})",
      count * spec.label_size,
      spec.label_size == 1 ? "one" : std::to_string(spec.label_size),
      spec.label_size == 1
          ? fmt::format(", or {} rows of {}", count, spec.classes)
          : "",
      fmt::join(shape, ", ")));
}

class NpyDataset : public Dataset {
public:
  NpyDataset(Source source, const DatasetSpec &spec, NpyArray images,
             std::vector<int32_t> labels)
      : Dataset(spec.image_size()), label_size_(spec.label_size),
        images_(std::move(images)), labels_(std::move(labels)) {
    source_ = std::move(source);
  }
  int64_t count() const override {
    return int64_t(labels_.size()) / label_size_;
  }
  const std::vector<int32_t> &labels() const override { return labels_; }
  int32_t image_type() const override {
    return images_.width == 1 ? LATHE_U8 : LATHE_F32;
  }
  void gather(const int64_t *samples, int n, void *images,
              int32_t *labels) override {
    // Doubles become floats, the other types remain what they are.
    const int64_t size = image_size_ * std::min(images_.width, 4);
    for (int i = 0; i < n; ++i) {
      uint8_t *image = static_cast<uint8_t *>(images) + i * size;
      if (images_.width == 8)
        for (int64_t j = 0; j < image_size_; ++j) {
          const auto value =
              float(images_.get<double>(samples[i] * image_size_ + j));
          std::memcpy(image + j * 4, &value, sizeof(value));
        }
      else
        std::memcpy(image, images_.data.data() + samples[i] * size,
                    size_t(size));
      std::copy_n(labels_.begin() + samples[i] * label_size_, label_size_,
                  labels + i * label_size_);
    }
  }

private:
  int64_t label_size_;
  NpyArray images_;
  std::vector<int32_t> labels_;
};

struct Pair {
  const char *images, *labels;
  bool is_whole = false;
};
constexpr Pair train_pairs[] = {{"train_images.npy", "train_labels.npy"},
                                {"x_train.npy", "y_train.npy"},
                                {"images.npy", "labels.npy", true},
                                {"x.npy", "y.npy", true}};
constexpr Pair test_pairs[] = {{"test_images.npy", "test_labels.npy"},
                               {"x_test.npy", "y_test.npy"},
                               {"images.npy", "labels.npy", true},
                               {"x.npy", "y.npy", true}};

// A pair of arrays, where it was found.
struct FoundPair {
  std::string folder; // or the path of an .npz file
  const Pair *pair = nullptr;
  explicit operator bool() const { return pair; }

  NpyArray read(const char *name) const {
    InputFile file = is_zip_file(folder)
                         ? InputFile(open_zip_member(folder, name))
                         : InputFile(folder + "/" + name);
    return read_npy(file);
  }
};

// The folder itself, and the .npz files in it, sorted; or an .npz file alone.
std::vector<std::string> places(const std::string &path) {
  std::vector<std::string> result = {path};
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error))
    if (entry->path().extension() == ".npz")
      result.push_back(entry->path().string());
  std::sort(result.begin(), result.end());
  return result;
}

FoundPair find_pair(const std::string &path, Part part) {
  for (const std::string &place : places(path)) {
    const std::vector<std::string> members = zip_members(place);
    for (const Pair &pair : part == Part::Train ? train_pairs : test_pairs)
      if (!find_file(place, {pair.images}).empty() ||
          std::find(members.begin(), members.end(), pair.images) !=
              members.end())
        return {place, &pair};
  }
  return {};
}

void check_images(const NpyArray &images, const DatasetSpec &spec) {
  const std::vector<int64_t> &shape = images.shape;
  if (shape.empty() || !spec.fits({shape.begin() + 1, shape.end()}))
    images.fail_header(
        fmt::format("the array's shape is ({}), the model's input is {}",
                    fmt::join(shape, ", "), spec.shape()));
  bool is_byte = images.kind == 'u' && images.width == 1;
  bool is_float = images.kind == 'f' && images.width >= 4;
  if (!is_byte && !is_float)
    images.fail_header(fmt::format(
        "images must be uint8, float32 or float64, and these are {}; save "
        "images.astype('float32')",
        images.type()));
}

std::unique_ptr<Dataset> open_npy(const std::string &path,
                                  const DatasetSpec &spec, Part part) {
  const FoundPair found = find_pair(path, part);
  if (!found)
    fail("{}: {} is missing{}", path,
         part == Part::Train ? "x_train.npy" : "x_test.npy",
         is_zip_file(path)
             ? fmt::format("; it holds {}", list_names(zip_members(path)))
             : "");
  NpyArray images = found.read(found.pair->images);
  check_images(images, spec);
  std::vector<int32_t> labels =
      read_labels(found.read(found.pair->labels), spec, images.shape[0]);
  Source source;
  source.place = found.folder;
  source.is_whole = found.pair->is_whole;
  return std::make_unique<NpyDataset>(std::move(source), spec,
                                      std::move(images), std::move(labels));
}

bool has_part(const std::string &path, const DatasetSpec &, Part part) {
  const FoundPair found = find_pair(path, part);
  return part != Part::Validation && found &&
         (part == Part::Train || !found.pair->is_whole);
}

bool is_npy(const std::string &path) {
  return is_zip_file(path) || find_pair(path, Part::Train) ||
         find_pair(path, Part::Test);
}

} // namespace

std::unique_ptr<Dataset> open_npy_images(const std::string &path,
                                         const DatasetSpec &spec) {
  InputFile file(path);
  NpyArray images = read_npy(file);
  check_images(images, spec);
  Source source;
  source.place = path;
  source.is_whole = true;
  const auto labels = size_t(images.shape[0] * spec.label_size);
  return std::make_unique<NpyDataset>(
      std::move(source), spec, std::move(images), std::vector<int32_t>(labels));
}

std::vector<float> read_sample_weights(const std::string &path, int64_t count,
                                       const lathe_model &model) {
  if (!model.train_step_weighted)
    fail("--sample-weights: this model takes none; compile it with "
         "`sample_weight: true` under `fit`");
  InputFile file(path);
  NpyArray array = read_npy(file);
  if (array.kind != 'f' || array.width < 4)
    array.fail_header("sample weights must be float32 or float64");
  if (array.shape != std::vector<int64_t>{count})
    array.fail_header(
        fmt::format("the array's shape is ({}), but the data have {} samples",
                    fmt::join(array.shape, ", "), count));
  std::vector<float> weights;
  for (int64_t i = 0; i < count; ++i) {
    weights.push_back(float(array.number(i)));
    if (!(weights.back() >= 0) || !std::isfinite(weights.back()))
      array.fail_element(i, fmt::format("the weight of sample {} is {}, but "
                                        "must be finite and at least 0",
                                        i, weights.back()));
  }
  return weights;
}

const Reader npy_reader = {"npy",
                           "x_train.npy and y_train.npy, x.npy and y.npy, or "
                           "images.npy and labels.npy, as files or in an .npz "
                           "file",
                           is_npy,
                           has_part,
                           open_npy,
                           nullptr,
                           /*gives_several_labels=*/true};

} // namespace lathe
