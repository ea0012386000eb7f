// webp.cpp: WebP files, the first frame of animated ones, by libwebp.
#include "runtime/data/exif.h"
#include "runtime/data/image_codecs.h"

#include "runtime/error.h"

#include <memory>

#include <webp/decode.h>
#include <webp/demux.h>

namespace lathe {

namespace {

const char *reason_of(VP8StatusCode status) {
  switch (status) {
  case VP8_STATUS_OUT_OF_MEMORY:
    return "not enough memory";
  case VP8_STATUS_NOT_ENOUGH_DATA:
  case VP8_STATUS_SUSPENDED:
    return "it is cut off";
  case VP8_STATUS_UNSUPPORTED_FEATURE:
    return "it has an unsupported feature";
  default:
    return "it is damaged";
  }
}

int orientation_of(const WebPDemuxer *demuxer) {
  WebPChunkIterator chunk;
  if (!WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk))
    return 1;
  const int orientation = exif_orientation(chunk.chunk.bytes, chunk.chunk.size);
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

// Draws the frame on uint8[height, width, 4] at `canvas`.
VP8StatusCode draw_frame(const WebPIterator &frame, int64_t height,
                         int64_t width, uint8_t *canvas) {
  if (frame.x_offset + int64_t(frame.width) > width ||
      frame.y_offset + int64_t(frame.height) > height)
    return VP8_STATUS_BITSTREAM_ERROR;
  WebPDecoderConfig config;
  WebPInitDecoderConfig(&config);
  const size_t first = 4 * size_t(frame.y_offset * width + frame.x_offset);
  config.output.colorspace = MODE_RGBA;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = canvas + first;
  config.output.u.RGBA.stride = int(4 * width);
  config.output.u.RGBA.size = 4 * size_t(height * width) - first;
  return WebPDecode(frame.fragment.bytes, frame.fragment.size, &config);
}

} // namespace

Image decode_webp(const EncodedImage &file) {
  const WebPData data = {file.bytes.data(), file.bytes.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  const std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer *)> demuxer(
      WebPDemuxPartial(&data, &state), WebPDemuxDelete);
  if (state != WEBP_DEMUX_PARSE_ERROR && state != WEBP_DEMUX_DONE)
    fail("{}: byte {}: a WebP file that cannot be read: it is cut off",
         file.path, file.bytes.size());
  WebPIterator frame;
  if (!demuxer || !WebPDemuxGetFrame(demuxer.get(), 1, &frame))
    fail("{}: byte 0: a WebP file that cannot be read: it is damaged",
         file.path);
  const std::unique_ptr<WebPIterator, void (*)(WebPIterator *)> release(
      &frame, WebPDemuxReleaseIterator);
  const int64_t height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
  const int64_t width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH);
  check_pixel_count(file, uint64_t(height), uint64_t(width));
  std::vector<uint8_t> canvas(4 * size_t(height * width));
  const VP8StatusCode status = draw_frame(frame, height, width, canvas.data());
  if (status != VP8_STATUS_OK)
    fail("{}: byte {}: a WebP file that cannot be read: {}", file.path,
         frame.fragment.bytes - file.bytes.data(), reason_of(status));
  Image image;
  image.orientation = orientation_of(demuxer.get());
  image.set_size(height, width, file.channels);
  convert_pixels(canvas.data(), 4, size_t(height * width), image.pixels.data(),
                 file.channels, file.settings);
  return image;
}

} // namespace lathe
