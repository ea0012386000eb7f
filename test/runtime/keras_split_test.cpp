// keras_split_test.cpp: the files that Keras holds out.
#include "runtime/data/dataset.h"
#include "runtime/data/split_ways.h"
#include "runtime/error.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>

#include <zlib.h>

namespace {

using Numbers = std::vector<int64_t>;
using Names = std::vector<std::string>;

uint32_t checksum(const Numbers &numbers) {
  return uint32_t(crc32(0, reinterpret_cast<const Bytef *>(numbers.data()),
                        uInt(numbers.size() * sizeof(int64_t))));
}

// python3 -c 'import numpy, zlib
// for seed, n in [(123, 20), (4294967295, 12), (1337, 10000), (42, 65537)]:
//     x = list(range(n)); numpy.random.RandomState(seed).shuffle(x)
//     print(x[:20], hex(zlib.crc32(numpy.array(x, "<i8").tobytes())))'
// with numpy 1.24.2; an int32 array is shuffled in the same way.
TEST(NumpyShuffle, IsNumpys) {
  EXPECT_EQ(lathe::numpy_shuffled(123, 20),
            (Numbers{14, 5, 4,  17, 8, 7, 19, 12, 0, 15,
                     16, 9, 11, 10, 3, 1, 6,  18, 2, 13}));
  EXPECT_EQ(lathe::numpy_shuffled(4294967295u, 12),
            (Numbers{11, 8, 5, 9, 1, 10, 6, 0, 4, 7, 2, 3}));
  EXPECT_EQ(checksum(lathe::numpy_shuffled(1337, 10000)), 0xe49cc3bfu);
  EXPECT_EQ(checksum(lathe::numpy_shuffled(42, 65537)), 0x4351bb6fu);
}

std::string pgm() { return std::string("P5 1 1 255\n") + '\x7f'; }

// Keras sorts folders as texts ("a/b" after "a-b"), and files in each of them;
// it reads no WebP, and only the generator reads PPM.
void write_pictures(const TemporaryFolder &folder) {
  for (const char *name :
       {"cat/10.jpg", "cat/9.JPG", "cat/a/1.png", "cat/a-b/2.png", "cat/z.webp",
        "cat/.hidden.txt", "dog/b.bmp", "dog/a.ppm", "dog/c.jpeg",
        "dog/x/d.gif", "dog/e.tiff"})
    write_text(folder / name, pgm());
}

std::unique_ptr<lathe::Dataset> open(const TemporaryFolder &folder,
                                     lathe::DatasetSpec &spec) {
  spec.height = spec.width = spec.channels = 1;
  spec.classes = 2;
  return lathe::open_dataset(folder.path(), spec, lathe::Part::Train);
}

lathe::Split split(const TemporaryFolder &folder,
                   const lathe::SplitRule &rule) {
  lathe::DatasetSpec spec;
  const std::unique_ptr<lathe::Dataset> data = open(folder, spec);
  return lathe::split_samples(*data, spec, {}, 0, 0, rule);
}

Names names(const TemporaryFolder &folder, const Numbers &samples) {
  lathe::DatasetSpec spec;
  const std::unique_ptr<lathe::Dataset> data = open(folder, spec);
  Names result;
  for (int64_t sample : samples)
    result.push_back(data->name(sample));
  std::sort(result.begin(), result.end());
  return result;
}

// Of the list that Keras 3.16 makes, in RandomState(123)'s order, the last
// int(0.3 * 7) = 2 are for validation.
TEST(KerasSplit, IsThatOfImageDatasetFromDirectory) {
  TemporaryFolder folder;
  write_pictures(folder);
  lathe::SplitRule rule;
  rule.keras = "image_dataset_from_directory";
  rule.validation = 0.3;
  rule.seed = 123;
  const Names listed = {"cat/10.jpg",  "cat/9.JPG", "cat/a-b/2.png",
                        "cat/a/1.png", "dog/b.bmp", "dog/c.jpeg",
                        "dog/x/d.gif"};
  const Numbers order = lathe::numpy_shuffled(123, 7);
  Names last = {listed[size_t(order[5])], listed[size_t(order[6])]};
  std::sort(last.begin(), last.end());
  const lathe::Split s = split(folder, rule);
  EXPECT_EQ(names(folder, s.validation), last);
  EXPECT_EQ(s.train.size(), 5u);
  EXPECT_EQ(s.rule, "the 0.3 that Keras's image_dataset_from_directory holds "
                    "out, seed 123");
  ASSERT_FALSE(s.notes.empty());
  EXPECT_NE(s.notes[0].find(": 3 pictures are left out, because Keras's "
                            "image_dataset_from_directory reads .bmp .gif "
                            ".jpeg .jpg .png alone"),
            std::string::npos)
      << s.notes[0];
}

TEST(KerasSplit, IsThatOfImageDataGenerator) {
  TemporaryFolder folder;
  write_pictures(folder);
  lathe::SplitRule rule;
  rule.keras = "ImageDataGenerator";
  rule.validation = 0.5;
  const lathe::Split s = split(folder, rule);
  // int(0.5 * 4) of each class.
  EXPECT_EQ(names(folder, s.validation),
            (Names{"cat/10.jpg", "cat/9.JPG", "dog/a.ppm", "dog/b.bmp"}));
  EXPECT_EQ(names(folder, s.train), (Names{"cat/a-b/2.png", "cat/a/1.png",
                                           "dog/c.jpeg", "dog/e.tiff"}));
}

// As record_keras_split.py says, with numpy 1.24.2.
TEST(KerasSplit, OfRealFoldersIsKeras) {
  const char *variable = std::getenv("LATHE_DATA");
  const std::string folder =
      std::string(variable ? variable : LATHE_DEFAULT_DATA) +
      "/blood-cells/TRAIN";
  if (!std::filesystem::is_directory(folder))
    GTEST_SKIP() << "there is no " << folder;
  lathe::DatasetSpec spec;
  spec.height = spec.width = spec.channels = 1;
  spec.classes = 4;
  const std::unique_ptr<lathe::Dataset> data =
      lathe::open_dataset(folder, spec, lathe::Part::Train);
  lathe::SplitRule rule;
  rule.keras = "image_dataset_from_directory";
  rule.validation = 0.2;
  rule.seed = 123;
  lathe::Split s = lathe::split_samples(*data, spec, {}, 0, 0, rule);
  EXPECT_EQ(s.lists[0], "1600 samples, a202b94b9a4f4651");
  EXPECT_EQ(s.lists[int(lathe::Part::Validation)],
            "400 samples, 7ff4a5a32e200bf2");
  rule.keras = "ImageDataGenerator";
  rule.validation = 0.3;
  s = lathe::split_samples(*data, spec, {}, 0, 0, rule);
  EXPECT_EQ(s.lists[0], "1400 samples, 024e5b85c3a24a82");
  EXPECT_EQ(s.lists[int(lathe::Part::Validation)],
            "600 samples, 7c9eb26fb6ff40a3");
}

TEST(KerasSplit, FollowsTheOrderOfTheClassesThatAreGiven) {
  TemporaryFolder folder;
  for (int i = 0; i < 10; ++i)
    for (const char *name : {"a/", "b/"})
      write_text(folder / (name + std::to_string(i) + ".png"), pgm());
  lathe::SplitRule rule;
  rule.keras = "image_dataset_from_directory";
  rule.validation = 0.3;
  const Numbers order = lathe::numpy_shuffled(0, 20);
  for (bool turned : {false, true}) {
    if (turned)
      rule.class_order = {"b", "a"};
    Names last;
    for (size_t i = 14; i < 20; ++i)
      last.push_back(((order[i] < 10) != turned ? "a/" : "b/") +
                     std::to_string(order[i] % 10) + ".png");
    std::sort(last.begin(), last.end());
    EXPECT_EQ(names(folder, split(folder, rule).validation), last);
  }
}

TEST(KerasSplit, IsRefusedWhereItCannotBeTheSame) {
  TemporaryFolder folder;
  write_pictures(folder);
  write_text(folder / "cat/._9.jpg", "litter that Keras lists");
  lathe::SplitRule rule;
  rule.keras = "ImageDataGenerator";
  rule.validation = 0.5;
  auto error = [&] {
    try {
      split(folder, rule);
    } catch (const lathe::Error &error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(error().find(": Keras's ImageDataGenerator would take cat/._9.jpg, "
                         "which is no picture that is read; remove it"),
            std::string::npos)
      << error();
  std::filesystem::remove(folder / "cat/._9.jpg");
  rule.validation = 0.1;
  EXPECT_NE(error().find("is none to validate on"), std::string::npos);
}

} // namespace
