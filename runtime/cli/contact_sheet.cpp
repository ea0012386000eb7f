// contact_sheet.cpp: see contact_sheet.h.
#include "runtime/cli/contact_sheet.h"

#include "runtime/error.h"

#include <algorithm>
#include <cmath>

namespace lathe {

namespace {

constexpr int64_t edge = 96; // of the picture's height, and at most twice that

std::string base64(const std::vector<uint8_t> &bytes) {
  static const char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = std::min<size_t>(bytes.size() - i, 3);
    uint32_t group = 0;
    for (size_t byte = 0; byte < 3; ++byte)
      group = group << 8 | (byte < n ? bytes[i + byte] : 0);
    for (size_t digit = 0; digit < 4; ++digit)
      text += digit <= n ? digits[group >> (18 - 6 * digit) & 63] : '=';
  }
  return text;
}

} // namespace

Picture ContactSheet::read_file(const CheckedSample &sample) const {
  const double ratio =
      double(sample.stored.width) / double(sample.stored.height);
  Picture pixels = {
      edge,
      std::clamp<int64_t>(std::llround(edge * ratio), 1, 2 * edge),
      3,
      {}};
  pixels.values.resize(size_t(pixels.height * pixels.width * 3));
  read_image(sample.path, pixels.height, pixels.width, 3, pixels.values.data(),
             data_.spec.pictures);
  return pixels;
}

// In the sample's own range, from black to white; the first channels.
Picture ContactSheet::read_array(size_t part, size_t sample) {
  if (!arrays_ || part != part_)
    arrays_ = open_dataset(data_.place, data_.spec, data_.parts[part].which);
  part_ = part;
  const DatasetSpec &spec = data_.spec;
  std::vector<float> values(size_t(spec.image_size()));
  std::vector<int32_t> labels(size_t(spec.label_size));
  const auto number = int64_t(sample);
  arrays_->read(&number, 1, values.data(), labels.data());
  float low = INFINITY, high = -INFINITY;
  for (float value : values)
    if (std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  Picture pixels = {spec.height, spec.width, spec.channels >= 3 ? 3 : 1, {}};
  for (size_t i = 0; i < values.size(); ++i)
    if (int64_t(i) % spec.channels < pixels.channels) {
      const float level = high > low ? (values[i] - low) / (high - low) : 0.5f;
      pixels.values.push_back(
          std::isnan(level)
              ? 0
              : uint8_t(std::lround(255 * std::clamp(level, 0.0f, 1.0f))));
    }
  return pixels;
}

std::string ContactSheet::picture(size_t part, size_t sample) {
  const CheckedSample &checked = data_.parts[part].samples[sample];
  const Picture pixels =
      checked.path.empty() ? read_array(part, sample) : read_file(checked);
  return "data:image/png;base64," + base64(encode_png(pixels));
}

} // namespace lathe
