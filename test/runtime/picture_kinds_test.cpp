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

bool is_readable(const std::string &bytes) {
  return bytes.compare(0, 3, "\xff\xd8\xff") == 0 ||
         bytes.compare(0, 4, "\x89PNG") == 0;
}

TEST_F(PictureKinds, AreReadOrRefusedInOneMessage) {
  const int64_t before = peak_memory();
  int decoded = 0, refused = 0;
  for (Row &row : rows) {
    SCOPED_TRACE(row["file"]);
    const std::string path = folder + "/" + row["file"];
    // Orientation is that of the file.
    std::string stored = row["pixels_as_stored"];
    if (stored.empty())
      stored = row["pixels"];
    const bool known = !row["width"].empty();
    const int64_t width = known ? std::stoll(row["width"]) : 8;
    const int64_t height = known ? std::stoll(row["height"]) : 8;
    if (width * height > 1 << 20)
      continue; // the next test
    std::vector<uint8_t> expected = stored.empty()
                                        ? std::vector<uint8_t>()
                                        : read_pixels(folder + "/" + stored);
    int64_t stored_width = width, stored_height = height;
    if (stored != row["pixels"] && row["kind"].back() >= '5' &&
        row["kind"].find("orientation") != std::string::npos)
      std::swap(stored_width, stored_height); // a quarter turn
    std::vector<uint8_t> pixels(size_t(width * height * 3));
    try {
      lathe::read_image(path, stored_height, stored_width, 3, pixels.data());
    } catch (const lathe::Error &error) {
      ++refused;
      EXPECT_EQ(std::string(error.what()).find(path + ": byte "), 0u)
          << error.what();
      EXPECT_FALSE(row["expected"] == "decodes" && is_readable(read_text(path)))
          << error.what();
      continue;
    }
    ++decoded;
    EXPECT_NE(row["expected"], "refused");
    ASSERT_EQ(pixels.size(), expected.size());
    for (size_t i = 0; i < pixels.size(); ++i)
      ASSERT_LE(std::abs(pixels[i] - expected[i]), std::stoi(row["tolerance"]))
          << "value " << i;
  }
  EXPECT_GT(decoded, 60);
  EXPECT_GT(refused, 40);
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
