// jpeg.cpp: JPEG files, by libjpeg.
#include "runtime/data/image_codecs.h"

#include "runtime/error.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>

namespace lathe {

namespace {

// A small progressive file may hold scans without end, each of which goes over
// the whole image; real ones have about ten.
constexpr int most_scans = 100;
// Progressive files keep the coefficients of the whole image, 2 bytes each.
constexpr uint64_t most_coefficients = uint64_t(1) << 29;

// libjpeg's structures and ours around them. Its errors leave by longjmp, which
// runs no destructors: read_pixels has no objects that need them.
struct JpegReader {
  jpeg_decompress_struct jpeg = {};
  jpeg_error_mgr errors = {};
  jpeg_progress_mgr progress = {};
  std::jmp_buf failed;
  char message[JMSG_LENGTH_MAX] = "";

  JpegReader() {
    jpeg.err = jpeg_std_error(&errors);
    jpeg.client_data = this;
    errors.error_exit = on_error;
    errors.emit_message = on_message;
    progress.progress_monitor = on_progress;
  }
  JpegReader(const JpegReader &) = delete;
  JpegReader &operator=(const JpegReader &) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&jpeg); }

  // False when it failed; `message` says why.
  bool read_pixels(const std::vector<uint8_t> &bytes, Image &image);

private:
  std::vector<uint8_t> inks; // a row of cyan, magenta, yellow and black

  bool check_size(size_t file_size); // as read_pixels
  void choose_scale();
  void convert_inks(uint8_t *pixels, int channels) const;
  static void on_error(j_common_ptr jpeg) {
    auto *self = static_cast<JpegReader *>(jpeg->client_data);
    jpeg->err->format_message(jpeg, self->message);
    std::longjmp(self->failed, 1);
  }
  // Of its warnings, only a file that is cut off is an error.
  static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0 && jpeg->err->msg_code == JWRN_JPEG_EOF)
      on_error(jpeg);
  }
  static void on_progress(j_common_ptr jpeg) {
    auto *self = static_cast<JpegReader *>(jpeg->client_data);
    if (self->jpeg.input_scan_number > most_scans)
      ERREXIT(jpeg, JERR_BAD_PROGRESSION);
  }
};

bool JpegReader::check_size(size_t file_size) {
  const uint64_t blocks = (uint64_t(jpeg.image_width) + 7) / 8 *
                          ((uint64_t(jpeg.image_height) + 7) / 8);
  uint64_t coefficients = 0;
  if (jpeg_has_multiple_scans(&jpeg))
    for (int i = 0; i < jpeg.num_components; ++i)
      coefficients += uint64_t(jpeg.comp_info[i].width_in_blocks) *
                      jpeg.comp_info[i].height_in_blocks * DCTSIZE2;
  // Huffman codes have at least one bit, and each block has one; arithmetic
  // coding knows no such bound.
  const bool fits = jpeg.arith_code ? blocks * DCTSIZE2 <= uint64_t(most_pixels)
                                    : blocks / 8 <= file_size;
  if (fits && coefficients <= most_coefficients)
    return true;
  std::snprintf(message, sizeof(message), "an image of %ux%u %s",
                jpeg.image_width, jpeg.image_height,
                fits ? "is too large" : "does not fit in this file");
  return false;
}

void JpegReader::choose_scale() {
  const int64_t width = jpeg.image_width, height = jpeg.image_height;
  jpeg.scale_num = jpeg.scale_denom = 8;
  if (width * height <= most_pixels)
    return;
  while (jpeg.scale_num > 1 &&
         width * jpeg.scale_num / 8 * (height * jpeg.scale_num / 8) >
             shrunk_pixels)
    --jpeg.scale_num;
}

// Inks as red, green and blue, without a colour profile. Adobe's programs write
// them inverted: how much light is left.
void JpegReader::convert_inks(uint8_t *pixels, int channels) const {
  for (size_t i = 0; i < inks.size(); i += 4, pixels += channels) {
    uint8_t rgb[3];
    for (size_t c = 0; c < 3; ++c) {
      const int ink = inks[i + c], black = inks[i + 3];
      const int product =
          jpeg.saw_Adobe_marker ? ink * black : (255 - ink) * (255 - black);
      rgb[c] = uint8_t((product + 127) / 255);
    }
    if (channels == 1)
      *pixels = grey(rgb);
    else
      std::copy(rgb, rgb + 3, pixels);
  }
}

bool JpegReader::read_pixels(const std::vector<uint8_t> &bytes, Image &image) {
  if (setjmp(failed))
    return false;
  jpeg_create_decompress(&jpeg);
  jpeg.progress = &progress;
  jpeg_mem_src(&jpeg, bytes.data(), static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&jpeg, TRUE);
  if (!check_size(bytes.size()))
    return false;
  choose_scale();
  const bool has_inks =
      jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
  jpeg.out_color_space = has_inks              ? JCS_CMYK
                         : image.channels == 1 ? JCS_GRAYSCALE
                                               : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  image.height = jpeg.output_height;
  image.width = jpeg.output_width;
  const size_t row_size = size_t(image.width) * size_t(image.channels);
  image.pixels.resize(size_t(image.height) * row_size);
  if (has_inks)
    inks.resize(size_t(image.width) * 4);
  while (jpeg.output_scanline < jpeg.output_height) {
    uint8_t *pixels = image.pixels.data() + jpeg.output_scanline * row_size;
    JSAMPROW row = has_inks ? inks.data() : pixels;
    jpeg_read_scanlines(&jpeg, &row, 1);
    if (has_inks)
      convert_inks(pixels, image.channels);
  }
  return true;
}

} // namespace

Image decode_jpeg(const std::string &path, const std::vector<uint8_t> &bytes,
                  int channels) {
  Image image;
  image.channels = channels;
  JpegReader reader;
  if (!reader.read_pixels(bytes, image))
    fail("{}: byte {}: {}", path,
         bytes.size() -
             (reader.jpeg.src ? reader.jpeg.src->bytes_in_buffer : 0),
         reader.message);
  return image;
}

} // namespace lathe
