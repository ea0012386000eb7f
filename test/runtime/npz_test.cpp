// npz_test.cpp: arrays in .npz files, one-hot labels.
#include "runtime/data/dataset.h"
#include "runtime/error.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>
#include <minizip/zip.h>

namespace {

using lathe::Part;
using Members = std::vector<std::pair<std::string, std::string>>;

// Compressed as numpy.savez_compressed does, or stored as numpy.savez does.
void write_npz(const std::string &path, const Members &members,
               bool compressed) {
  zipFile zip = zipOpen64(path.c_str(), APPEND_STATUS_CREATE);
  for (const auto &[name, text] : members) {
    zip_fileinfo info = {};
    zipOpenNewFileInZip64(zip, name.c_str(), &info, nullptr, 0, nullptr, 0,
                          nullptr, compressed ? Z_DEFLATED : 0, 6,
                          /*zip64=*/1);
    zipWriteInFileInZip(zip, text.data(), unsigned(text.size()));
    zipCloseFileInZip(zip);
  }
  zipClose(zip, nullptr);
}

lathe::DatasetSpec small() {
  lathe::DatasetSpec spec;
  spec.height = 2;
  spec.width = 3;
  spec.channels = 1;
  spec.classes = 3;
  return spec;
}

// Two parts of one and two images.
Members arrays() {
  std::string pixels;
  for (char i = 0; i < 18; ++i)
    pixels += i;
  return {{"x_train.npy", npy("|u1", "(2, 2, 3)", pixels.substr(0, 12))},
          {"y_train.npy", npy("<i8", "(2,)", bytes_of<int64_t>({2, 1}))},
          {"x_test.npy", npy("|u1", "(1, 2, 3)", pixels.substr(12))},
          {"y_test.npy", npy("<i8", "(1,)", bytes_of<int64_t>({0}))}};
}

std::string error_of(const std::string &path, Part part = Part::Train) {
  try {
    lathe::open_dataset(path, small(), part);
  } catch (const lathe::Error &error) {
    return error.what();
  }
  return "";
}

TEST(Npz, IsReadAlikeWhereverItLies) {
  for (bool compressed : {false, true}) {
    TemporaryFolder folder;
    write_npz(folder / "mnist.npz", arrays(), compressed);
    for (const std::string &path : {folder.path(), folder / "mnist.npz"}) {
      auto train = lathe::open_dataset(path, small(), Part::Train);
      EXPECT_EQ(train->labels(), (std::vector<int32_t>{2, 1}));
      float images[6];
      int32_t label;
      const int64_t second = 1;
      train->read(&second, 1, images, &label);
      EXPECT_EQ(images[0], 6);
      EXPECT_EQ(label, 1);
      auto test = lathe::open_dataset(path, small(), Part::Test);
      EXPECT_EQ(test->labels(), (std::vector<int32_t>{0}));
    }
  }
}

TEST(Npz, MistakesAreOneMessage) {
  TemporaryFolder folder;
  const std::string path = folder / "a.npz";
  write_npz(path, {{"p.npy", "1"}, {"q.npy", "2"}}, true);
  EXPECT_EQ(error_of(path),
            path + ": x_train.npy is missing; it holds p.npy, q.npy");
  Members members = arrays();
  members.erase(members.begin() + 1);
  write_npz(path, members, true);
  EXPECT_EQ(error_of(path), path + ": y_train.npy: is missing");
  members = arrays();
  members[1].second.resize(130);
  write_npz(path, members, true);
  EXPECT_EQ(error_of(path), path + ": y_train.npy: byte 130 of the "
                                   "uncompressed data: the file ends inside of "
                                   "elements");
}

// Whatever is damaged, an error or the right data: never other numbers.
TEST(Npz, DamageIsNoticed) {
  for (bool compressed : {false, true}) {
    TemporaryFolder folder;
    write_npz(folder / "good.npz", arrays(), compressed);
    const std::string good = read_text(folder / "good.npz");
    int errors = 0;
    for (size_t i = 0; i + 4 < good.size(); i += 5) {
      std::string bad = good;
      bad[i] = char(bad[i] ^ (1 << i % 8));
      write_text(folder / "bad.npz", bad);
      try {
        auto train =
            lathe::open_dataset(folder / "bad.npz", small(), Part::Train);
        EXPECT_EQ(train->labels(), (std::vector<int32_t>{2, 1})) << i;
        float images[12];
        int32_t labels[2];
        const int64_t samples[] = {0, 1};
        train->read(samples, 2, images, labels);
        for (int pixel = 0; pixel < 12; ++pixel)
          EXPECT_EQ(images[pixel], pixel) << i;
      } catch (const lathe::Error &) {
        ++errors;
      }
      write_text(folder / "bad.npz", good.substr(0, i));
      EXPECT_NE(error_of(folder / "bad.npz"), "") << i;
    }
    EXPECT_GT(errors, 20);
  }
}

TEST(Npy, LabelsAreNumbersOrOneHot) {
  struct Case {
    std::string type, shape, data;
  } cases[] = {
      {"<f4", "(2, 3)", bytes_of<float>({0, 0, 1, 0, 1, 0})},
      {"<f8", "(2, 3)", bytes_of<double>({0, 0, 1, 0, 1, 0})},
      {"|u1", "(2, 3)", {0, 0, 1, 0, 1, 0}},
      {"|b1", "(2, 3)", {0, 0, 1, 0, 1, 0}},
      {"<i8", "(2, 3)", bytes_of<int64_t>({0, 0, 1, 0, 1, 0})},
      {"<f4", "(2, 1)", bytes_of<float>({2, 1})},
      {"<u8", "(2,)", bytes_of<uint64_t>({2, 1})},
  };
  for (const Case &c : cases) {
    TemporaryFolder folder;
    write_text(folder / "images.npy",
               npy("|u1", "(2, 2, 3)", std::string(12, '\1')));
    write_text(folder / "labels.npy", npy(c.type, c.shape, c.data));
    EXPECT_EQ(
        lathe::open_dataset(folder.path(), small(), Part::Train)->labels(),
        (std::vector<int32_t>{2, 1}))
        << c.type << c.shape;
  }
}

} // namespace
