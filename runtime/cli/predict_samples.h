// predict_samples.h: what `predict` classifies: pictures, lists and folders of
// them, or data sets of any format.
#pragma once

#include "runtime/data/dataset.h"

#include <memory>
#include <string>
#include <vector>

namespace lathe {

class PredictSamples {
public:
  virtual ~PredictSamples() = default;
  virtual int64_t count() const = 0;
  // A file, or a sample's number in an array.
  virtual std::string name(int64_t sample) const = 0;
  // Of one: spec.label_size numbers; nullptr where there are no labels.
  virtual const int32_t *labels(int64_t sample) const = 0;
  // Writes the images of `n` samples from `first` on, and gives what was wrong
  // with each; "" where nothing was.
  virtual std::vector<std::string> read(int64_t first, int n,
                                        float *images) = 0;
  // That these come next.
  virtual void announce(int64_t, int) {}

  Source source; // of a data set
  // "90 samples of 5 classes in data/test"; "" for single pictures.
  std::string description;
};

// Pictures, lists of them, and all pictures in and below folders. Throws Error
// for a folder without any.
std::unique_ptr<PredictSamples>
open_pictures(const std::vector<std::string> &paths, const DatasetSpec &spec);

// A data set, the test part where it has parts, with its labels; or what is
// none: a folder or list of pictures, or an .npy file of images. Throws Error;
// where labels are wanted, also for data that have none.
std::unique_ptr<PredictSamples>
open_samples(const std::string &path, const DatasetSpec &spec, bool labelled);

} // namespace lathe
