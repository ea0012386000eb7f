// image_folder.h: picture files, in class folders or in a table, decoded when
// they are wanted.
#pragma once

#include "runtime/data/decoded_file.h"
#include "runtime/data/picture_files.h"
#include "runtime/data/picture_readers.h"

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace lathe {

class ImageFolder : public Dataset {
public:
  // `place`: what the file of --cache-dir is named after.
  ImageFolder(PictureFiles pictures, const DatasetSpec &spec,
              const std::string &place);
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
              int32_t *labels) override;
  void announce(const int64_t *samples, int n) override;

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
  void note_cache();
  void decode(int64_t sample, uint8_t *pixels);
  // What was wrong with each; "" where nothing was.
  std::vector<std::string> read_images(const int64_t *samples, int n,
                                       uint8_t *images);
  static int read_one(void *context, int i);

  // Decodes every picture, before anything is made of them; those that can be
  // read are written, where there is a writer.
  void check_all(DecodedFileWriter *writer);
  void refuse_or_leave_out(const std::vector<int64_t> &unreadable,
                           const std::vector<std::string> &errors);
  void leave_out(const std::vector<int64_t> &samples);
  // What an earlier run has decoded is read, what has changed since or is
  // damaged decoded anew, and then the file is replaced.
  void open_decoded(const std::string &place);
  void find_keys();

  DatasetSpec spec_;
  PictureFiles pictures_;
  int64_t room_ = 0;             // bytes that the cache may take
  int64_t kept_ = 0;             // the first ones are, once they are decoded
  std::vector<uint8_t> decoded_; // 1: in the cache; not vector<bool>: tasks
                                 // write neighbours at the same time
  std::unique_ptr<uint8_t, void (*)(void *)> cache_{nullptr, std::free};
  std::unique_ptr<DecodedFile> on_disk_;    // with --cache-dir
  std::vector<uint64_t> keys_;              // of its pictures
  std::atomic<int64_t> anew_{0};            // pictures that were decoded
  std::atomic<bool> tells_{false};          // once, of lost pictures
  std::unique_ptr<PictureReaders> readers_; // ends before what it reads
};

} // namespace lathe
