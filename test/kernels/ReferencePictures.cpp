//===- ReferencePictures.cpp - Tones and colours, naively ----------------===//

#include "test/kernels/ReferenceOps.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lathe::kernels::reference {

namespace {
struct Range {
  double low, high;
  explicit Range(const Node &node)
      : low(number(node, "low")), high(number(node, "high", 255)) {}
  double share(double x) const { return (x - low) / (high - low); }
  double value(double tone) const { return low + tone / 255 * (high - low); }
};

int64_t levelOf(const Node &node, double x, int64_t bins) {
  if (std::isnan(x))
    return 0;
  double u = Range(node).share(x) * static_cast<double>(bins - 1);
  u = text(node, "method") == "clahe" ? std::nearbyint(u)
                                      : std::floor(u + 1.0 / 1024);
  return static_cast<int64_t>(
      std::clamp(u, 0.0, static_cast<double>(bins - 1)));
}

/// The length of a tile along rows and columns.
std::array<int64_t, 2> tileSize(const Node &node, const Tensor &image) {
  std::vector<int64_t> tiles = numbers(node, "tiles");
  std::array<int64_t, 2> size = {image.shape[1], image.shape[2]};
  bool isClahe = text(node, "method") == "clahe";
  bool divides = size[0] % tiles[0] == 0 && size[1] % tiles[1] == 0;
  for (int i : {0, 1}) {
    int64_t rest = size[i] % tiles[i];
    if (isClahe && !divides)
      size[i] += tiles[i] - rest;
    else if (rest)
      size[i] += tiles[i] - rest;
    size[i] /= tiles[i];
  }
  return size;
}

/// The image completed at its end: without the last pixel (dcb|cba), or with it
/// (dcba|abc, the other way round).
int64_t reflected(int64_t position, int64_t size, bool repeats) {
  std::vector<int64_t> all;
  for (int64_t i = 0; i < size; ++i)
    all.push_back(i);
  for (int64_t i = repeats ? size - 1 : size - 2; i >= 0; --i)
    all.push_back(i);
  return all.at(static_cast<size_t>(position));
}

std::vector<double> histogram(const Node &node, const Tensor &image, int64_t n,
                              int64_t tile, int64_t channel, int64_t bins) {
  auto [height, width] = tileSize(node, image);
  int64_t columns = numbers(node, "tiles")[1];
  bool repeats = text(node, "method") != "clahe";
  std::vector<double> counts(static_cast<size_t>(bins));
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x) {
      double pixel = image.at(
          {n, reflected(tile / columns * height + y, image.shape[1], repeats),
           reflected(tile % columns * width + x, image.shape[2], repeats),
           channel});
      counts[static_cast<size_t>(levelOf(node, pixel, bins))] += 1;
    }
  return counts;
}

/// In whole numbers, as OpenCV does it.
void clip(std::vector<double> &counts, double clipLimit, int64_t area) {
  auto bins = static_cast<int64_t>(counts.size());
  auto limit = std::max<int64_t>(
      static_cast<int64_t>(clipLimit * static_cast<double>(area) /
                           static_cast<double>(bins)),
      1);
  int64_t excess = 0;
  for (double &count : counts)
    if (count > static_cast<double>(limit)) {
      excess += static_cast<int64_t>(count) - limit;
      count = static_cast<double>(limit);
    }
  for (double &count : counts)
    count += static_cast<double>(excess / bins);
  int64_t rest = excess % bins;
  if (rest == 0)
    return;
  int64_t step = std::max<int64_t>(bins / rest, 1);
  for (int64_t i = 0; i < bins && rest > 0; i += step, --rest)
    counts[static_cast<size_t>(i)] += 1;
}

void clipEvenly(std::vector<double> &counts, double clipLimit, int64_t area) {
  auto bins = static_cast<double>(counts.size());
  double limit = clipLimit * static_cast<double>(area) / bins, excess = 0;
  for (double count : counts)
    excess += std::max(count - limit, 0.0);
  for (double &count : counts)
    count = std::min(count, limit) + excess / bins;
}

