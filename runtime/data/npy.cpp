// npy.cpp: a pair of .npy arrays (numpy.lib.format): images
// [count, height, width(, channels)] of uint8, float32 or float64, and class
// numbers [count] or [count, 1] of any integer type. Sample weights, for data
// of any format, are such an array too.
#include "runtime/data/input_file.h"
#include "runtime/data/readers.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace lathe {

namespace {

struct Array {
  std::string path;
  char kind; // 'u', 'i' or 'f'
  int width; // bytes of an element
  std::vector<int64_t> shape;
  uint64_t data_offset; // in the file
  std::vector<uint8_t> data;

  template <typename T>
  T get(int64_t i) const {
    T value;
    std::memcpy(&value, data.data() + size_t(i) * sizeof(T), sizeof(T));
    return value;
  }
};

// The text after `'key':` in the header's Python dictionary.
std::string value_of(const InputFile &file, const std::string &header,
                     const char *key) {
  size_t begin = header.find(fmt::format("'{}'", key));
  if (begin != std::string::npos)
    begin = header.find(':', begin);
  if (begin == std::string::npos)
    file.fail_at(10, fmt::format("the header has no '{}'", key));
  begin = header.find_first_not_of(' ', begin + 1);
  return begin == std::string::npos ? "" : header.substr(begin);
}

std::vector<int64_t> parse_shape(const InputFile &file,
                                 const std::string &text) {
  std::vector<int64_t> shape;
  size_t i = 1;
  if (text.empty() || text[0] != '(')
    file.fail_at(10, "the header's shape is not a tuple");
  for (; i < text.size() && text[i] != ')'; ++i) {
    if (text[i] >= '0' && text[i] <= '9') {
      if (i == 1 || text[i - 1] < '0' || text[i - 1] > '9')
        shape.push_back(0);
      if (shape.back() > std::numeric_limits<int32_t>::max())
        file.fail_at(10, "a dimension in the header is too large");
      shape.back() = shape.back() * 10 + (text[i] - '0');
    } else if (text[i] != ',' && text[i] != ' ') {
      file.fail_at(10, "the header's shape is not a tuple of numbers");
    }
  }
  if (i == text.size())
    file.fail_at(10, "the header's shape is not closed");
  return shape;
}

std::string read_header(InputFile &file) {
  uint8_t start[8];
  file.read(start, 8, "the magic number");
  if (std::memcmp(start, "\x93NUMPY", 6) != 0)
    file.fail_at(0, "is not an .npy file");
  if (start[6] < 1 || start[6] > 3)
    file.fail_at(6, fmt::format("unknown .npy version {}", start[6]));
  uint8_t length[4] = {};
  file.read(length, start[6] == 1 ? 2 : 4, "the header's length");
  size_t size = size_t(length[0]) | size_t(length[1]) << 8 |
                size_t(length[2]) << 16 | size_t(length[3]) << 24;
  if (size > 1 << 16)
    file.fail_at(8, fmt::format("a header of {} bytes is too long", size));
  std::string header(size, '\0');
  file.read(&header[0], size, "the header");
  return header;
}

Array read_array(const std::string &path) {
  InputFile file(path);
  Array array;
  array.path = path;
  std::string header = read_header(file);
  std::string type = value_of(file, header, "descr").substr(0, 5);
  if (type.size() < 5 || (type[0] != '\'' && type[0] != '"') ||
      !std::strchr("<|", type[1]) || !std::strchr("uif", type[2]) ||
      !std::strchr("1248", type[3]) || type[4] != type[0])
    file.fail_at(10, "the element type is not a little-endian number");
  array.kind = type[2];
  array.width = type[3] - '0';
  if (value_of(file, header, "fortran_order").compare(0, 5, "False") != 0)
    file.fail_at(10, "the array is in Fortran order; save it with "
                     "numpy.ascontiguousarray");
  array.shape = parse_shape(file, value_of(file, header, "shape"));
  array.data_offset = file.offset();
  uint64_t bytes = uint64_t(array.width);
  for (int64_t size : array.shape)
    if (__builtin_mul_overflow(bytes, uint64_t(size), &bytes))
      file.fail_at(10, "the header's shape is too large");
  file.append(array.data, bytes, "elements");
  file.expect_end("the last element");
  return array;
}

int64_t label_at(const Array &array, int64_t i) {
  switch (array.width) {
  case 1:
    return array.kind == 'u' ? array.get<uint8_t>(i) : array.get<int8_t>(i);
  case 2:
    return array.kind == 'u' ? array.get<uint16_t>(i) : array.get<int16_t>(i);
  case 4:
    return array.kind == 'u' ? int64_t(array.get<uint32_t>(i))
                             : array.get<int32_t>(i);
  default:
    return array.get<int64_t>(i);
  }
}

std::vector<int32_t> read_labels(const std::string &path,
                                 const DatasetSpec &spec, int64_t count) {
  Array array = read_array(path);
  if (array.kind == 'f')
    fail("{}: byte 10: labels must be integers", path);
  const int64_t size = spec.label_size;
  bool matches = (array.shape.size() == 1 && size == 1) ||
                 (array.shape.size() == 2 && array.shape[1] == size);
  if (!matches || array.shape[0] != count)
    fail("{}: byte 10: expected {} labels, {} for each image", path,
         count * size, size == 1 ? "one" : std::to_string(size));
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < count * size; ++i) {
    int64_t label = label_at(array, i);
    if (size != 1 && label != 0 && label != 1)
      fail("{}: byte {}: label {} of row {}, but the model's are 0 and 1", path,
           array.data_offset + uint64_t(i * array.width), label, i / size);
    if (label < 0 || label >= spec.classes)
      fail("{}: byte {}: label {} of row {}, but the model has {} classes",
           path, array.data_offset + uint64_t(i * array.width), label, i,
           spec.classes);
    labels.push_back(int32_t(label));
  }
  return labels;
}

