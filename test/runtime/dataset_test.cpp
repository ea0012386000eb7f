// dataset_test.cpp: each format read as it was written.
#include "runtime/data/dataset.h"
#include "runtime/error.h"
#include "test/runtime/temporary_folder.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

#include <gtest/gtest.h>

#include <cstring>

namespace {

using lathe::DatasetSpec;
using lathe::Part;

DatasetSpec small(int64_t channels = 1) {
  DatasetSpec spec;
  spec.height = 2;
  spec.width = 3;
  spec.channels = channels;
  spec.classes = 2;
  return spec;
}

struct Samples {
  std::vector<float> images;
  std::vector<int32_t> labels;
};

// All of it, backwards.
Samples read_backwards(const std::string &folder, const DatasetSpec &spec,
                       Part part) {
  auto dataset = lathe::open_dataset(folder, spec, part);
  std::vector<int64_t> numbers;
  for (int64_t i = dataset->count() - 1; i >= 0; --i)
    numbers.push_back(i);
  Samples samples;
  samples.images.resize(numbers.size() * size_t(spec.image_size()));
  samples.labels.resize(numbers.size());
  dataset->read(numbers.data(), int(numbers.size()), samples.images.data(),
                samples.labels.data());
  return samples;
}

const std::string two_images = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, char(250)};
const std::vector<float> two_images_backwards = {7, 8, 9, 10, 11, 250,
                                                 1, 2, 3, 4,  5,  6};

TEST(Dataset, ReadsIdx) {
  for (std::string suffix : {"", ".gz"}) {
    TemporaryFolder folder;
    write_text(folder / ("train-images-idx3-ubyte" + suffix),
               idx({2, 2, 3}, two_images));
    write_text(folder / ("train-labels-idx1-ubyte" + suffix), idx({2}, {1, 0}));
    write_text(folder / ("t10k-images-idx3-ubyte" + suffix),
               idx({1, 2, 3}, two_images.substr(6)));
    write_text(folder / ("t10k-labels-idx1-ubyte" + suffix), idx({1}, {1}));
    Samples train = read_backwards(folder.path(), small(), Part::Train);
    EXPECT_EQ(train.images, two_images_backwards);
    EXPECT_EQ(train.labels, (std::vector<int32_t>{0, 1}));
    Samples test = read_backwards(folder.path(), small(), Part::Test);
    EXPECT_EQ(test.images, (std::vector<float>{7, 8, 9, 10, 11, 250}));
  }
}

TEST(Dataset, ReadsIdxWithChannels) {
  TemporaryFolder folder;
  write_text(folder / "train-images.idx4-ubyte", idx({1, 2, 3, 2}, two_images));
  write_text(folder / "train-labels.idx1-ubyte", idx({1}, {1}));
  Samples train = read_backwards(folder.path(), small(2), Part::Train);
  EXPECT_EQ(train.images,
            (std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 250}));
}

TEST(Dataset, ReadsCifar) {
  TemporaryFolder folder;
  auto record = [](char label, char red, char green, char blue) {
    return std::string(1, label) + std::string(1024, red) +
           std::string(1024, green) + std::string(1024, blue);
  };
  write_text(folder / "data_batch_2.bin.gz", record(1, 7, 8, 9));
  write_text(folder / "data_batch_1.bin",
             record(0, 1, 2, 3) + record(1, 4, 5, 6));
  write_text(folder / "test_batch.bin", record(1, 10, 11, 12));
  DatasetSpec spec;
  spec.height = spec.width = 32;
  spec.channels = 3;
  spec.classes = 10;
  Samples train = read_backwards(folder.path(), spec, Part::Train);
  EXPECT_EQ(train.labels, (std::vector<int32_t>{1, 1, 0}));
  for (int image : {0, 1, 2})
    for (int i : {0, 1, 2, 3, 4, 5, 3069, 3070, 3071})
      EXPECT_EQ(train.images[image * 3072 + i], 7 - 3 * image + i % 3);
  EXPECT_EQ(read_backwards(folder.path(), spec, Part::Test).images[2], 12);
}

