// malformed_data_test.cpp: broken and hostile data files. Each is one message
// that names the file and the place.
#include "runtime/data/dataset.h"
#include "runtime/error.h"
#include "test/runtime/handwritten_models.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>

#include <cmath>

namespace {

struct File {
  std::string name, text;
};

struct Case {
  const char *name;
  std::vector<File> files;
  int channels; // of the model's 2x3 input; 3 stands for CIFAR's 32x32x3
  std::string expected; // begins so, after the folder; {} is the folder
};

std::ostream &operator<<(std::ostream &out, const Case &c) {
  return out << c.name;
}

const std::string images = "train-images-idx3-ubyte";
const std::string labels = "train-labels-idx1-ubyte";
const std::string six(6, 'x'), twelve(12, 'x');
const File good_images = {images, idx({2, 2, 3}, twelve)};
const File good_npy = {"images.npy", npy("|u1", "(2, 2, 3)", twelve)};
// An .npy file of version 1.0 whose elements are records.
const std::string named_fields =
    std::string("\x93NUMPY\1\0\x41\0", 10) +
    "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}\n";
// gzip's own bytes, put into a file that is not compressed again.
std::string gzip(const std::string &text) {
  TemporaryFolder folder;
  write_text(folder / "x.gz", text);
  return read_text(folder / "x.gz");
}
std::string damaged(std::string text, size_t at) {
  text[at] = char(~text[at]);
  return text;
}
std::string noise(size_t size) {
  std::string text;
  uint32_t random = 1;
  while (text.size() < size) {
    random = random * 1664525u + 1013904223u;
    text += char(random >> 24);
  }
  return text;
}
std::string record(char label) {
  return std::string(1, label) + std::string(3072, 'x');
}

std::string big_endian(uint32_t value) {
  return {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
}
std::string png_chunk(const std::string &content) { // its type included
  return big_endian(uint32_t(content.size() - 4)) + content +
         big_endian(
             uint32_t(crc32(0, reinterpret_cast<const Bytef *>(content.data()),
                            uInt(content.size()))));
}
// A square PNG image whose header is in order and whose pixels are missing.
std::string png_header(uint32_t side) {
  return "\x89PNG\r\n\x1a\n" +
         png_chunk("IHDR" + big_endian(side) + big_endian(side) +
                   std::string("\x08\2\0\0\0", 5)) +
         png_chunk("IDAT");
}

const std::vector<Case> cases = {
    {"nothing", {}, 1, ": no data found"},
    {"empty_images",
     {{images, ""}, {labels, idx({2}, {0, 1})}},
     1,
     "/" + images + ": byte 0: the file ends inside of the header"},
    {"no_labels",
     {good_images},
     1,
     ": train-labels-idx1-ubyte[.gz] is missing"},
    {"no_train_part",
     {{"t10k-images-idx3-ubyte", idx({1, 2, 3}, six)}},
     1,
     ": train-images-idx3-ubyte[.gz] is missing"},
    {"wrong_magic",
     {{images, "PNG\n" + twelve}, {labels, idx({2}, {0, 1})}},
     1,
     "/" + images + ": byte 0: 0x504e470a is not the magic number"},
    {"floats",
     {{images, std::string("\0\0\x0d\3", 4) + twelve}, {labels, ""}},
     1,
     "/" + images + ": byte 0: 0x00000d03"},
    {"too_few_dimensions",
     {{images, idx({2, 6}, twelve)}, {labels, ""}},
     1,
     "/" + images + ": byte 0: 0x00000802"},
    {"cut_header",
     {{images, idx({2}, "").substr(0, 6)}, {labels, ""}},
     1,
     "/" + images + ": byte 0: 0x00000801"},
    {"cut_dimensions",
     {{images, idx({2, 2, 3}, "").substr(0, 14)}, {labels, ""}},
     1,
     "/" + images + ": byte 14: the file ends inside of the header"},
    {"other_shape",
     {{images, idx({2, 3, 3}, std::string(18, 'x'))}, {labels, ""}},
     1,
     "/" + images + ": byte 8: images are 3x3x1, the model's input is 2x3x1"},
    {"other_channels",
     {{images, idx({2, 2, 3}, twelve)}, {labels, ""}},
     2,
     "/" + images + ": byte 8: images are 2x3x1, the model's input is 2x3x2"},
    {"huge_count",
     {{images, idx({0xffffffff, 2, 3}, twelve)}, {labels, ""}},
     1,
     "/" + images + ": byte 16: the header promises 25769803770 bytes"},
    {"huge_count_gz",
     {{images + ".gz", idx({0xffffffff, 2, 3}, twelve)}, {labels, ""}},
     1,
     "/" + images +
         ".gz: byte 16 of the uncompressed data: the header promises"},
    {"cut_images",
     {{images, idx({2, 2, 3}, six)}, {labels, idx({2}, {0, 1})}},
     1,
     "/" + images + ": byte 22: the file ends inside of images"},
    {"cut_images_gz",
     {{images + ".gz", idx({2, 2, 3}, six)}, {labels, idx({2}, {0, 1})}},
     1,
     "/" + images + ".gz: byte 22 of the uncompressed data: the file ends"},
    {"trailing_bytes",
     {{images, idx({2, 2, 3}, twelve + "x")}, {labels, idx({2}, {0, 1})}},
     1,
     "/" + images + ": byte 28: there is more data after the last image"},
    {"cut_gzip",
     {{images, gzip(idx({100, 2, 3}, noise(600))).substr(0, 300)},
      {labels, ""}},
     1,
     "/" + images + ": byte "},
    {"damaged_gzip",
     {{images, damaged(gzip(idx({100, 2, 3}, noise(600))), 300)}, {labels, ""}},
     1,
     "/" + images + ": byte "},
    {"fewer_labels",
     {good_images, {labels, idx({1}, {0})}},
     1,
     "/" + labels + ": byte 4: 1 labels, but "},
    {"cut_labels",
     {good_images, {labels, idx({2}, {0})}},
     1,
     "/" + labels + ": byte 9: the file ends inside of labels"},
    {"label_too_large",
     {good_images, {labels, idx({2}, {0, 2})}},
     1,
     "/" + labels +
         ": byte 9: label 2 of sample 1, but the model has 2 classes"},
    {"no_samples",
     {{images, idx({0, 2, 3}, "")}, {labels, idx({0}, "")}},
     1,
     ": holds no samples"},
    {"cifar_shape",
     {{"data_batch_1.bin", record(1)}},
     1,
     ": CIFAR images are 32x32x3, the model's input is 2x3x1"},
    {"cifar_cut",
     {{"data_batch_1.bin", record(1) + record(0).substr(0, 100)}},
     3,
     "/data_batch_1.bin: byte 3173: the file ends inside of record 1"},
    {"cifar_cut_gz",
     {{"data_batch_1.bin.gz", record(1).substr(0, 100)}},
     3,
     "/data_batch_1.bin.gz: byte 100 of the uncompressed data: the file ends"},
    {"cifar_label",
     {{"data_batch_1.bin", record(1) + record(2)}},
     3,
     "/data_batch_1.bin: byte 3073: label 2 of record 1"},
    {"cifar_empty", {{"data_batch_1.bin", ""}}, 3, ": holds no samples"},
    {"npy_empty",
     {{"images.npy", ""}},
     1,
     "/images.npy: byte 0: the file ends inside of the magic number"},
    {"npy_magic",
     {{"images.npy", "PK\3\4 a zip file"}},
     1,
     "/images.npy: byte 0: is not an .npy file"},
    {"npy_version",
     {{"images.npy", std::string("\x93NUMPY\x09\0\x10\0", 10)}},
     1,
     "/images.npy: byte 6: unknown .npy version 9"},
    {"npy_header_length",
     {{"images.npy", std::string("\x93NUMPY\2\0\xff\xff\xff\x7f", 12)}},
     1,
     "/images.npy: byte 8: a header of 2147483647 bytes is too long"},
    {"npy_cut_header",
     {{"images.npy", good_npy.text.substr(0, 40)}},
     1,
     "/images.npy: byte 40: the file ends inside of the header"},
    {"npy_objects",
     {{"images.npy", npy("|O", "(2, 2, 3)", twelve)}},
     1,
     "/images.npy: byte 10: the elements are Python objects; save "},
    {"npy_strings",
     {good_npy, {"labels.npy", npy("<U3", "(2,)", twelve + twelve)}},
     1,
     "/labels.npy: byte 10: the elements are strings; save numbers of classes"},
    {"npy_bool_images",
     {{"images.npy", npy("|b1", "(2, 2, 3)", twelve)}},
     1,
     "/images.npy: byte 10: images must be uint8, float32 or float64, and "
     "these are bool; save images.astype('float32')"},
    {"npy_named_fields",
     {{"images.npy", named_fields}},
     1,
     "/images.npy: byte 10: the array has named fields"},
    {"npy_long_double",
     {{"images.npy", npy("<f16", "(2, 2, 3)", twelve)}},
     1,
     "/images.npy: byte 10: the element type <f16 is unknown"},
    {"npy_complex",
     {{"images.npy", npy("<c8", "(2, 2, 3)", twelve)}},
     1,
     "/images.npy: byte 10: the elements are complex numbers"},
    {"npy_not_one_hot",
     {good_npy,
      {"labels.npy",
       npy("<f4", "(2, 2)", bytes_of<float>({0, 1, 0.25f, 0.75f}))}},
     1,
     "/labels.npy: byte 136: row 1 is not one 1 among zeros"},
    {"npy_two_hot",
     {good_npy, {"labels.npy", npy("|u1", "(2, 2)", {0, 1, 1, 1})}},
     1,
     "/labels.npy: byte 130: row 1 is not one 1 among zeros"},
    {"npz_cut",
     {{"data.npz", "PK\3\4 cut off"}},
     1,
     "/data.npz: the zip file is damaged or cut off"},
    {"npy_big_endian",
     {{"images.npy", npy(">f4", "(2, 2, 3)", twelve)}},
     1,
     "/images.npy: byte 10: the numbers are big-endian; save "},
    {"npy_shape_text",
     {{"images.npy", npy("|u1", "(2, -2, 3)", twelve)}},
     1,
     "/images.npy: byte 10: the header's shape is not a tuple of numbers"},
    {"npy_huge",
     {{"images.npy", npy("|u1", "(99999999999999999999, 2, 3)", six)}},
     1,
     "/images.npy: byte 10: a dimension in the header is too large"},
    {"npy_overflow",
     {{"images.npy", npy("<f8", "(2147483648, 2147483648, 2147483648)", six)}},
     1,
     "/images.npy: byte 10: the header's shape is too large"},
    {"npy_promise",
     {{"images.npy", npy("|u1", "(2000000000, 2, 3)", six)}},
     1,
     "/images.npy: byte 128: the header promises 12000000000 bytes"},
    {"npy_cut",
     {{"images.npy", npy("|u1", "(3, 2, 3)", twelve)}},
     1,
     "/images.npy: byte 140: the file ends inside of elements"},
    {"npy_other_shape",
     {{"images.npy", npy("|u1", "(2, 3, 2)", twelve)}},
     1,
     "/images.npy: byte 10: the array's shape is (2, 3, 2), the model's input"},
    {"npy_integers",
     {{"images.npy", npy("<i2", "(1, 2, 3)", twelve)}},
     1,
     "/images.npy: byte 10: images must be uint8, float32 or float64"},
    {"npy_no_labels", {good_npy}, 1, "/labels.npy: no such file"},
    {"npy_label_count",
     {good_npy, {"labels.npy", npy("|u1", "(1,)", {1})}},
     1,
     "/labels.npy: byte 10: expected 2 labels"},
    {"npy_float_labels",
     {good_npy, {"labels.npy", npy("<f4", "(2,)", bytes_of<float>({1, 0.5f}))}},
     1,
     "/labels.npy: byte 132: label 0.5 of row 1 is not a whole number"},
    {"npy_nan_labels",
     {good_npy, {"labels.npy", npy("<f4", "(2,)", bytes_of<float>({1, NAN}))}},
     1,
     "/labels.npy: byte 132: label nan of row 1 is not a whole number"},
    {"npy_half_labels",
     {good_npy, {"labels.npy", npy("<f2", "(2,)", "0000")}},
     1,
     "/labels.npy: byte 10: labels are float16; save "},
    {"npy_label_negative",
     {good_npy, {"labels.npy", npy("|i1", "(2,)", {1, -1})}},
     1,
     "/labels.npy: byte 129: label -1 of row 1, but the model has 2 classes"},
    {"folder_count",
     {{"a/1.png", "x"}, {"b/1.png", "x"}, {"c/1.png", "x"}},
     1,
     ": 3 class folders (a, b, c), but the model has 2 classes"},
    {"folder_not_an_image",
     {{"a/1.png", "hello"}, {"b/1.png", png_header(5)}},
     1,
     "/a/1.png: byte 0: holds no picture"},
    {"folder_empty_image",
     {{"a/1.png", ""}, {"b/1.png", png_header(5)}},
     1,
     "/a/1.png: byte 0: holds no picture"},
    {"folder_large_image",
     {{"a/1.png", png_header(12000)}, {"b/1.png", png_header(5)}},
     1,
     "/a/1.png: byte 41: an image of 12000x12000 does not fit in this file"},
    {"folder_huge_image",
     {{"a/1.png", png_header(0x7fffffff)}, {"b/1.png", png_header(5)}},
     1,
     "/a/1.png: byte 33: Invalid IHDR data"},
    {"folder_image_without_pixels",
     {{"a/1.png", png_header(5)}, {"b/1.png", png_header(5)}},
     1,
     "/a/1.png: byte 45: the file is cut off"},
};

class MalformedData : public testing::TestWithParam<Case> {};

TEST_P(MalformedData, IsOneMessageWithThePlace) {
  const Case &c = GetParam();
  TemporaryFolder folder;
  for (const File &file : c.files)
    write_text(folder / file.name, file.text);
  lathe::DatasetSpec spec;
  spec.height = c.channels == 3 ? 32 : 2;
  spec.width = c.channels == 3 ? 32 : 3;
  spec.channels = c.channels;
  spec.classes = 2;
  std::string message;
  try {
    auto data = lathe::open_dataset(folder.path(), spec, lathe::Part::Train);
    std::vector<float> pixels(size_t(spec.image_size()));
    int32_t label;
    int64_t first = 0;
    data->read(&first, 1, pixels.data(), &label);
  } catch (const lathe::Error &error) {
    message = error.what();
  }
  std::string expected = folder.path() + c.expected;
  EXPECT_EQ(message.substr(0, expected.size()), expected);
}

INSTANTIATE_TEST_SUITE_P(Dataset, MalformedData, testing::ValuesIn(cases),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });

struct WeightsCase {
  std::string file, expected; // begins so, after the path
};

TEST(MalformedData, SampleWeightsAreOneMessageWithThePlace) {
  auto floats = [](std::vector<float> values) {
    return npy("<f4", "(3,)", bytes_of(values));
  };
  const WeightsCase wrong[] = {
      {npy("<i4", "(3,)", twelve),
       ": byte 10: sample weights must be float32 or float64"},
      {npy("<f4", "(4,)", twelve + "0000"),
       ": byte 10: the array's shape is (4), but the data have 3 samples"},
      {npy("<f4", "(3, 1)", twelve),
       ": byte 10: the array's shape is (3, 1), but the data have 3 samples"},
      {npy("<f4", "(3,)", six), ": byte 134: the file ends inside of"},
      {floats({1, -2, 3}), ": byte 132: the weight of sample 1 is -2, but must "
                           "be finite and at least 0"},
      {floats({1, 2, NAN}), ": byte 136: the weight of sample 2 is nan, but"},
      {floats({INFINITY, 2, 3}), ": byte 128: the weight of sample 0 is inf"},
      {npy("<f8", "(3,)", bytes_of<double>({1, 1e300, 1})),
       ": byte 136: the weight of sample 1 is inf, but"},
  };
  TemporaryFolder folder;
  const std::string path = folder / "w.npy";
  for (const WeightsCase &c : wrong) {
    write_text(path, c.file);
    try {
      lathe::read_sample_weights(path, 3, weighted_model);
      ADD_FAILURE() << c.expected;
    } catch (const lathe::Error &error) {
      EXPECT_EQ(std::string(error.what()).find(path + c.expected), 0u)
          << error.what();
    }
  }
  for (const std::string &file :
       {floats({1.5f, 0, 3}),
        npy("<f8", "(3,)", bytes_of<double>({1.5, 0, 3}))}) {
    write_text(path, file);
    EXPECT_EQ(lathe::read_sample_weights(path, 3, weighted_model),
              (std::vector<float>{1.5f, 0, 3}));
  }
  EXPECT_THROW(lathe::read_sample_weights(path, 3, plain_model), lathe::Error);
}

TEST(MalformedData, AFileOrNothingInTheFoldersPlaceIsRefused) {
  TemporaryFolder folder;
  write_text(folder / "file", "x");
  lathe::DatasetSpec spec;
  EXPECT_THROW(lathe::open_dataset(folder / "file", spec, lathe::Part::Train),
               lathe::Error);
  EXPECT_THROW(lathe::open_dataset(folder / "none", spec, lathe::Part::Train),
               lathe::Error);
}

} // namespace
