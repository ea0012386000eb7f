// jpeg.cpp: JPEG files, by libjpeg.
#include "runtime/data/exif.h"
#include "runtime/data/image_codecs.h"

#include "runtime/error.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <jerror.h>
#include <jpeglib.h>

namespace lathe {

namespace {

// A small progressive file may hold scans without end, each of which goes over
// the whole image; real ones have about ten.
constexpr int most_scans = 100;
constexpr int exif_marker = JPEG_APP0 + 1;
// In eighths, those that libjpeg-turbo has vector code for; each of the others
// is slower than the next of these or the whole picture.
constexpr unsigned quick_scales[] = {1, 2, 4};
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
  bool read_pixels(const EncodedImage &file, Image &image);

private:
  // has_pixels: where the header ends; has_scans: more than one.
  bool has_pixels = false, has_scans = false, is_at_end = false;
  std::vector<uint8_t> inks; // a row of cyan, magenta, yellow and black

  bool check_size(size_t file_size); // as read_pixels
  int stored_orientation() const;
  void choose_scale(int64_t height, int64_t width);
  void convert_inks(uint8_t *pixels, int channels) const;
  static void on_error(j_common_ptr jpeg) {
    auto *self = static_cast<JpegReader *>(jpeg->client_data);
    jpeg->err->format_message(jpeg, self->message);
    std::longjmp(self->failed, 1);
  }
  // Of its warnings, only a file that is cut off is an error. Where nothing but
  // the end marker is missing, all pixels are there; of several scans, nobody
  // knows.
  static void on_message(j_common_ptr jpeg, int level) {
    auto *self = static_cast<JpegReader *>(jpeg->client_data);
    int &code = jpeg->err->msg_code;
    if (level >= 0 || (code != JWRN_JPEG_EOF && code != JWRN_HIT_MARKER))
      return;
    self->is_at_end |= code == JWRN_JPEG_EOF;
    if (!self->is_at_end)
      return;
    if (code == JWRN_JPEG_EOF && self->has_pixels && !self->has_scans)
      return;
    code = JWRN_JPEG_EOF;
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

// There may be other blocks of this kind, and damaged ones.
int JpegReader::stored_orientation() const {
  for (auto marker = jpeg.marker_list; marker; marker = marker->next)
    if (marker->data_length >= 6 && !std::memcmp(marker->data, "Exif", 4))
      return exif_orientation(marker->data, marker->data_length);
  return 1;
}

// The smallest scale that gives at least this size, and of a very large picture
// one that fits in memory.
void JpegReader::choose_scale(int64_t height, int64_t width) {
  const int64_t stored_height = jpeg.image_height;
  const int64_t stored_width = jpeg.image_width;
  auto scaled = [](int64_t size, unsigned eighths) {
    return (size * eighths + 7) / 8;
  };
  jpeg.scale_num = jpeg.scale_denom = 8;
  for (unsigned eighths : quick_scales)
    if (scaled(stored_height, eighths) >= height &&
        scaled(stored_width, eighths) >= width)
      jpeg.scale_num = std::min(jpeg.scale_num, eighths);
  if (stored_width * stored_height <= most_pixels)
    return;
  while (jpeg.scale_num > 1 && scaled(stored_width, jpeg.scale_num) *
                                       scaled(stored_height, jpeg.scale_num) >
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

bool JpegReader::read_pixels(const EncodedImage &file, Image &image) {
  if (setjmp(failed))
    return false;
  jpeg_create_decompress(&jpeg);
  jpeg.progress = &progress;
  jpeg_mem_src(&jpeg, file.bytes.data(),
               static_cast<unsigned long>(file.bytes.size()));
  jpeg_save_markers(&jpeg, exif_marker, 0xffff);
  jpeg_read_header(&jpeg, TRUE);
  if (!check_size(file.bytes.size()))
    return false;
  if (file.settings.exif)
    image.orientation = stored_orientation();
  if (is_quarter_turn(image.orientation))
    choose_scale(file.width, file.height);
  else
    choose_scale(file.height, file.width);
  const bool has_inks =
      jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
  jpeg.out_color_space = has_inks             ? JCS_CMYK
                         : file.channels == 1 ? JCS_GRAYSCALE
                                              : JCS_RGB;
  has_scans = jpeg_has_multiple_scans(&jpeg);
  has_pixels = true;
  jpeg_start_decompress(&jpeg);
  image.set_size(jpeg.output_height, jpeg.output_width, file.channels);
  const size_t row_size = size_t(image.width) * size_t(image.channels);
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

Image decode_jpeg(const EncodedImage &file) {
  Image image;
  JpegReader reader;
  if (!reader.read_pixels(file, image))
    fail("{}: byte {}: {}", file.path,
         file.bytes.size() -
             (reader.jpeg.src ? reader.jpeg.src->bytes_in_buffer : 0),
         reader.message);
  return image;
}

} // namespace lathe
