// image_folder.cpp: picture files, in class folders or in a table, decoded when
// they are wanted.
#include "runtime/data/class_folders.h"
#include "runtime/data/image_file.h"
#include "runtime/data/picture_list.h"
#include "runtime/data/picture_readers.h"
#include "runtime/data/readers.h"
#include "runtime/error.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <numeric>

#include <unistd.h>

namespace lathe {

namespace {

// More pictures that cannot be read are not left out, but an error.
constexpr double most_skipped = 0.05;
constexpr size_t most_listed = 10;
constexpr int64_t checked_at_once = 1024;

// Of each of the samples, where it is named for the first time.
std::vector<int> first_places(const int64_t *samples, int n) {
  std::vector<int> places(static_cast<size_t>(n));
  std::iota(places.begin(), places.end(), 0);
  std::stable_sort(places.begin(), places.end(),
                   [&](int a, int b) { return samples[a] < samples[b]; });
  std::vector<int> first(static_cast<size_t>(n));
  for (size_t i = 0; i < places.size(); ++i)
    first[size_t(places[i])] = i && samples[places[i]] == samples[places[i - 1]]
                                   ? first[size_t(places[i - 1])]
                                   : places[i];
  return first;
}

class ImageFolder : public Dataset {
public:
  ImageFolder(PictureFiles pictures, const DatasetSpec &spec)
      : Dataset(spec.image_size()), spec_(spec),
        pictures_(std::move(pictures)) {
    source_ = std::move(pictures_.source);
    make_cache();
    if (spec.checks())
      check_all();
    if (spec.readers > 0)
      readers_ = std::make_unique<PictureReaders>(
          spec.readers, image_size_,
          [this](int64_t sample, uint8_t *pixels) { decode(sample, pixels); });
  }

  int64_t count() const override { return int64_t(pictures_.files.size()); }
  const std::vector<int32_t> &labels() const override {
    return pictures_.labels;
  }
  const std::vector<float> &weights() const override {
    return pictures_.weights;
  }
  std::string name(int64_t sample) const override {
    return pictures_.names[size_t(sample)];
  }
  std::string group(int64_t sample) const override {
    return pictures_.groups.empty() ? "" : pictures_.groups[size_t(sample)];
  }

  void gather(const int64_t *samples, int n, void *images,
              int32_t *labels) override {
    for (const std::string &error :
         read_images(samples, n, static_cast<uint8_t *>(images)))
      if (!error.empty())
        throw Error(error);
    const auto size = size_t(spec_.label_size);
    for (int i = 0; i < n; ++i)
      std::copy_n(pictures_.labels.begin() + samples[i] * spec_.label_size,
                  size, labels + size_t(i) * size);
  }

  void announce(const int64_t *samples, int n) override {
    if (!readers_)
      return;
    std::vector<int64_t> wanted;
    for (int i = 0; i < n; ++i)
      if (!decoded_[size_t(samples[i])])
        wanted.push_back(samples[i]);
    readers_->announce(wanted);
  }

private:
  struct Batch {
    ImageFolder *folder;
    const int64_t *samples;
    uint8_t *images; // or none, to see whether they can be read
    std::vector<std::string> errors;
    std::vector<int> first; // where each sample stands first: it is read once,
                            // so that tasks write only what is their own
  };

  void make_cache();

  void decode(int64_t sample, uint8_t *pixels) const {
    read_image(pictures_.files[size_t(sample)], spec_.height, spec_.width,
               spec_.channels, pixels, spec_.pictures);
  }

  // What was wrong with each; "" where nothing was.
  std::vector<std::string> read_images(const int64_t *samples, int n,
                                       uint8_t *images) {
    Batch batch = {this, samples, images, std::vector<std::string>(size_t(n)),
                   first_places(samples, n)};
    if (lathe_parallel_for)
      lathe_parallel_for(read_one, &batch, 0, n);
    else
      for (int i = 0; i < n; ++i)
        read_one(&batch, i);
    const int64_t size = image_size_;
    for (int i = 0; i < n; ++i)
      if (const int first = batch.first[size_t(i)]; first != i) {
        batch.errors[size_t(i)] = batch.errors[size_t(first)];
        if (images)
          std::copy_n(images + first * size, size, images + i * size);
      }
    return std::move(batch.errors);
  }

  static int read_one(void *context, int i) {
    auto *batch = static_cast<Batch *>(context);
    ImageFolder &self = *batch->folder;
    if (batch->first[size_t(i)] != i)
      return 0;
    try {
      const int64_t sample = batch->samples[i], size = self.image_size_;
      uint8_t *wanted = batch->images ? batch->images + i * size : nullptr;
      std::vector<uint8_t> unused;
      const bool is_kept = sample < self.kept_;
      uint8_t *image = is_kept ? self.cache_.get() + sample * size : wanted;
      if (!image) {
        unused.resize(size_t(size));
        image = unused.data();
      }
      if (!self.decoded_[size_t(sample)]) {
        if (!self.readers_ || !self.readers_->take(sample, image))
          self.decode(sample, image);
        self.decoded_[size_t(sample)] = is_kept;
      }
      if (wanted && wanted != image)
        std::copy_n(image, size, wanted);
    } catch (const std::exception &error) {
      batch->errors[size_t(i)] = error.what();
    }
    return 0;
  }