class NpyDataset : public Dataset {
public:
  NpyDataset(const DatasetSpec &spec, Array images, std::vector<int32_t> labels)
      : image_size_(spec.image_size()), label_size_(spec.label_size),
        images_(std::move(images)), labels_(std::move(labels)) {}
  int64_t count() const override {
    return int64_t(labels_.size()) / label_size_;
  }
  const std::vector<int32_t> &labels() const override { return labels_; }
  void read(const int64_t *samples, int n, float *images,
            int32_t *labels) override {
    for (int i = 0; i < n; ++i) {
      float *image = images + i * image_size_;
      int64_t first = samples[i] * image_size_;
      for (int64_t j = 0; j < image_size_; ++j)
        image[j] = images_.width == 1   ? float(images_.get<uint8_t>(first + j))
                   : images_.width == 4 ? images_.get<float>(first + j)
                                        : float(images_.get<double>(first + j));
      std::copy_n(labels_.begin() + samples[i] * label_size_, label_size_,
                  labels + i * label_size_);
    }
  }

private:
  int64_t image_size_, label_size_;
  Array images_;
  std::vector<int32_t> labels_;
};

struct Pair {
  const char *images, *labels;
};
constexpr Pair train_pairs[] = {{"train_images.npy", "train_labels.npy"},
                                {"x_train.npy", "y_train.npy"},
                                {"images.npy", "labels.npy"}};
constexpr Pair test_pairs[] = {{"test_images.npy", "test_labels.npy"},
                               {"x_test.npy", "y_test.npy"},
                               {"images.npy", "labels.npy"}};

const Pair *find_pair(const std::string &folder, Part part) {
  for (const Pair &pair : part == Part::Train ? train_pairs : test_pairs)
    if (!find_file(folder, {pair.images}).empty())
      return &pair;
  return nullptr;
}

std::unique_ptr<Dataset> open_npy(const std::string &folder,
                                  const DatasetSpec &spec, Part part) {
  const Pair *pair = find_pair(folder, part);
  if (!pair)
    fail("{}: {} is missing", folder,
         part == Part::Train ? "x_train.npy" : "x_test.npy");
  Array images = read_array(folder + "/" + pair->images);
  const std::vector<int64_t> &shape = images.shape;
  bool matches = (shape.size() == 3 || shape.size() == 4) &&
                 shape[1] == spec.height && shape[2] == spec.width &&
                 (shape.size() == 4 ? shape[3] : 1) == spec.channels;
  if (!matches)
    fail("{}: byte 10: the array's shape is ({}), the model's input is {}",
         images.path, fmt::join(shape, ", "), spec.shape());
  bool is_byte = images.kind == 'u' && images.width == 1;
  bool is_float = images.kind == 'f' && images.width >= 4;
  if (!is_byte && !is_float)
    fail("{}: byte 10: images must be uint8, float32 or float64", images.path);
  std::vector<int32_t> labels =
      read_labels(folder + "/" + pair->labels, spec, shape[0]);
  return std::make_unique<NpyDataset>(spec, std::move(images),
                                      std::move(labels));
}

bool is_npy(const std::string &folder) {
  return find_pair(folder, Part::Train) || find_pair(folder, Part::Test);
}

} // namespace

std::vector<float> read_sample_weights(const std::string &path, int64_t count,
                                       const lathe_model &model) {
  if (!model.train_step_weighted)
    fail("--sample-weights: this model takes none; compile it with "
         "`sample_weight: true` under `fit`");
  Array array = read_array(path);
  if (array.kind != 'f' || array.width < 4)
    fail("{}: byte 10: sample weights must be float32 or float64", path);
  if (array.shape != std::vector<int64_t>{count})
    fail("{}: byte 10: the array's shape is ({}), but the data have {} samples",
         path, fmt::join(array.shape, ", "), count);
  std::vector<float> weights;
  for (int64_t i = 0; i < count; ++i) {
    weights.push_back(array.width == 4 ? array.get<float>(i)
                                       : float(array.get<double>(i)));
    if (!(weights.back() >= 0) || !std::isfinite(weights.back()))
      fail("{}: byte {}: the weight of sample {} is {}, but must be finite and "
           "at least 0",
           path, array.data_offset + uint64_t(i * array.width), i,
           weights.back());
  }
  return weights;
}

const Reader npy_reader = {"npy",
                           "x_train.npy and y_train.npy, or images.npy and "
                           "labels.npy",
                           is_npy, open_npy};

} // namespace lathe
