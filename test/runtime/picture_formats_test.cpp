// picture_formats_test.cpp: small pictures of each format, drawn here.
#include "runtime/data/image_codecs.h"
#include "runtime/data/image_file.h"
#include "runtime/error.h"
#include "test/runtime/temporary_folder.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

#include <gtest/gtest.h>

#include <png.h>
#include <tiffio.h>
#include <webp/encode.h>

#include <functional>

namespace {

using Pixels = std::vector<int>;

Pixels read(const std::string &path, int64_t height, int64_t width,
            int64_t channels, const lathe::PictureSettings &settings = {}) {
  std::vector<uint8_t> pixels(size_t(height * width * channels));
  lathe::read_image(path, height, width, channels, pixels.data(), settings);
  return {pixels.begin(), pixels.end()};
}

std::string error_of(const std::string &path) {
  try {
    read(path, 2, 3, 3);
  } catch (const lathe::Error &error) {
    return error.what();
  }
  return "";
}

// 3x2 pixels: red, green and blue, then black, grey and a transparent yellow.
const uint8_t drawn[] = {255, 0, 0, 255, 0,   255, 0,   255, 0,   0,   255, 255,
                         0,   0, 0, 255, 128, 128, 128, 255, 200, 180, 0,   0};
const Pixels colours = {255, 0, 0, 0,   255, 0,   0,   0,   255,
                        0,   0, 0, 128, 128, 128, 200, 180, 0};

lathe::PictureSettings over(uint8_t red, uint8_t green, uint8_t blue) {
  lathe::PictureSettings settings;
  settings.background = {red, green, blue};
  return settings;
}

// The transparent pixel, behind which the background is seen.
Pixels with_last(int red, int green, int blue) {
  Pixels pixels = colours;
  pixels[15] = red;
  pixels[16] = green;
  pixels[17] = blue;
  return pixels;
}

void write_webp(const std::string &path) {
  WebPPicture picture;
  WebPConfig config;
  WebPConfigInit(&config);
  config.lossless = config.exact = 1;
  WebPPictureInit(&picture);
  picture.use_argb = 1;
  picture.width = 3;
  picture.height = 2;
  WebPPictureImportRGBA(&picture, drawn, 12);
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  ASSERT_TRUE(WebPEncode(&config, &picture));
  write_text(path, std::string(writer.mem, writer.mem + writer.size));
  WebPMemoryWriterClear(&writer);
  WebPPictureFree(&picture);
}

void write_tiff(const std::string &path, uint16_t compression,
                uint16_t orientation = ORIENTATION_TOPLEFT) {
  TIFF *tiff = TIFFOpen(path.c_str(), "w");
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 3);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 2);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 4);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, orientation);
  uint16_t alpha = EXTRASAMPLE_UNASSALPHA;
  TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &alpha);
  for (uint32_t y : {0, 1})
    TIFFWriteScanline(tiff, const_cast<uint8_t *>(drawn + 12 * y), y, 0);
  TIFFClose(tiff);
}

// Four colours, with codes of three bits that are cleared before the table
// grows: 4 clears, 5 ends.
std::string gif_of(const std::vector<int> &pixels, const std::string &control) {
  std::string codes;
  unsigned bits = 0, held = 0;
  auto add = [&](unsigned code) {
    held |= code << bits;
    for (bits += 3; bits >= 8; bits -= 8, held >>= 8)
      codes += char(held & 255);
  };
  for (size_t i = 0; i < pixels.size(); ++i) {
    if (i % 2 == 0)
      add(4);
    add(unsigned(pixels[i]));
  }
  add(5);
  codes += char(held);
  const std::string palette("\xff\0\0\0\xff\0\0\0\xff\x0a\x14\x1e", 12);
  return std::string("GIF89a\3\0\2\0\x81\0\0", 13) + palette + control +
         std::string(",\0\0\0\0\3\0\2\0\0\2", 11) + char(codes.size()) + codes +
         std::string("\0;", 2);
}

