// image_folder.cpp: a folder for each class, with JPEG and PNG files in it;
// train and test parts in folders of their own, or one part for all.
#include "runtime/data/image_file.h"
#include "runtime/data/readers.h"
#include "runtime/error.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>

namespace lathe {

namespace {

namespace fs = std::filesystem;

// Decoded images are kept up to this size; beyond it, files are decoded anew in
// every epoch.
constexpr int64_t largest_cache = int64_t(4) << 30;

// Sorted, so that a sample's number does not depend on the file system.
std::vector<fs::path> entries(const fs::path &folder, bool folders) {
  std::vector<fs::path> result;
  std::error_code error;
  for (const auto &entry : fs::directory_iterator(folder, error)) {
    bool wanted = folders ? entry.is_directory(error)
                          : entry.is_regular_file(error) &&
                                is_image_file(entry.path().filename().string());
    if (wanted && entry.path().filename().string()[0] != '.')
      result.push_back(entry.path());
  }
  if (error)
    fail("{}: {}", folder.string(), error.message());
  std::sort(result.begin(), result.end());
  return result;
}

// The part's folder, in any case of letters; the folder itself without parts.
fs::path part_folder(const fs::path &folder, Part part) {
  std::vector<std::string> names = {"train", "training"};
  if (part == Part::Test)
    names = {"test", "testing", "val", "validation", "valid"};
  for (const std::string &name : names) {
    for (const fs::path &path : entries(folder, true)) {
      std::string lower;
      for (char c : path.filename().string())
        lower += char(std::tolower(static_cast<unsigned char>(c)));
      if (lower == name)
        return path;
    }
  }
  return folder;
}

bool holds_classes(const fs::path &folder) {
  for (const fs::path &path : entries(folder, true))
    if (!entries(path, false).empty())
      return true;
  return false;
}

class ImageFolder : public Dataset {
public:
  ImageFolder(const fs::path &folder, const DatasetSpec &spec) : spec_(spec) {
    std::vector<fs::path> folders = class_folders(folder);
    for (size_t label = 0; label < folders.size(); ++label) {
      for (const fs::path &path : entries(folders[label], false)) {
        files_.push_back(path.string());
        labels_.push_back(int32_t(label));
      }
    }
    decoded_.resize(files_.size());
    // calloc: pages that no image is in yet cost nothing.
    if (count() * spec.image_size() <= largest_cache)
      cache_.reset(static_cast<uint8_t *>(
          std::calloc(files_.size(), size_t(spec.image_size()))));
  }

  int64_t count() const override { return int64_t(files_.size()); }

  void read(const int64_t *samples, int n, float *images,
            int32_t *labels) override {
    // One task for each sample, which writes only what is its own; so a batch
    // that names a sample twice is read serially.
    Batch batch = {this, samples, images, std::vector<std::string>(size_t(n))};
    std::vector<int64_t> sorted(samples, samples + n);
    std::sort(sorted.begin(), sorted.end());
    bool distinct =
        std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
    if (lathe_parallel_for && distinct)
      lathe_parallel_for(read_one, &batch, 0, n);
    else
      for (int i = 0; i < n; ++i)
        read_one(&batch, i);
    for (const std::string &error : batch.errors)
      if (!error.empty())
        throw Error(error);
    for (int i = 0; i < n; ++i)
      labels[i] = labels_[size_t(samples[i])];
  }

private:
  struct Batch {
    ImageFolder *folder;
    const int64_t *samples;
    float *images;
    std::vector<std::string> errors;
  };

  // In the order of the model's class names, or else sorted.
  std::vector<fs::path> class_folders(const fs::path &folder) const {
    std::vector<fs::path> found = entries(folder, true);
    if (int64_t(found.size()) != spec_.classes)
      fail("{}: {} folders, but the model has {} classes", folder.string(),
           found.size(), spec_.classes);
    std::vector<fs::path> ordered;
    for (const std::string &name : spec_.class_names)
      for (const fs::path &path : found)
        if (path.filename().string() == name)
          ordered.push_back(path);
    if (ordered.size() == found.size())
      return ordered;
    if (!spec_.class_names.empty())
      fail("{}: the folders are not named as the model's classes ({})",
           folder.string(), fmt::join(spec_.class_names, ", "));
    return found;
  }

  static int read_one(void *context, int i) {
    auto *batch = static_cast<Batch *>(context);
    ImageFolder &self = *batch->folder;
    try {
      size_t sample = size_t(batch->samples[i]);
      size_t size = size_t(self.spec_.image_size());
      std::vector<uint8_t> pixels;
      uint8_t *image;
      if (self.cache_) {
        image = self.cache_.get() + sample * size;
      } else {
        pixels.resize(size);
        image = pixels.data();
      }
      if (!self.cache_ || !self.decoded_[sample])
        read_image(self.files_[sample], self.spec_.height, self.spec_.width,
                   self.spec_.channels, image);
      self.decoded_[sample] = 1;
      std::copy(image, image + size, batch->images + size_t(i) * size);
    } catch (const std::exception &error) {
      batch->errors[size_t(i)] = error.what();
    }
    return 0;
  }

  DatasetSpec spec_;
  std::vector<std::string> files_;
  std::vector<int32_t> labels_;
  std::vector<uint8_t> decoded_; // 1: in the cache; not vector<bool>: tasks
                                 // write neighbours at the same time
  std::unique_ptr<uint8_t, void (*)(void *)> cache_{nullptr, std::free};
};

std::unique_ptr<Dataset> open_image_folder(const std::string &folder,
                                           const DatasetSpec &spec, Part part) {
  return std::make_unique<ImageFolder>(part_folder(folder, part), spec);
}

bool is_image_folder(const std::string &folder) {
  return holds_classes(part_folder(folder, Part::Train)) ||
         holds_classes(part_folder(folder, Part::Test));
}

} // namespace

const Reader image_folder_reader = {
    "folders", "a folder of .jpg, .jpeg and .png files for each class",
    is_image_folder, open_image_folder};

} // namespace lathe