TEST(Dataset, ReadsNpyOfSeveralTypes) {
  std::vector<float> floats = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 250};
  std::vector<double> doubles(floats.begin(), floats.end());
  struct Images {
    std::string type, data;
  } images[] = {
      {"|u1", bytes_of(std::vector<uint8_t>(floats.begin(), floats.end()))},
      {"<f4", bytes_of(floats)},
      {"<f8", bytes_of(doubles)}};
  struct Labels {
    std::string type, shape, data;
  } labels[] = {{"|u1", "(2,)", {1, 0}},
                {"|i1", "(2, 1)", {1, 0}},
                {"<u2", "(2,)", bytes_of(std::vector<uint16_t>{1, 0})},
                {"<i4", "(2,)", bytes_of(std::vector<int32_t>{1, 0})},
                {"<i8", "(2,)", bytes_of(std::vector<int64_t>{1, 0})}};
  for (const Images &image : images) {
    for (const Labels &label : labels) {
      TemporaryFolder folder;
      write_text(folder / "x_train.npy",
                 npy(image.type, "(2, 2, 3)", image.data));
      write_text(folder / "y_train.npy",
                 npy(label.type, label.shape, label.data));
      Samples train = read_backwards(folder.path(), small(), Part::Train);
      EXPECT_EQ(train.images, two_images_backwards);
      EXPECT_EQ(train.labels, (std::vector<int32_t>{0, 1}));
    }
  }
}

TEST(Dataset, ReadsNpyWithoutPartsForBoth) {
  TemporaryFolder folder;
  write_text(folder / "images.npy", npy("|u1", "(2, 2, 3, 1)", two_images));
  write_text(folder / "labels.npy", npy("|u1", "(2,)", {1, 0}));
  for (Part part : {Part::Train, Part::Test})
    EXPECT_EQ(read_backwards(folder.path(), small(), part).images,
              two_images_backwards);
}

void write_image(const std::string &path, uint8_t value) {
  std::filesystem::create_directories(
      std::filesystem::path(path).parent_path());
  std::vector<uint8_t> pixels(6, value);
  stbi_write_png(path.c_str(), 3, 2, 1, pixels.data(), 3);
}

TEST(Dataset, ReadsFoldersOfImages) {
  TemporaryFolder folder;
  write_image(folder / "TRAIN/zebra/1.png", 10);
  write_image(folder / "TRAIN/zebra/2.PNG", 20);
  write_image(folder / "TRAIN/ant/9.png", 30);
  write_image(folder / "Test/zebra/1.png", 40);
  write_image(folder / "Test/ant/1.png", 50);
  write_text(folder / "TRAIN/zebra/notes.txt", "not an image");
  write_text(folder / "TRAIN/.hidden/x", "");
  DatasetSpec spec = small();
  Samples train = read_backwards(folder.path(), spec, Part::Train);
  EXPECT_EQ(train.labels, (std::vector<int32_t>{1, 1, 0})); // sorted: ant first
  EXPECT_EQ(train.images[0], 20);
  EXPECT_EQ(train.images[6], 10);
  EXPECT_EQ(train.images[12], 30);
  spec.class_names = {"zebra", "ant"}; // the model's order
  EXPECT_EQ(read_backwards(folder.path(), spec, Part::Train).labels,
            (std::vector<int32_t>{1, 0, 0}));
  EXPECT_EQ(read_backwards(folder.path(), spec, Part::Test).images[0], 50);
  // A part's folder may be named directly.
  EXPECT_EQ(read_backwards(folder / "Test", spec, Part::Train).images[0], 50);
}

TEST(Dataset, PrefersTheFormatThatTheModelNames) {
  TemporaryFolder folder;
  write_text(folder / "images.npy", npy("|u1", "(2, 2, 3, 1)", two_images));
  write_text(folder / "labels.npy", npy("|u1", "(2,)", {1, 0}));
  write_text(folder / "train-images-idx3-ubyte",
             idx({1, 2, 3}, std::string(6, 99)));
  write_text(folder / "train-labels-idx1-ubyte", idx({1}, {1}));
  DatasetSpec spec = small();
  EXPECT_EQ(lathe::open_dataset(folder.path(), spec, Part::Train)->count(), 1);
  spec.format = "npy";
  EXPECT_EQ(lathe::open_dataset(folder.path(), spec, Part::Train)->count(), 2);
}

TEST(DatasetView, PicksSamplesAndKeepsErrors) {
  TemporaryFolder folder;
  write_image(folder / "a/1.png", 10);
  write_image(folder / "b/1.png", 20);
  write_text(folder / "b/2.png", read_text(folder / "b/1.png").substr(0, 40));
  auto dataset = lathe::open_dataset(folder.path(), small(), Part::Train);
  lathe::DatasetView view(*dataset, {1, 2}, {5, 6, 7});
  EXPECT_EQ(view.get().sample_weights[1], 7);
  EXPECT_EQ(view.get().count, 2);
  uint8_t images[6];
  int32_t label;
  int64_t sample = 0;
  EXPECT_EQ(
      view.get().get_batch(view.get().context, &sample, 1, images, &label), 0);
  EXPECT_EQ(images[0], 20);
  EXPECT_EQ(label, 1);
  sample = 1;
  EXPECT_NE(
      view.get().get_batch(view.get().context, &sample, 1, images, &label), 0);
  EXPECT_THROW(std::rethrow_exception(view.error), lathe::Error);
}

} // namespace
