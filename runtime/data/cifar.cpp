// cifar.cpp: CIFAR-10's binary version
// (https://www.cs.toronto.edu/~kriz/cifar.html): records of one label byte and
// 3072 bytes, a 32x32 plane for each of red, green and blue.
#include "runtime/data/input_file.h"
#include "runtime/data/readers.h"

#include <algorithm>
#include <filesystem>

namespace lathe {

namespace {

constexpr int64_t side = 32;
constexpr int64_t plane = side * side;
constexpr size_t record_size = 1 + 3 * plane;

bool starts_with(const std::string &text, const char *prefix) {
  return text.rfind(prefix, 0) == 0;
}

bool ends_with(const std::string &text, const std::string &suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

// Sorted, so that a sample's number does not depend on the file system.
std::vector<std::string> find_batches(const std::string &folder, Part part) {
  const char *prefix = part == Part::Train ? "data_batch" : "test_batch";
  std::vector<std::string> paths;
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    std::string name = entry.path().filename().string();
    if (starts_with(name, prefix) &&
        (ends_with(name, ".bin") || ends_with(name, ".bin.gz")))
      paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void read_batch(const std::string &path, const DatasetSpec &spec,
                std::vector<uint8_t> &images, std::vector<int32_t> &labels) {
  InputFile file(path);
  std::vector<uint8_t> record(record_size);
  for (int64_t row = 0;; ++row) {
    uint64_t begin = file.offset();
    size_t got = file.read_some(record.data(), record_size);
    if (got == 0)
      return;
    if (got < record_size)
      file.fail_at(file.offset(), fmt::format("the file ends inside of record "
                                              "{}; records have {} bytes",
                                              row, record_size));
    if (record[0] >= spec.classes)
      file.fail_at(begin, fmt::format("label {} of record {}, but the model "
                                      "has {} classes",
                                      record[0], row, spec.classes));
    labels.push_back(record[0]);
    for (int64_t pixel = 0; pixel < plane; ++pixel)
      for (int64_t channel = 0; channel < 3; ++channel)
        images.push_back(record[size_t(1 + channel * plane + pixel)]);
  }
}

std::unique_ptr<Dataset> open_cifar(const std::string &folder,
                                    const DatasetSpec &spec, Part part) {
  if (!spec.fits({side, side, 3}))
    fail("{}: CIFAR images are 32x32x3, the model's input is {}", folder,
         spec.shape());
  std::vector<std::string> batches = find_batches(folder, part);
  if (batches.empty())
    fail("{}: {} is missing", folder,
         part == Part::Train ? "data_batch_1.bin[.gz]" : "test_batch.bin[.gz]");
  std::vector<uint8_t> images;
  std::vector<int32_t> labels;
  for (const std::string &path : batches)
    read_batch(path, spec, images, labels);
  return std::make_unique<ByteDataset>(spec.image_size(), std::move(images),
                                       std::move(labels));
}

bool has_part(const std::string &folder, const DatasetSpec &, Part part) {
  return part != Part::Validation && !find_batches(folder, part).empty();
}

bool is_cifar(const std::string &folder) {
  return !find_batches(folder, Part::Train).empty() ||
         !find_batches(folder, Part::Test).empty();
}

} // namespace

const Reader cifar_reader = {"cifar10",
                             "data_batch_*.bin[.gz] and test_batch.bin[.gz]",
                             is_cifar, has_part, open_cifar};

} // namespace lathe