  void check_all();
  void leave_out(const std::vector<int64_t> &samples);

  DatasetSpec spec_;
  PictureFiles pictures_;
  int64_t kept_ = 0;             // the first ones are, once they are decoded
  std::vector<uint8_t> decoded_; // 1: in the cache; not vector<bool>: tasks
                                 // write neighbours at the same time
  std::unique_ptr<uint8_t, void (*)(void *)> cache_{nullptr, std::free};
  std::unique_ptr<PictureReaders> readers_; // ends before what it reads
};

int64_t free_memory() {
  const long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? int64_t(pages) * size : int64_t(1) << 30;
}

// As many as fit are kept; the others are decoded anew in every epoch.
void ImageFolder::make_cache() {
  const int64_t size = spec_.image_size();
  const int64_t room = spec_.cache >= 0 ? spec_.cache : free_memory() / 4;
  kept_ = std::min(count(), room / size);
  decoded_.assign(pictures_.files.size(), 0);
  // calloc: pages that no image is in yet cost nothing.
  cache_.reset(
      static_cast<uint8_t *>(std::calloc(size_t(kept_) + 1, size_t(size))));
  if (!cache_)
    throw std::bad_alloc();
  source_.cache_note =
      kept_ == count()
          ? ""
          : fmt::format("{} of {} decoded pictures are kept in memory ({} MB); "
                        "the others are decoded in every epoch",
                        kept_, count(), room >> 20);
}

// Decodes every picture, before anything is made of them.
void ImageFolder::check_all() {
  std::vector<int64_t> unreadable;
  std::vector<std::string> errors;
  for (int64_t first = 0; first < count(); first += checked_at_once) {
    std::vector<int64_t> samples;
    for (int64_t i = first; i < std::min(first + checked_at_once, count()); ++i)
      samples.push_back(i);
    const std::vector<std::string> found =
        read_images(samples.data(), int(samples.size()), nullptr);
    for (size_t i = 0; i < found.size(); ++i)
      if (!found[i].empty()) {
        unreadable.push_back(samples[i]);
        errors.push_back(found[i]);
      }
  }
  if (errors.empty())
    return;
  const bool skips = spec_.unreadable == Unreadable::Skip;
  const bool too_many = double(errors.size()) > most_skipped * double(count());
  const size_t listed =
      skips && !too_many ? errors.size() : std::min(errors.size(), most_listed);
  const std::string list = fmt::format(
      "{} of {} pictures cannot be read:\n  {}{}", errors.size(), count(),
      fmt::join(errors.begin(), errors.begin() + int64_t(listed), "\n  "),
      listed < errors.size()
          ? fmt::format("\n  and {} more", errors.size() - listed)
          : "");
  if (!skips)
    fail("{}: {}", source_.place, list);
  if (too_many)
    fail("{}: more than 5 % are not left out: {}", source_.place, list);
  fmt::print(stderr, "left out: {}\n", list);
  leave_out(unreadable);
}

void ImageFolder::leave_out(const std::vector<int64_t> &samples) {
  PictureFiles kept;
  auto next = samples.begin();
  for (int64_t i = 0; i < count(); ++i) {
    if (next != samples.end() && *next == i) {
      ++next;
      continue;
    }
    kept.files.push_back(pictures_.files[size_t(i)]);
    kept.names.push_back(pictures_.names[size_t(i)]);
    const auto label = pictures_.labels.begin() + i * spec_.label_size;
    kept.labels.insert(kept.labels.end(), label, label + spec_.label_size);
    if (!pictures_.weights.empty())
      kept.weights.push_back(pictures_.weights[size_t(i)]);
    if (!pictures_.groups.empty())
      kept.groups.push_back(pictures_.groups[size_t(i)]);
  }
  pictures_ = std::move(kept);
  make_cache(); // sample numbers have changed
}

std::unique_ptr<Dataset> open_image_folder(const std::string &folder,
                                           const DatasetSpec &spec, Part part) {
  return std::make_unique<ImageFolder>(find_class_folders(folder, spec, part),
                                       spec);
}

std::unique_ptr<Dataset> open_picture_table(const std::string &path,
                                            const DatasetSpec &spec,
                                            Part part) {
  return std::make_unique<ImageFolder>(read_picture_table(path, spec, part),
                                       spec);
}

} // namespace

const Reader image_folder_reader = {
    "folders",         "a folder of pictures for each class",
    has_class_folders, has_class_part,
    open_image_folder, find_class_folders};

const Reader picture_table_reader = {
    "csv",
    "a table of picture files and their labels",
    is_picture_table,
    has_table_part,
    open_picture_table,
    read_picture_table};

} // namespace lathe
