// image_file_test.cpp: decoding, conversion and resizing.
#include "runtime/data/image_file.h"
#include "runtime/error.h"
#include "test/runtime/temporary_folder.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

#include <gtest/gtest.h>

#include <cmath>

namespace {

std::vector<int> read(const std::string &path, int64_t height, int64_t width,
                      int64_t channels) {
  std::vector<uint8_t> pixels(size_t(height * width * channels));
  lathe::read_image(path, height, width, channels, pixels.data());
  return {pixels.begin(), pixels.end()};
}

TEST(ReadImage, GivesPngPixelsAsTheyAre) {
  TemporaryFolder folder;
  uint8_t grey[] = {0, 10, 20, 30, 40, 255};
  stbi_write_png((folder / "a.png").c_str(), 3, 2, 1, grey, 3);
  EXPECT_EQ(read(folder / "a.png", 2, 3, 1),
            (std::vector<int>{0, 10, 20, 30, 40, 255}));
  uint8_t colour[] = {1, 2, 3, 4, 5, 6};
  stbi_write_png((folder / "b.png").c_str(), 2, 1, 3, colour, 6);
  EXPECT_EQ(read(folder / "b.png", 1, 2, 3),
            (std::vector<int>{1, 2, 3, 4, 5, 6}));
}

TEST(ReadImage, ConvertsBetweenGreyAndColour) {
  TemporaryFolder folder;
  uint8_t grey[] = {7, 200};
  stbi_write_png((folder / "grey.png").c_str(), 2, 1, 1, grey, 2);
  EXPECT_EQ(read(folder / "grey.png", 1, 2, 3),
            (std::vector<int>{7, 7, 7, 200, 200, 200}));
  // Rec. 601: 0.299 red + 0.587 green + 0.114 blue
  uint8_t colour[] = {255, 0, 0, 0, 255, 0, 0, 0, 255};
  stbi_write_png((folder / "colour.png").c_str(), 3, 1, 3, colour, 9);
  std::vector<int> result = read(folder / "colour.png", 1, 3, 1);
  EXPECT_NEAR(result[0], 76, 1);
  EXPECT_NEAR(result[1], 150, 1);
  EXPECT_NEAR(result[2], 29, 1);
  uint8_t transparent[] = {9, 8, 7, 0};
  stbi_write_png((folder / "alpha.png").c_str(), 1, 1, 4, transparent, 4);
  EXPECT_EQ(read(folder / "alpha.png", 1, 1, 3), (std::vector<int>{9, 8, 7}));
}

// Half the size with a triangle as wide as two pixels: weights 1, 3, 3, 1.
TEST(ReadImage, ShrinksWithEveryPixelCounted) {
  TemporaryFolder folder;
  uint8_t grey[] = {0, 0, 0, 0, 80, 80, 0, 0};
  stbi_write_png((folder / "a.png").c_str(), 8, 1, 1, grey, 8);
  EXPECT_EQ(read(folder / "a.png", 1, 4, 1), (std::vector<int>{0, 10, 60, 10}));
}

// Centres of the new pixels lie at -0.25, 0.25, 0.75, 1.25 of the old.
TEST(ReadImage, GrowsBilinearly) {
  TemporaryFolder folder;
  uint8_t grey[] = {0, 80};
  stbi_write_png((folder / "a.png").c_str(), 2, 1, 1, grey, 2);
  EXPECT_EQ(read(folder / "a.png", 1, 4, 1), (std::vector<int>{0, 20, 60, 80}));
}

TEST(ReadImage, DecodesJpeg) {
  TemporaryFolder folder;
  std::vector<uint8_t> grey(16 * 16, 100);
  stbi_write_jpg((folder / "a.JPG").c_str(), 16, 16, 1, grey.data(), 95);
  for (int value : read(folder / "a.JPG", 16, 16, 3))
    EXPECT_NEAR(value, 100, 2);
}

std::string error_of(const std::string &path) {
  try {
    read(path, 2, 2, 1);
  } catch (const lathe::Error &error) {
    return error.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string &what, size_t skip,
                     const std::string &by) {
  return text.replace(text.find(what) + what.size() + skip, by.size(), by);
}

TEST(ReadImage, NamesTheByteOfDamage) {
  TemporaryFolder folder;
  std::vector<uint8_t> grey(16 * 16, 100);
  stbi_write_jpg((folder / "good").c_str(), 16, 16, 1, grey.data(), 95);
  stbi_write_png((folder / "png").c_str(), 16, 16, 1, grey.data(), 16);
  const std::string jpeg = read_text(folder / "good");
  const std::string png = read_text(folder / "png");
  struct Case {
    std::string text, message;
  } cases[] = {
      {"", "byte 0: the file is empty"},
      {"GIF89a", "byte 0: GIF pictures are not read"},
      {"<html>", "byte 0: holds no picture (JPEG or PNG)"},
      {jpeg.substr(0, jpeg.size() - 20), "Premature end of JPEG file"},
      // frame header: length and precision, then height and width
      {replaced(jpeg, "\xff\xc0", 3, "\xff\xd0\xff\xd0"),
       "an image of 65488x65488 does not fit in this file"},
      // Huffman table: length and number, then sixteen counts, in all too many
      {replaced(jpeg, "\xff\xc4", 3, std::string(16, '\xff')),
       "Bogus Huffman table definition"},
      {replaced(png, "IDAT", 4, "xxxx"), "byte "},
  };
  for (const Case &c : cases) {
    write_text(folder / "bad", c.text);
    std::string error = error_of(folder / "bad");
    EXPECT_EQ(error.find(folder / "bad" + ": byte "), 0u) << error;
    EXPECT_NE(error.find(c.message), std::string::npos) << error;
  }
}

// No prefix of a good file crashes; damaged bytes neither.
TEST(ReadImage, SurvivesDamagedFiles) {
  TemporaryFolder folder;
  std::vector<uint8_t> pixels(24 * 24 * 3);
  for (size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = uint8_t(i * 37);
  stbi_write_png((folder / "good.png").c_str(), 24, 24, 3, pixels.data(), 72);
  stbi_write_jpg((folder / "good.jpg").c_str(), 24, 24, 3, pixels.data(), 90);
  for (std::string name : {"good.png", "good.jpg"}) {
    std::string good = read_text(folder / name);
    for (size_t size = 0; size < good.size() - 20; size += 13) {
      write_text(folder / "bad", good.substr(0, size));
      std::string error = error_of(folder / "bad");
      EXPECT_EQ(error.find(folder / "bad"), 0u) << name << " cut to " << size;
    }
    uint32_t random = 5;
    for (int i = 0; i < 200; ++i) {
      std::string bad = good;
      for (int change = 0; change < 3; ++change) {
        random = random * 1664525u + 1013904223u;
        bad[random % bad.size()] = char(random >> 24);
      }
      write_text(folder / "bad", bad);
      error_of(folder / "bad");
    }
  }
}

} // namespace
