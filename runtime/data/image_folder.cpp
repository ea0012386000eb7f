// image_folder.cpp: see image_folder.h.
#include "runtime/data/image_folder.h"

#include "runtime/data/class_folders.h"
#include "runtime/data/image_file.h"
#include "runtime/data/picture_list.h"
#include "runtime/data/readers.h"
#include "runtime/error.h"

#include <algorithm>
#include <new>
#include <numeric>

#include <unistd.h>

namespace lathe {

namespace {

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

int64_t free_memory() {
  const long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? int64_t(pages) * size : int64_t(1) << 30;
}

} // namespace

ImageFolder::ImageFolder(PictureFiles pictures, const DatasetSpec &spec,
                         const std::string &place)
    : Dataset(spec.image_size()), spec_(spec), pictures_(std::move(pictures)) {
  source_ = std::move(pictures_.source);
  make_cache();
  if (!spec.cache_dir.empty())
    open_decoded(place);
  else if (spec.checks())
    check_all(nullptr);
  note_cache();
  if (spec.readers > 0)
    readers_ = std::make_unique<PictureReaders>(
        spec.readers, image_size_,
        [this](int64_t sample, uint8_t *pixels) { decode(sample, pixels); });
}

void ImageFolder::gather(const int64_t *samples, int n, void *images,
                         int32_t *labels) {
  for (const std::string &error :
       read_images(samples, n, static_cast<uint8_t *>(images)))
    if (!error.empty())
      throw Error(error);
  const auto size = size_t(spec_.label_size);
  for (int i = 0; i < n; ++i)
    std::copy_n(pictures_.labels.begin() + samples[i] * spec_.label_size, size,
                labels + size_t(i) * size);
}

void ImageFolder::announce(const int64_t *samples, int n) {
  if (!readers_)
    return;
  std::vector<int64_t> wanted;
  for (int i = 0; i < n; ++i)
    if (!decoded_[size_t(samples[i])])
      wanted.push_back(samples[i]);
  readers_->announce(wanted);
}

void ImageFolder::decode(int64_t sample, uint8_t *pixels) {
  if (on_disk_) {
    if (on_disk_->read(keys_[size_t(sample)], pixels))
      return;
    if (tells_.exchange(false))
      fmt::print(stderr,
                 "{}: has lost pictures since it was opened; they are decoded "
                 "again\n",
                 on_disk_->path());
  }
  read_image(pictures_.files[size_t(sample)], spec_.height, spec_.width,
             spec_.channels, pixels, spec_.pictures);
  ++anew_;
}

std::vector<std::string> ImageFolder::read_images(const int64_t *samples, int n,
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

int ImageFolder::read_one(void *context, int i) {
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

// As many as fit are kept; the others are decoded anew in every epoch.
void ImageFolder::make_cache() {
  const int64_t size = spec_.image_size();
  room_ = spec_.cache >= 0 ? spec_.cache : free_memory() / 4;
  kept_ = std::min(count(), room_ / size);
  decoded_.assign(pictures_.files.size(), 0);
  // calloc: pages that no image is in yet cost nothing.
  cache_.reset(
      static_cast<uint8_t *>(std::calloc(size_t(kept_) + 1, size_t(size))));
  if (!cache_)
    throw std::bad_alloc();
}

void ImageFolder::note_cache() {
  source_.cache_note =
      kept_ == count()
          ? ""
          : fmt::format("{} of {} decoded pictures are kept in memory ({} MB); "
                        "the others are {} in every epoch",
                        kept_, count(), room_ >> 20,
                        on_disk_ ? "read from --cache-dir" : "decoded");
}

namespace {

std::unique_ptr<Dataset> open_image_folder(const std::string &folder,
                                           const DatasetSpec &spec, Part part) {
  PictureFiles pictures = find_class_folders(folder, spec, part);
  const std::string place = pictures.source.place;
  return std::make_unique<ImageFolder>(std::move(pictures), spec,
                                       place.empty() ? folder : place);
}

std::unique_ptr<Dataset> open_picture_table(const std::string &path,
                                            const DatasetSpec &spec,
                                            Part part) {
  PictureFiles pictures = read_picture_table(path, spec, part);
  const std::string place =
      pictures.source.is_whole ? path : path + "." + name_of(part);
  return std::make_unique<ImageFolder>(std::move(pictures), spec, place);
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
    read_picture_table,
    /*gives_several_labels=*/true};

} // namespace lathe
