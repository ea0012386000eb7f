// image_folder.cpp: the pictures of class folders, decoded when they are
// wanted.
#include "runtime/data/class_folders.h"
#include "runtime/data/image_file.h"
#include "runtime/data/readers.h"
#include "runtime/error.h"

#include <algorithm>
#include <cstdlib>

namespace lathe {

namespace {

// Decoded images are kept up to this size; beyond it, files are decoded anew in
// every epoch.
constexpr int64_t largest_cache = int64_t(4) << 30;

class ImageFolder : public Dataset {
public:
  ImageFolder(ClassFolders classes, const DatasetSpec &spec)
      : spec_(spec), files_(std::move(classes.files)),
        names_(std::move(classes.names)), labels_(std::move(classes.labels)),
        decoded_(files_.size()) {
    source_ = std::move(classes.source);
    // calloc: pages that no image is in yet cost nothing.
    if (count() * spec.image_size() <= largest_cache)
      cache_.reset(static_cast<uint8_t *>(
          std::calloc(files_.size(), size_t(spec.image_size()))));
  }

  int64_t count() const override { return int64_t(files_.size()); }
  const std::vector<int32_t> &labels() const override { return labels_; }
  std::string name(int64_t sample) const override {
    return names_[size_t(sample)];
  }

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
  std::vector<std::string> files_, names_;
  std::vector<int32_t> labels_;
  std::vector<uint8_t> decoded_; // 1: in the cache; not vector<bool>: tasks
                                 // write neighbours at the same time
  std::unique_ptr<uint8_t, void (*)(void *)> cache_{nullptr, std::free};
};

std::unique_ptr<Dataset> open_image_folder(const std::string &folder,
                                           const DatasetSpec &spec, Part part) {
  return std::make_unique<ImageFolder>(find_class_folders(folder, spec, part),
                                       spec);
}

} // namespace

const Reader image_folder_reader = {"folders",
                                    "a folder of pictures for each class",
                                    has_class_folders, open_image_folder};

} // namespace lathe