std::vector<double> tones(const Node &node, std::vector<double> counts,
                          int64_t area) {
  std::string method = text(node, "method");
  double limit = number(node, "clip_limit");
  if (limit > 0 && method == "clahe")
    clip(counts, limit, area);
  else if (limit > 0)
    clipEvenly(counts, limit, area);
  double sum = 0, first = 0, all = static_cast<double>(area);
  std::vector<double> result;
  for (double count : counts) {
    sum += count;
    if (result.empty() || (first == 0 && method == "equalize"))
      first = sum;
    double tone = (sum - first) * 255 / (all == first ? 1 : all - first);
    if (method == "clahe")
      // OpenCV rounds the factor first.
      tone = std::nearbyint(static_cast<float>(sum) *
                            (255.0f / static_cast<float>(area)));
    if (method == "equalize")
      tone = std::nearbyint(tone);
    result.push_back(std::clamp(tone, 0.0, 255.0));
  }
  if (method == "equalize" && first == all)
    std::fill(result.begin(), result.end(), -1.0);
  return result;
}

void toneCurves(const Node &node, const Tensor &image, Tensor &curves) {
  int64_t bins = curves.shape[3];
  auto [height, width] = tileSize(node, image);
  for (int64_t n = 0; n < curves.shape[0]; ++n)
    for (int64_t tile = 0; tile < curves.shape[1]; ++tile)
      for (int64_t c = 0; c < curves.shape[2]; ++c) {
        std::vector<double> curve = tones(
            node, histogram(node, image, n, tile, c, bins), height * width);
        for (int64_t level = 0; level < bins; ++level)
          curves.at({n, tile, c, level}) = curve[static_cast<size_t>(level)];
      }
}

void applyCurves(const Node &node, const Tensor &image, const Tensor &curves,
                 Tensor &out) {
  std::vector<int64_t> tiles = numbers(node, "tiles");
  auto [height, width] = tileSize(node, image);
  for (size_t flat = 0; flat < out.data.size(); ++flat) {
    std::vector<int64_t> i = indexOf(out.shape, flat);
    double x = image.data[flat];
    out.data[flat] = x;
    if (i[3] >= curves.shape[2] || std::isnan(x) ||
        (text(node, "method") == "equalize" &&
         curves.at({i[0], 0, i[3], 0}) < 0))
      continue;
    int64_t level = levelOf(node, x, curves.shape[3]);
    double sum = 0;
    for (int64_t row = -1; row <= tiles[0]; ++row)
      for (int64_t column = -1; column <= tiles[1]; ++column) {
        // The centre of the tile, also of one beyond the border, which is like
        // the one inside it.
        auto weight = [](int64_t pixel, int64_t tile, int64_t length) {
          double centre =
              (static_cast<double>(tile) + 0.5) * static_cast<double>(length);
          return std::max(0.0,
                          1 - std::fabs(static_cast<double>(pixel) - centre) /
                                  static_cast<double>(length));
        };
        double share = weight(i[1], row, height) * weight(i[2], column, width);
        int64_t tile = std::clamp<int64_t>(row, 0, tiles[0] - 1) * tiles[1] +
                       std::clamp<int64_t>(column, 0, tiles[1] - 1);
        if (share != 0)
          sum += share * curves.at({i[0], tile, i[3], level});
      }
    if (text(node, "method") == "clahe")
      sum = std::nearbyint(sum);
    out.data[flat] = Range(node).value(sum);
  }
}

//===----------------------------------------------------------------------===//
// CIE L*a*b* by the book (CIE 15:2004, IEC 61966-2-1), rounded to bytes
//===----------------------------------------------------------------------===//

using Color = std::array<double, 3>;
constexpr double d65[] = {0.950456, 1, 1.088754};

double rounded(double x) { return std::clamp(std::nearbyint(x), 0.0, 255.0); }

