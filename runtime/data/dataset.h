// dataset.h: labelled images, or rows of numbers, from the formats people keep
// them in.
#pragma once

#include "runtime/artifact.h"
#include "runtime/data/image_file.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace lathe {

// What the columns of a table are called; "": as usual.
struct ListColumns {
  std::string path, label, split, weight;
  std::string group; // of samples that a split keeps together; "": none
};

// What becomes of pictures that cannot be read: an error when they are wanted,
// an error that names all of them before anything else, or are they left out.
enum class Unreadable { Fail, Check, Skip };

// What the model expects of its data, and how they are read.
struct DatasetSpec {
  int rank = 3; // of the model's input; 1: a row of `channels` numbers
  int64_t height = 0, width = 0, channels = 0;
  int32_t classes = 0;
  int32_t label_size = 1;               // see lathe_model
  std::vector<std::string> class_names; // empty when they are not known
  std::string format;                   // that is tried first, or ""
  std::string csv;                      // the table in the data's folder, or ""
  PictureSettings pictures;
  ListColumns columns;
  Unreadable unreadable = Unreadable::Fail;
  int64_t cache =
      -1; // bytes for decoded pictures; -1: a quarter of what is free
  std::string cache_dir; // for files of decoded pictures, or ""
  int readers = 0;       // threads that decode pictures ahead of the step

  int64_t image_size() const { return height * width * channels; }
  std::string shape() const; // "28x28x1", "4 numbers"
  // Whether an array's sample of this shape is one of the model's, ones at the
  // end aside. A row takes as many numbers of any shape.
  bool fits(const std::vector<int64_t> &shape) const;
  bool checks() const { return unreadable != Unreadable::Fail; }
};

// Throws Error for a model whose input is neither a row of numbers nor an image
// of [height, width] or [height, width, channels].
DatasetSpec dataset_spec(const lathe_model &model);

// Validation is asked for only where has_own_part says that there is one;
// without a test part it is that, too.
enum class Part { Train, Test, Validation };

// Where samples come from.
struct Source {
  std::string place;        // the folder of this part
  bool is_whole = false;    // there are no parts: this is all of the data
  bool is_pictures = false; // in files of their own
  bool is_table = false;    // of picture files or numbers
  const char *unit() const {
    return is_pictures ? "pictures" : is_table ? "rows" : "samples";
  }
  // Of folders, or of a list beside arrays; empty where there is none.
  std::vector<std::string> class_names;
  // "12 BMP, 3 .txt, 1 folder 'old'": what was found and is not read.
  std::string left_out;
  std::string cache_note; // where not all decoded pictures are kept
};

class Dataset {
public:
  // Values of an image.
  explicit Dataset(int64_t image_size) : image_size_(image_size) {}
  virtual ~Dataset() = default;
  virtual int64_t count() const = 0;
  const Source &source() const { return source_; }
  // label_size of them for each sample.
  virtual const std::vector<int32_t> &labels() const = 0;
  // Of each sample, or none.
  virtual const std::vector<float> &weights() const {
    static const std::vector<float> none;
    return none;
  }
  // "cats/12.jpg", "line 12": what a sample is called wherever the data lie. ""
  // in arrays, whose order counts; that of files and of a table's rows does
  // not.
  virtual std::string name(int64_t) const { return ""; }
  // That of ListColumns::group.
  virtual std::string group(int64_t) const { return ""; }
  bool is_ordered() const { return count() == 0 || name(0).empty(); }
  // What `gather` writes: LATHE_U8 or LATHE_F32.
  virtual int32_t image_type() const { return LATHE_U8; }
  // Copies the samples with these numbers: [n, height, width, channels] in the
  // data's own range (0..255 for bytes), and their labels. Throws Error.
  virtual void gather(const int64_t *samples, int n, void *images,
                      int32_t *labels) = 0;
  // The same as floats, whatever the type.
  void read(const int64_t *samples, int n, float *images, int32_t *labels);
  // That these are wanted next: they may be read in the meantime.
  virtual void announce(const int64_t *, int) {}

protected:
  friend std::unique_ptr<Dataset> open_dataset(const std::string &,
                                               const DatasetSpec &, Part);
  int64_t image_size_;
  Source source_;
};

// Finds out which format `folder`, or a table of pictures, is in and opens the
// wanted part. Where the data has no parts, that is all of it. Throws Error.
std::unique_ptr<Dataset> open_dataset(const std::string &folder,
                                      const DatasetSpec &spec, Part part);

// Whether the data have this part beside the one to train on. One that is both
// for validation and the test counts as the one for validation.
bool has_own_part(const std::string &folder, const DatasetSpec &spec,
                  Part part);

// "train", "validation", "test"
const char *name_of(Part part);

// "1000 pictures of 10 classes in data/train"
std::string describe(const Dataset &dataset, const DatasetSpec &spec);

// The weights of a dataset's samples, one for each of `count`: an .npy array
// of float32 or float64, not negative. Throws Error, also for a model that
// takes none.
std::vector<float> read_sample_weights(const std::string &path, int64_t count,
                                       const lathe_model &model);

// Those of the file, if one is given, or else the dataset's own.
std::vector<float> sample_weights(const std::string &path,
                                  const Dataset &dataset,
                                  const lathe_model &model);

// Some samples of a dataset, as an artifact wants them. gather's exception is
// kept in `error` while the artifact returns LATHE_ERROR_DATA; this object must
// outlive the calls that use its view.
class DatasetView {
public:
  // `weights`: of all samples of the dataset, or none.
  DatasetView(Dataset &dataset, std::vector<int64_t> samples,
              const std::vector<float> &weights = {});
  DatasetView(const DatasetView &) = delete;
  DatasetView &operator=(const DatasetView &) = delete;
  const lathe_dataset &get() const { return view_; }
  std::exception_ptr error;

private:
  std::vector<int64_t> numbers_of(const int64_t *samples, int n) const;

  Dataset &dataset_;
  std::vector<int64_t> samples_;
  std::vector<float> weights_;
  std::vector<int32_t> labels_;
  lathe_dataset view_;
};

// The numbers of all samples.
std::vector<int64_t> all_samples(const Dataset &dataset);

} // namespace lathe
