// thin_out.cpp: a data set like Fashion-MNIST whose training classes are
// unequal: each has the same share less than the one before it, and the last
// only 1/RATIO of its samples. The test part stays as it is.
//   thin-out DATA FOLDER RATIO
#include "runtime/data/dataset.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

constexpr uint32_t side = 28, classes = 10;

void write_number(std::ofstream &file, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8)
    file.put(char(number >> shift));
}

// The samples as the two IDX files of a part.
void write_part(const std::string &path, lathe::Dataset &dataset,
                const std::vector<int64_t> &samples) {
  std::ofstream images(path + "-images-idx3-ubyte", std::ios::binary);
  std::ofstream labels(path + "-labels-idx1-ubyte", std::ios::binary);
  for (uint32_t number : {2051u, uint32_t(samples.size()), side, side})
    write_number(images, number);
  for (uint32_t number : {2049u, uint32_t(samples.size())})
    write_number(labels, number);
  std::vector<float> image(side * side);
  for (int64_t sample : samples) {
    int32_t label = 0;
    dataset.read(&sample, 1, image.data(), &label);
    for (float pixel : image)
      images.put(char(uint8_t(pixel)));
    labels.put(char(label));
  }
  if (!images.flush() || !labels.flush())
    throw std::runtime_error(path + ": cannot be written");
}

// The first samples of each class.
std::vector<int64_t> thin_out(const lathe::Dataset &dataset, double ratio) {
  std::vector<int64_t> sizes(classes), kept(classes), samples;
  for (int32_t label : dataset.labels())
    ++sizes[size_t(label)];
  for (int64_t i = 0; i < dataset.count(); ++i) {
    const auto label = size_t(dataset.labels()[size_t(i)]);
    const double share = std::pow(ratio, -double(label) / (classes - 1));
    if (double(kept[label]) < std::round(double(sizes[label]) * share)) {
      ++kept[label];
      samples.push_back(i);
    }
  }
  return samples;
}

} // namespace

int main(int argc, char **argv) {
  const double ratio = argc == 4 ? std::atof(argv[3]) : 0;
  if (!(ratio >= 1)) {
    std::fprintf(stderr, "usage: thin-out DATA FOLDER RATIO\n");
    return 2;
  }
  try {
    lathe::DatasetSpec spec;
    spec.height = spec.width = side;
    spec.channels = 1;
    spec.classes = classes;
    const std::string folder = argv[2];
    std::filesystem::create_directories(folder);
    auto train = lathe::open_dataset(argv[1], spec, lathe::Part::Train);
    const std::vector<int64_t> samples = thin_out(*train, ratio);
    write_part(folder + "/train", *train, samples);
    std::vector<int64_t> sizes(classes);
    for (int64_t sample : samples)
      ++sizes[size_t(train->labels()[size_t(sample)])];
    std::printf("%zu training samples; of each class:", samples.size());
    for (int64_t size : sizes)
      std::printf(" %lld", static_cast<long long>(size));
    std::printf("\n");
    auto test = lathe::open_dataset(argv[1], spec, lathe::Part::Test);
    write_part(folder + "/t10k", *test, lathe::all_samples(*test));
  } catch (const std::exception &error) {
    std::fprintf(stderr, "thin-out: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
