// picture_kinds_test.cpp: files of all kinds that lie in people's folders,
// damaged and hostile ones among them. The project does not hold them: they are
// looked for in $LATHE_DATA, then beside the repository.
#include "runtime/data/image_file.h"
#include "runtime/error.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <numeric>
#include <sstream>

namespace {

std::string pictures_folder() {
  const char *variable = std::getenv("LATHE_DATA");
  return std::string(variable ? variable : LATHE_DEFAULT_DATA) +
         "/picture-kinds";
}

// A row of kinds.tsv, by its headings.
using Row = std::map<std::string, std::string>;

std::vector<Row> read_table(const std::string &path) {
  std::ifstream file(path);
  std::vector<std::string> headings;
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> fields;
    std::istringstream text(line);
    for (std::string field; std::getline(text, field, '\t');)
      fields.push_back(field);
    if (headings.empty()) {
      headings = fields;
      continue;
    }
    fields.resize(headings.size());
    rows.emplace_back();
    for (size_t i = 0; i < headings.size(); ++i)
      rows.back()[headings[i]] = fields[i];
  }
  return rows;
}

// The bytes behind an .npy file's header of version 1.
std::vector<uint8_t> read_pixels(const std::string &path) {
  const std::string text = read_text(path);
  const size_t header = uint8_t(text[8]) + 256u * uint8_t(text[9]);
  return {text.begin() + 10 + int64_t(header), text.end()};
}

// Bytes of the largest size that this process had.
int64_t peak_memory() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return int64_t(usage.ru_maxrss) << 10;
}

class PictureKinds : public testing::Test {
protected:
  void SetUp() override {
    folder = pictures_folder();
    rows = read_table(folder + "/kinds.tsv");
    if (rows.empty())
      GTEST_SKIP() << folder << " is not here; set LATHE_DATA";
  }
  std::string folder;
  std::vector<Row> rows;
};

// What files that may be refused are, if they are read.
bool is_refused(const std::string &file) {
  for (const char *kind : {".tga", ".ico", ".jp2"})
    if (file.find(kind) != std::string::npos)
      return true;
  return file.find("-rle.bmp") != std::string::npos;
}

// The picture against the table's; false where reading failed.
bool reads(const std::string &path, const std::vector<uint8_t> &expected,
           int64_t height, int64_t width, int tolerance, bool exif) {
  std::vector<uint8_t> pixels(size_t(height * width * 3));
  lathe::PictureSettings settings;
  settings.exif = exif;
  try {
    lathe::read_image(path, height, width, 3, pixels.data(), settings);
  } catch (const lathe::Error &error) {
    const std::string message = error.what();
    EXPECT_EQ(message.find(path + ": byte "), 0u) << message;
    EXPECT_LT(message.size(), path.size() + 160) << message;
    return false;
  }
  EXPECT_EQ(pixels.size(), expected.size());
  for (size_t i = 0; i < std::min(pixels.size(), expected.size()); ++i) {
    if (std::abs(pixels[i] - expected[i]) > tolerance) {
      ADD_FAILURE() << "value " << i << ": " << int(pixels[i]) << ", not "
                    << int(expected[i]);
      break;
    }
  }
  return true;
}

TEST_F(PictureKinds, AreReadOrRefusedInOneMessage) {
  const int64_t before = peak_memory();
  int decoded = 0, refused = 0;
  for (Row &row : rows) {
    SCOPED_TRACE(row["file"]);
    const std::string path = folder + "/" + row["file"];
    const bool known = !row["width"].empty();
    int64_t width = known ? std::stoll(row["width"]) : 8;
    int64_t height = known ? std::stoll(row["height"]) : 8;
    if (width * height > 1 << 20)
      continue; // the next test
    const int tolerance = known ? std::stoi(row["tolerance"]) : 0;
    std::vector<uint8_t> expected;
    if (!row["pixels"].empty())
      expected = read_pixels(folder + "/" + row["pixels"]);
    const bool is_read = reads(path, expected, height, width, tolerance, true);
    EXPECT_EQ(is_read,
              row["expected"] == "decodes" ||
                  (row["expected"] == "either" && !is_refused(row["file"])));
    ++(is_read ? decoded : refused);

    if (row["pixels_as_stored"].empty())
      continue;
    const std::string &kind = row["kind"];
    if (kind.back() >= '5' && kind.back() <= '8')
      std::swap(height, width); // a quarter turn
    expected = read_pixels(folder + "/" + row["pixels_as_stored"]);
    EXPECT_TRUE(reads(path, expected, height, width, tolerance, false));
  }
  EXPECT_GT(decoded, 105);
  EXPECT_GT(refused, 20);
  EXPECT_LT(peak_memory() - before, int64_t(500) << 20);
}

// Pictures of 108 megapixels, baseline and progressive: read without the memory
// for all pixels.
TEST_F(PictureKinds, VeryLargePicturesAreShrunkWhileTheyAreRead) {
  const int64_t before = peak_memory();
  for (const char *name :
       {"jpeg-12000x9000.jpg", "jpeg-12000x9000-progressive.jpg"}) {
    const int size = 120;
    std::vector<uint8_t> pixels(size * size * 3);
    lathe::read_image(folder + "/" + name, size, size, 3, pixels.data());
    const int corners[][3] = {
        {200, 40, 40}, {40, 160, 60}, {51, 70, 209}, {219, 200, 61}};
    const size_t places[] = {0, size - 1, size * (size - 1), size * size - 1};
    for (size_t corner = 0; corner < 4; ++corner)
      for (size_t c = 0; c < 3; ++c)
        EXPECT_NEAR(pixels[3 * places[corner] + c], corners[corner][c], 3);
    const double means[] = {127.51, 117.52, 92.54};
    for (size_t c = 0; c < 3; ++c) {
      double sum = 0;
      for (size_t i = c; i < pixels.size(); i += 3)
        sum += pixels[i];
      EXPECT_NEAR(sum / (size * size), means[c], 2);
    }
  }
  EXPECT_LT(peak_memory() - before, int64_t(600) << 20);
}

} // namespace