Color toLab(Color rgb) {
  constexpr double toXyz[3][3] = {{0.412453, 0.357580, 0.180423},
                                  {0.212671, 0.715160, 0.072169},
                                  {0.019334, 0.119193, 0.950227}};
  Color f{};
  for (int row = 0; row < 3; ++row) {
    double sum = 0;
    for (int c = 0; c < 3; ++c) {
      double v = rgb[c] / 255;
      double light =
          v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
      sum += toXyz[row][c] * light;
    }
    sum /= d65[row];
    f[row] =
        sum > 216.0 / 24389 ? std::cbrt(sum) : sum * 841 / 108 + 16.0 / 116;
  }
  return {rounded((116 * f[1] - 16) * 2.55), rounded(500 * (f[0] - f[1]) + 128),
          rounded(200 * (f[1] - f[2]) + 128)};
}

Color toRgb(Color lab) {
  constexpr double fromXyz[3][3] = {{3.240479, -1.53715, -0.498535},
                                    {-0.969256, 1.875991, 0.041556},
                                    {0.055648, -0.204043, 1.057311}};
  double y = (lab[0] / 2.55 + 16) / 116;
  Color f = {y + (lab[1] - 128) / 500, y, y - (lab[2] - 128) / 200}, rgb{};
  for (int i = 0; i < 3; ++i)
    f[i] = d65[i] * (f[i] > 6.0 / 29 ? f[i] * f[i] * f[i]
                                     : (f[i] - 16.0 / 116) * 108 / 841);
  for (int row = 0; row < 3; ++row) {
    double v = 0;
    for (int i = 0; i < 3; ++i)
      v += fromXyz[row][i] * f[i];
    v = std::clamp(v, 0.0, 1.0);
    rgb[row] =
        rounded(255 * (v <= 0.0031308 ? v * 12.92
                                      : 1.055 * std::pow(v, 1 / 2.4) - 0.055));
  }
  return rgb;
}

void convertColor(const Node &node, const Tensor &in, Tensor &out) {
  Range range(node);
  bool isToLab = text(node, "to") == "lab";
  for (size_t pixel = 0; pixel < in.data.size(); pixel += 3) {
    Color color{};
    bool isNumber = true;
    for (size_t c = 0; c < 3; ++c) {
      double x = in.data[pixel + c];
      isNumber &= !std::isnan(x);
      color[c] = rounded(isToLab ? range.share(x) * 255 : x);
    }
    color = isToLab ? toLab(color) : toRgb(color);
    for (size_t c = 0; c < 3; ++c)
      out.data[pixel + c] = !isNumber ? NAN
                            : isToLab ? color[c]
                                      : range.value(color[c]);
  }
}

void mergeMoments(Operands x, Results r, int64_t n) {
  // The moments of both sets' sums.
  auto size = static_cast<double>(n);
  for (size_t c = 0; c < r[0].data.size(); ++c) {
    double mean = x[0]->data[c], variance = x[1]->data[c],
           count = x[2]->data[c], batchMean = x[3]->data[c],
           batchVariance = x[4]->data[c];
    double all = count + size;
    double sum = count * mean + size * batchMean,
           squares = count * (variance + mean * mean) +
                     size * (batchVariance + batchMean * batchMean);
    r[0].data[c] = sum / all;
    r[1].data[c] = squares / all - sum / all * (sum / all);
    r[2].data[c] = all;
  }
}
} // namespace

bool computePictures(const Node &node, Operands x, Results r, int64_t n) {
  if (node.op == "tone_curves")
    toneCurves(node, *x[0], r[0]);
  else if (node.op == "apply_curves")
    applyCurves(node, *x[0], *x[1], r[0]);
  else if (node.op == "convert_color")
    convertColor(node, *x[0], r[0]);
  else if (node.op == "merge_moments")
    mergeMoments(x, r, n);
  else
    return false;
  return true;
}

} // namespace lathe::kernels::reference