TEST(PictureFormats, EachIsRead) {
  TemporaryFolder folder;
  write_webp(folder / "a.webp");
  write_tiff(folder / "none.tif", COMPRESSION_NONE);
  write_tiff(folder / "lzw.tif", COMPRESSION_LZW);
  write_tiff(folder / "deflate.tif", COMPRESSION_ADOBE_DEFLATE);
  stbi_write_png((folder / "a.png").c_str(), 3, 2, 4, drawn, 12);
  stbi_write_bmp((folder / "a.bmp").c_str(), 3, 2, 4, drawn);
  for (const char *name :
       {"a.webp", "none.tif", "lzw.tif", "deflate.tif", "a.png", "a.bmp"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(read(folder / name, 2, 3, 3), colours);
    EXPECT_EQ(read(folder / name, 2, 3, 3, over(9, 8, 7)), with_last(9, 8, 7));
    EXPECT_EQ(read(folder / name, 2, 3, 1), (Pixels{76, 149, 28, 0, 128, 165}));
    EXPECT_EQ(read(folder / name, 2, 3, 1, over(255, 255, 255))[5], 255);
  }
  write_text(folder / "a.gif", gif_of({0, 1, 2, 3, 3, 0}, ""));
  EXPECT_EQ(read(folder / "a.gif", 2, 3, 3, over(1, 2, 3)),
            (Pixels{255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 10, 20, 30,
                    255, 0, 0}));
  write_text(folder / "b.gif",
             gif_of({0, 1, 2, 3, 3, 0}, {"!\xf9\4\1\0\0\3\0", 8}));
  EXPECT_EQ(
      read(folder / "b.gif", 2, 3, 3, over(1, 2, 3)),
      (Pixels{255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 1, 2, 3, 255, 0, 0}));
}

TEST(PictureFormats, NetpbmIsScaled) {
  TemporaryFolder folder;
  struct Case {
    std::string text;
    Pixels pixels;
  } cases[] = {
      {"P1 #\n3 2\n1 0 1 010", {0, 255, 0, 255, 0, 255}},
      {std::string("P4\n3 2\n\xa0\x40", 9), {0, 255, 0, 255, 0, 255}},
      {"P2\n3 2 5\n0 1 2 3 4 5\n", {0, 51, 102, 153, 204, 255}},
      {std::string("P5 3 2 100 \0\x14\x28\x3c\x50\x64", 17),
       {0, 51, 102, 153, 204, 255}},
      {std::string("P5 3 2 65535 \0\0\x01\0\x01\x81\x80\0\xff\0\xff\xff", 25),
       {0, 1, 1, 128, 254, 255}},
  };
  for (const Case &c : cases) {
    write_text(folder / "a", c.text);
    EXPECT_EQ(read(folder / "a", 2, 3, 1), c.pixels) << c.text;
    write_text(folder / "a", c.text.substr(0, c.text.size() - 2));
    EXPECT_NE(error_of(folder / "a").find("the file "), std::string::npos);
  }
  write_text(folder / "a", "P6 3 2 999999");
  EXPECT_NE(error_of(folder / "a").find("byte 13: the largest value must be"),
            std::string::npos);
  write_text(folder / "a", "P2\n3 2 5\n0 1 2 3 4 6\n");
  EXPECT_NE(error_of(folder / "a").find("the value 6 is above the largest, 5"),
            std::string::npos);
  write_text(folder / "a", "P5 60000 60000 255 ");
  EXPECT_NE(error_of(folder / "a").find("60000x60000 is too large"),
            std::string::npos);
}

// What a header promises must be there.
TEST(PictureFormats, SmallFilesHoldNoLargePictures) {
  TemporaryFolder folder;
  for (const uint16_t compression :
       {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_CCITTFAX4}) {
    write_tiff(folder / "a.tif", COMPRESSION_NONE);
    std::string text = read_text(folder / "a.tif");
    const size_t folder_offset = uint8_t(text[4]) + 256u * uint8_t(text[5]);
    auto set = [&](uint16_t tag, uint32_t value) {
      for (size_t entry = folder_offset + 2; entry + 12 < text.size();
           entry += 12)
        if (uint8_t(text[entry]) + 256 * uint8_t(text[entry + 1]) == tag)
          for (size_t i = 0; i < 2; ++i)
            text[entry + 8 + i] = char(value >> 8 * i);
    };
    set(TIFFTAG_IMAGEWIDTH, 1000);
    set(TIFFTAG_IMAGELENGTH, 60000);
    set(TIFFTAG_COMPRESSION, compression);
    write_text(folder / "b.tif", text);
    EXPECT_NE(error_of(folder / "b.tif").find("1000x60000 does not fit"),
              std::string::npos)
        << error_of(folder / "b.tif");
  }
}

// Sixteen bits are divided by 257, not by 256.
TEST(PictureFormats, SixteenBitsAreScaled) {
  TemporaryFolder folder;
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  FILE *file = std::fopen((folder / "a.png").c_str(), "wb");
  png_init_io(png, file);
  png_set_IHDR(png, info, 3, 1, 16, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  const uint8_t row[] = {0x00, 0xff, 0x80, 0xff, 0xfe, 0x01};
  png_write_row(png, row);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  std::fclose(file);
  EXPECT_EQ(read(folder / "a.png", 1, 3, 1), (Pixels{1, 128, 253}));
}

// 16x8 blocks, red above blue, with an EXIF block behind the start marker.
void write_oriented(const std::string &path, int orientation, bool big_endian) {
  std::vector<uint8_t> pixels;
  for (int i = 0; i < 16 * 32; ++i)
    for (int value : {i < 256 ? 255 : 0, 0, i < 256 ? 0 : 255})
      pixels.push_back(uint8_t(value));
  stbi_write_jpg(path.c_str(), 16, 32, 3, pixels.data(), 100);
  std::string exif = big_endian
                         ? std::string("MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0"
                                       "\6\0\0\0\0\0\0",
                                       26)
                         : std::string("II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6"
                                       "\0\0\0\0\0\0\0",
                                       26);
  exif[big_endian ? 19 : 18] = char(orientation);
  exif = std::string("Exif\0\0", 6) + exif;
  const std::string text = read_text(path);
  write_text(path, text.substr(0, 2) + "\xff\xe1" + char(0) +
                       char(exif.size() + 2) + exif + text.substr(2));
}

TEST(PictureFormats, AreTurnedUpright) {
  TemporaryFolder folder;
  const std::string path = folder / "a.jpg";
  lathe::PictureSettings as_stored;
  as_stored.exif = false;
  for (const bool big_endian : {false, true}) {
    for (int orientation = 0; orientation <= 9; ++orientation) {
      SCOPED_TRACE(orientation);
      write_oriented(path, orientation, big_endian);
      EXPECT_GT(read(path, 32, 16, 3, as_stored)[0], 200);
      const bool turned = orientation >= 5 && orientation <= 8;
      const int height = turned ? 16 : 32, width = turned ? 32 : 16;
      const Pixels pixels = read(path, height, width, 3);
      auto is_red = [&](int y, int x) {
        return pixels[size_t(y * width + x) * 3] > 200;
      };
      const bool left = orientation == 5 || orientation == 8;
      const bool below = orientation == 3 || orientation == 4;
      EXPECT_EQ(is_red(0, 0), turned ? left : !below);
      EXPECT_EQ(is_red(0, width - 1), turned ? !left : !below);
      EXPECT_EQ(is_red(height - 1, 0), turned ? left : below);
    }
  }
  write_tiff(folder / "a.tif", COMPRESSION_NONE, ORIENTATION_TOPRIGHT);
  EXPECT_EQ(read(folder / "a.tif", 2, 3, 3, as_stored), colours);
  EXPECT_EQ(read(folder / "a.tif", 2, 3, 3)[6], 255);
}

// Ramps, which any filter keeps: what is decoded at a half, a quarter or an
// eighth is what shrinking the whole gives.
TEST(PictureFormats, JpegFilesAreDecodedSmall) {
  TemporaryFolder folder;
  std::vector<uint8_t> pixels;
  for (int y = 0; y < 240; ++y)
    for (int x = 0; x < 320; ++x)
      for (int value : {x * 3 / 4, y, 128})
        pixels.push_back(uint8_t(value));
  stbi_write_jpg((folder / "a.jpg").c_str(), 320, 240, 3, pixels.data(), 98);
  const std::string text = read_text(folder / "a.jpg");
  const std::vector<uint8_t> bytes(text.begin(), text.end());
  struct Case {
    int64_t height, width, decoded_height;
  } cases[] = {{240, 320, 240}, {121, 100, 240}, {120, 160, 120},
               {61, 80, 120},   {60, 80, 60},    {30, 10, 30},
               {8, 8, 30},      {31, 8, 60},     {500, 10, 240}};
  for (const Case &c : cases) {
    SCOPED_TRACE(c.height);
    const lathe::Image image =
        lathe::decode_jpeg({"a.jpg", bytes, 3, c.height, c.width, {}});
    EXPECT_EQ(image.height, c.decoded_height);
    EXPECT_EQ(image.width, c.decoded_height * 4 / 3);
    const Pixels small = read(folder / "a.jpg", c.height, c.width, 3);
    for (int64_t y = c.height / 4; y < c.height * 3 / 4; ++y)
      for (int64_t x = c.width / 4; x < c.width * 3 / 4; ++x) {
        const size_t i = size_t(y * c.width + x) * 3;
        EXPECT_NEAR(small[i], (x + 0.5) * 240 / double(c.width) - 0.5, 3);
        EXPECT_NEAR(small[i + 1], (y + 0.5) * 240 / double(c.height) - 0.5, 3);
      }
  }
}

// No prefix of a good file crashes; damaged bytes neither. What is cut off is
// an error.
TEST(PictureFormats, DamageIsAnError) {
  TemporaryFolder folder;
  write_webp(folder / "a.webp");
  write_tiff(folder / "a.tif", COMPRESSION_LZW);
  stbi_write_bmp((folder / "a.bmp").c_str(), 3, 2, 4, drawn);
  write_text(folder / "a.gif", gif_of({0, 1, 2, 3, 3, 0}, ""));
  write_text(folder / "a.ppm", "P3 3 2 9 1 2 3 4 5 6 7 8 9 1 2 3 4 5 6 7 8 9");
  for (const char *name : {"a.webp", "a.tif", "a.bmp", "a.gif", "a.ppm"}) {
    const std::string good = read_text(folder / name);
    EXPECT_EQ(error_of(folder / name), "");
    for (size_t size = 0; size + 4 < good.size(); ++size) {
      write_text(folder / "bad", good.substr(0, size));
      const std::string error = error_of(folder / "bad");
      EXPECT_EQ(error.find(folder / "bad" + ": byte "), 0u)
          << name << " cut to " << size << ": " << error;
    }
    uint32_t random = 5;
    for (int i = 0; i < 100; ++i) {
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
