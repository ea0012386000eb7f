// jpeg.cpp: JPEG files, by libjpeg.
#include "runtime/data/image_codecs.h"

#include "runtime/error.h"

#include <csetjmp>
#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>

namespace lathe {

namespace {

// A small progressive file may hold scans without end, each of which goes over
// the whole image; real ones have about ten.
constexpr int most_scans = 100;

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

bool JpegReader::read_pixels(const std::vector<uint8_t> &bytes, Image &image) {
  if (setjmp(failed))
    return false;
  jpeg_create_decompress(&jpeg);
  jpeg.progress = &progress;
  jpeg_mem_src(&jpeg, bytes.data(), static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&jpeg, TRUE);
  image.height = jpeg.image_height;
  image.width = jpeg.image_width;
  if (image.height * image.width > most_pixels) {
    std::snprintf(message, sizeof(message), "an image of %ux%u is too large",
                  jpeg.image_width, jpeg.image_height);
    return false;
  }
  jpeg.out_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  const size_t row_size = size_t(image.width) * size_t(image.channels);
  image.pixels.resize(size_t(image.height) * row_size);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = image.pixels.data() + jpeg.output_scanline * row_size;
    jpeg_read_scanlines(&jpeg, &row, 1);
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
