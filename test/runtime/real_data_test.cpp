// real_data_test.cpp: the readers on published data sets, which the project
// does not hold: they are looked for in $LATHE_DATA, then beside the
// repository.
#include "runtime/data/dataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <numeric>

namespace {

using lathe::DatasetSpec;
using lathe::Part;

std::string find_data(const std::string &name) {
  const char *variable = std::getenv("LATHE_DATA");
  std::string folder = variable ? variable : LATHE_DEFAULT_DATA;
  return std::filesystem::is_directory(folder + "/" + name)
             ? folder + "/" + name
             : "";
}

DatasetSpec spec(int64_t height, int64_t width, int64_t channels,
                 int32_t classes) {
  DatasetSpec result;
  result.height = height;
  result.width = width;
  result.channels = channels;
  result.classes = classes;
  return result;
}

struct Case {
  const char *name;
  DatasetSpec spec;
  int64_t train, test; // samples
  bool balanced;       // as many test samples of each class
};

std::ostream &operator<<(std::ostream &out, const Case &c) {
  return out << c.name;
}

class RealData : public testing::TestWithParam<Case> {};

TEST_P(RealData, IsReadWhole) {
  const Case &c = GetParam();
  std::string folder = find_data(c.name);
  if (folder.empty())
    GTEST_SKIP() << c.name << " is not here; set LATHE_DATA";
  auto train = lathe::open_dataset(folder, c.spec, Part::Train);
  auto test = lathe::open_dataset(folder, c.spec, Part::Test);
  EXPECT_EQ(train->count(), c.train);
  EXPECT_EQ(test->count(), c.test);

  std::vector<int64_t> per_class(size_t(c.spec.classes));
  std::vector<float> image(size_t(c.spec.image_size()));
  double sum = 0;
  int64_t step = c.balanced ? 1 : 10;
  for (int64_t i = 0; i < test->count(); i += step) {
    int32_t label;
    test->read(&i, 1, image.data(), &label);
    ++per_class.at(size_t(label));
    sum +=
        std::accumulate(image.begin(), image.end(), 0.0) / double(image.size());
  }
  if (c.balanced) {
    for (int64_t count : per_class)
      EXPECT_EQ(count, c.test / c.spec.classes);
  }
  double mean = sum / double((c.test + step - 1) / step);
  EXPECT_GT(mean, 20);
  EXPECT_LT(mean, 235);
}

INSTANTIATE_TEST_SUITE_P(
    Dataset, RealData,
    testing::Values(
        Case{"fashion-mnist", spec(28, 28, 1, 10), 60000, 10000, true},
        Case{"mnist", spec(28, 28, 1, 10), 60000, 10000, false},
        Case{"cifar10", spec(32, 32, 3, 10), 10000, 10000, true},
        Case{"cifar10/png-folders", spec(32, 32, 3, 10), 1000, 200, true},
        Case{"blood-cells", spec(60, 80, 3, 4), 2000, 600, false},
        Case{"cats-dogs", spec(224, 224, 3, 2), 400, 120, true}));

// The PNG folders hold some of the binary files' test images, without loss.
TEST(RealData, CifarIsTheSameAsBinaryAndAsPng) {
  std::string folder = find_data("cifar10");
  if (folder.empty())
    GTEST_SKIP() << "cifar10 is not here; set LATHE_DATA";
  DatasetSpec cifar = spec(32, 32, 3, 10);
  auto binary = lathe::open_dataset(folder, cifar, Part::Test);
  auto png = lathe::open_dataset(folder + "/png-folders", cifar, Part::Test);
  std::vector<std::pair<std::vector<float>, int32_t>> all;
  std::vector<float> image(3072);
  int32_t label;
  for (int64_t i = 0; i < binary->count(); ++i) {
    binary->read(&i, 1, image.data(), &label);
    all.push_back({image, label});
  }
  std::sort(all.begin(), all.end());
  for (int64_t i = 0; i < png->count(); i += 20) {
    png->read(&i, 1, image.data(), &label);
    EXPECT_TRUE(
        std::binary_search(all.begin(), all.end(), std::pair{image, label}))
        << i;
  }
}

} // namespace
