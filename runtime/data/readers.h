// readers.h: what the formats' readers share; each stands in a file of its own.
#pragma once

#include "runtime/data/picture_files.h"

namespace lathe {

// One format. `recognises` only looks at file names.
struct Reader {
  const char *format;     // as in the model file
  const char *looked_for; // for the message when nothing is found
  bool (*recognises)(const std::string &folder);
  // Data without parts are one to train on. A part that is both for
  // validation and the test counts as the one for validation.
  bool (*has_part)(const std::string &folder, const DatasetSpec &spec,
                   Part part);
  std::unique_ptr<Dataset> (*open)(const std::string &folder,
                                   const DatasetSpec &spec, Part part);
  // What `open` would decode; nullptr for arrays.
  PictureFiles (*find_pictures)(const std::string &folder,
                                const DatasetSpec &spec, Part part) = nullptr;
  bool gives_several_labels = false; // where a model has them
};

// The folder, or the table in it that the model names. Throws Error.
std::string data_path(const std::string &folder, const DatasetSpec &spec);

// The reader for what is in `folder`. Throws Error.
const Reader &find_reader(const std::string &folder, const DatasetSpec &spec);

extern const Reader idx_reader, cifar_reader, npy_reader, image_folder_reader,
    picture_table_reader, number_table_reader;

// An .npy file of images alone; all labels are 0. Throws Error.
std::unique_ptr<Dataset> open_npy_images(const std::string &path,
                                         const DatasetSpec &spec);

// Images that are in memory as bytes, row-major [count, height, width,
// channels].
class ByteDataset : public Dataset {
public:
  ByteDataset(int64_t image_size, std::vector<uint8_t> images,
              std::vector<int32_t> labels)
      : Dataset(image_size), images_(std::move(images)),
        labels_(std::move(labels)) {}
  int64_t count() const override { return int64_t(labels_.size()); }
  const std::vector<int32_t> &labels() const override { return labels_; }
  void gather(const int64_t *samples, int n, void *images,
              int32_t *labels) override;

private:
  std::vector<uint8_t> images_;
  std::vector<int32_t> labels_;
};

// The first of the names that is a file in the folder, with its path, or "".
std::string find_file(const std::string &folder,
                      const std::vector<std::string> &names);

} // namespace lathe
