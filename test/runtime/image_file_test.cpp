// image_file_test.cpp: decoding, conversion and resizing.
#include "runtime/data/image_file.h"
#include "runtime/error.h"
#include "test/runtime/temporary_folder.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

#include <gtest/gtest.h>

#include <jpeglib.h>
#include <png.h>

#include <cmath>
#include <cstdio>

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

// 16x16 pixels of these inks, as cyan, magenta, yellow and black.
void write_inks(const std::string &path, J_COLOR_SPACE space, bool adobe,
                const std::vector<uint8_t> &inks) {
  jpeg_compress_struct jpeg = {};
  jpeg_error_mgr errors = {};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  FILE *file = std::fopen(path.c_str(), "wb");
  jpeg_stdio_dest(&jpeg, file);
  jpeg.image_width = jpeg.image_height = 16;
  jpeg.input_components = 4;
  jpeg.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_colorspace(&jpeg, space);
  jpeg.write_Adobe_marker = adobe;
  jpeg_set_quality(&jpeg, 100, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  std::vector<uint8_t> line;
  for (int i = 0; i < 16; ++i)
    line.insert(line.end(), inks.begin(), inks.end());
  for (int y = 0; y < 16; ++y) {
    JSAMPROW row = line.data();
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::fclose(file);
}

// Light is what no ink takes away: (255 - ink) * (255 - black) / 255. With
// Adobe's marker, files hold 255 minus the ink.
TEST(ReadImage, ConvertsInks) {
  TemporaryFolder folder;
  const std::string path = folder / "a.jpg";
  write_inks(path, JCS_CMYK, true, {255, 128, 0, 128});
  for (int i = 0; i < 16; ++i) {
    EXPECT_NEAR(read(path, 16, 16, 3)[3 * i], 128, 1);
    EXPECT_NEAR(read(path, 16, 16, 3)[3 * i + 1], 64, 1);
    EXPECT_NEAR(read(path, 16, 16, 3)[3 * i + 2], 0, 1);
  }
  EXPECT_NEAR(read(path, 16, 16, 1)[5], 0.299 * 128 + 0.587 * 64, 2);
  write_inks(path, JCS_YCCK, true, {200, 200, 200, 255});
  for (int value : read(path, 16, 16, 3))
    EXPECT_NEAR(value, 200, 2);
  write_inks(path, JCS_CMYK, false, {55, 55, 55, 0});
  for (int value : read(path, 16, 16, 3))
    EXPECT_NEAR(value, 200, 2);
}

// 68 megapixels, more than are decoded whole: quarters of four shades.
TEST(ReadImage, ShrinksVeryLargePngFiles) {
  TemporaryFolder folder;
  const std::string path = folder / "a.png";
  const int side = 8260;
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  FILE *file = std::fopen(path.c_str(), "wb");
  png_init_io(png, file);
  png_set_compression_level(png, 1);
  png_set_filter(png, 0, PNG_FILTER_NONE);
  png_set_IHDR(png, info, side, side, 8, PNG_COLOR_TYPE_GRAY,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  std::vector<uint8_t> rows[2];
  for (int lower : {0, 1})
    for (int x = 0; x < side; ++x)
      rows[lower].push_back(uint8_t(40 + 100 * lower + 60 * (x >= side / 2)));
  for (int y = 0; y < side; ++y)
    png_write_row(png, rows[y >= side / 2].data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  std::fclose(file);
  // An eighth of each mean is from beyond the middle.
  const int expected[] = {60, 105, 135, 180};
  const std::vector<int> means = read(path, 2, 2, 1);
  for (int quarter = 0; quarter < 4; ++quarter)
    EXPECT_NEAR(means[size_t(quarter)], expected[quarter], 1);
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
      {"8BPS", "byte 0: PSD pictures are not read; those that are: JPEG, PNG, "
               "BMP, GIF, WebP, TIFF or PNM"},
      {"<html>", "byte 0: holds no picture (JPEG, "},
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
