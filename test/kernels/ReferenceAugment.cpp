//===- ReferenceAugment.cpp - Warped and recoloured images, naively ------===//

#include "test/kernels/ReferenceOps.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>

namespace lathe::kernels::reference {

namespace {
struct Image {
  const Tensor &data;
  int64_t n;

  int64_t height() const { return data.shape[1]; }
  int64_t width() const { return data.shape[2]; }
  double at(int64_t y, int64_t x, int64_t c) const {
    return data.at({n, y, x, c});
  }
};

/// The pixel that stands at a position, by walking back from outside; nothing
/// where there is none.
std::optional<int64_t> standsAt(int64_t position, int64_t size,
                                const std::string &mode) {
  while (position < 0 || position >= size) {
    bool before = position < 0;
    if (mode == "constant")
      return std::nullopt;
    if (mode == "nearest")
      position = before ? 0 : size - 1;
    else if (mode == "wrap")
      position += before ? size : -size;
    else
      position = before ? -1 - position : 2 * size - 1 - position;
  }
  return position;
}

double cubic(double d) {
  d = std::fabs(d);
  if (d >= 2)
    return 0;
  return d < 1 ? 1.5 * d * d * d - 2.5 * d * d + 1
               : -0.5 * d * d * d + 2.5 * d * d - 4 * d + 2;
}

double weight(const std::string &interpolation, double distance) {
  if (interpolation == "bicubic")
    return cubic(distance);
  return std::max(0.0, 1 - std::fabs(distance));
}

double sample(const Node &node, const Image &image, double x, double y,
              int64_t c) {
  std::string mode = text(node, "fill_mode"),
              interpolation = text(node, "interpolation");
  double fill = number(node, "fill_value");
  auto pixel = [&](int64_t px, int64_t py) {
    auto column = standsAt(px, image.width(), mode),
         row = standsAt(py, image.height(), mode);
    return column && row ? image.at(*row, *column, c) : fill;
  };
  if (interpolation == "nearest")
    return pixel(std::lround(std::floor(x + 0.5)),
                 std::lround(std::floor(y + 0.5)));
  double sum = 0;
  auto left = static_cast<int64_t>(std::floor(x)) - 1,
       top = static_cast<int64_t>(std::floor(y)) - 1;
  for (int64_t py = top; py < top + 4; ++py)
    for (int64_t px = left; px < left + 4; ++px) {
      double share = weight(interpolation, x - static_cast<double>(px)) *
                     weight(interpolation, y - static_cast<double>(py));
      if (share != 0)
        sum += share * pixel(px, py);
    }
  return sum;
}

void warp(const Node &node, const Tensor &in, const Tensor &draws,
          const Tensor *field, Tensor &out) {
  auto at = static_cast<int64_t>(number(node, "at"));
  bool projective = number(node, "projective") != 0;
  for (size_t flat = 0; flat < out.data.size(); ++flat) {
    std::vector<int64_t> i = indexOf(out.shape, flat);
    auto m = [&](int64_t k) { return draws.at({i[0], at + k}); };
    auto px = static_cast<double>(i[2]), py = static_cast<double>(i[1]);
    if (field) {
      px += field->at({i[0], i[1], i[2], 0});
      py += field->at({i[0], i[1], i[2], 1});
    }
    double w = projective ? m(6) * px + m(7) * py + 1 : 1;
    out.data[flat] =
        sample(node, {in, i[0]}, (m(0) * px + m(1) * py + m(2)) / w,
               (m(3) * px + m(4) * py + m(5)) / w, i[3]);
  }
}

using Color = std::array<double, 3>;

/// Both ways by the book, with h, s, v from 0 to 1.
Color toHsv(Color rgb) {
  auto [r, g, b] = rgb;
  double v = std::max({r, g, b}), range = v - std::min({r, g, b});
  double h = range == 0 ? 0
             : v == r   ? std::fmod((g - b) / range / 6 + 1, 1.0)
             : v == g   ? (b - r) / range / 6 + 1.0 / 3
                        : (r - g) / range / 6 + 2.0 / 3;
  return {h, v == 0 ? 0 : range / v, v};
}
Color toRgb(Color hsv) {
  auto [h, s, v] = hsv;
  double sector = h * 6, f = sector - std::floor(sector);
  double p = v * (1 - s), q = v * (1 - s * f), t = v * (1 - s * (1 - f));
  switch (static_cast<int>(std::floor(sector)) % 6) {
  case 0:
    return {v, t, p};
  case 1:
    return {q, v, p};
  case 2:
    return {p, v, t};
  case 3:
    return {p, q, v};
  case 4:
    return {t, p, v};
  default:
    return {v, p, q};
  }
}

/// An adjusted value of an image.
class Adjustment {
public:
  Adjustment(const Node &node, const Tensor &in, const Tensor &draws,
             const std::vector<int64_t> &i)
      : image{in, i[0]}, low(number(node, "low")), high(number(node, "high")),
        y(i[1]), x(i[2]), c(i[3]), value(image.at(y, x, c)) {
    auto at = static_cast<int64_t>(number(node, "at"));
    p = [&draws, n = i[0], at](int64_t k) { return draws.at({n, at + k}); };
  }

  double operator()(const std::string &function) const {
    if (function == "brightness")
      return clip(value + p(0));
    if (function == "channel_shift")
      return clip(value + p(c));
    if (function == "gaussian_noise")
      return clip(value +
                  p(2) * Stream::ofKeys(p(0), p(1)).normal(placeInImage()));
    if (function == "salt_and_pepper") {
      Stream stream = Stream::ofKeys(p(0), p(1));
      auto pixel = static_cast<uint32_t>(y * image.width() + x);
      if (stream.share(pixel) >= p(2))
        return value;
      return stream.otherShare(pixel) < p(3) ? high : low;
    }
    if (function == "contrast")
      return clip(mean() + p(0) * (value - mean()));
    if (function == "saturation")
      return inHsv([&](Color &hsv) { hsv[1] = between(hsv[1] * p(0), 0, 1); });
    if (function == "hue")
      return inHsv(
          [&](Color &hsv) { hsv[0] += p(0) - std::floor(hsv[0] + p(0)); });
    if (function == "grayscale")
      return clip(value + p(0) * (0.299 * image.at(y, x, 0) +
                                  0.587 * image.at(y, x, 1) +
                                  0.114 * image.at(y, x, 2) - value));
    if (function == "invert")
      return p(0) > 0 ? low + high - value : value;
    if (function == "posterize") {
      if (p(0) >= 8)
        return value;
      double level = std::floor((value - low) / (high - low) * 255 + 0.5),
             step = std::exp2(8 - p(0));
      return low + std::floor(level / step) * step / 255 * (high - low);
    }
    if (function == "solarize")
      return (value - low) / (high - low) >= p(0) ? low + high - value : value;
    if (function == "scale")
      return clip(low + p(0) * (value - low));
    if (function == "sharpness")
      return clip(smooth() + p(0) * (value - smooth()));
    if (function == "erase") {
      auto row = static_cast<double>(y), column = static_cast<double>(x);
      bool inside =
          row >= p(0) && row < p(1) && column >= p(2) && column < p(3);
      return inside ? p(4) : value;
    }
    if (function == "enhance")
      return enhanced(static_cast<int>(p(0)));
    auto [least, most] = range();
    return between(value + p(0), least, most); // shift
  }

private:
  /// Of a value in its image.
  uint32_t placeInImage() const {
    return static_cast<uint32_t>((y * image.width() + x) * image.data.shape[3] +
                                 c);
  }
  double clip(double v) const { return between(v, low, high); }
  double grey(int64_t py, int64_t px) const {
    if (image.data.shape[3] == 1)
      return image.at(py, px, 0);
    return 0.299 * image.at(py, px, 0) + 0.587 * image.at(py, px, 1) +
           0.114 * image.at(py, px, 2);
  }
  double greyMean() const {
    double sum = 0;
    for (int64_t py = 0; py < image.height(); ++py)
      for (int64_t px = 0; px < image.width(); ++px)
        sum += grey(py, px);
    return sum / static_cast<double>(image.height() * image.width());
  }
  /// See nn.adjust: 1 to 4 blend, the others work on levels.
  double enhanced(int operation) const {
    auto blend = [&](double other) {
      return clip(other + p(1) * (value - other));
    };
    if (operation < 1)
      return value;
    switch (operation) {
    case 1:
      return blend(low);
    case 2:
      return blend(grey(y, x));
    case 3:
      return blend(greyMean());
    case 4:
      return blend(smooth());
    default:
      return std::isnan(value) ? value
                               : low + newLevel(operation, levelOf(value)) /
                                           255 * (high - low);
    }
  }
  int levelOf(double v) const {
    double share = between((v - low) / (high - low), 0, 1);
    return std::isnan(v) ? 0 : static_cast<int>(std::floor(share * 255 + 0.5));
  }
  double newLevel(int operation, int level) const {
    if (operation == 5) {
      int lost = 8 - static_cast<int>(p(1));
      return level >> lost << lost;
    }
    if (operation == 6)
      return level >= p(1) ? 255 - level : level;
    if (operation >= 9)
      return 255 - level;
    std::vector<int> counts(256);
    for (int64_t py = 0; py < image.height(); ++py)
      for (int64_t px = 0; px < image.width(); ++px)
        ++counts[static_cast<size_t>(levelOf(image.at(py, px, c)))];
    auto occurs = [](int count) { return count > 0; };
    auto first = std::find_if(counts.begin(), counts.end(), occurs),
         last = std::find_if(counts.rbegin(), counts.rend(), occurs).base() - 1;
    if (operation == 7) {
      auto least = static_cast<double>(first - counts.begin()),
           most = static_cast<double>(last - counts.begin());
      return least < most ? (level - least) * 255 / (most - least) : level;
    }
    auto total = static_cast<int>(image.height() * image.width());
    int step = (total - *last) / 255, sum = step / 2;
    if (step == 0)
      return level;
    for (int below = 0; below < level; ++below)
      sum += counts[static_cast<size_t>(below)];
    return level == 0 ? 0 : std::min(sum / step, 255);
  }
  double mean() const {
    double sum = 0;
    for (int64_t py = 0; py < image.height(); ++py)
      for (int64_t px = 0; px < image.width(); ++px)
        sum += image.at(py, px, c);
    return sum / static_cast<double>(image.height() * image.width());
  }
  std::array<double, 2> range() const {
    std::array<double, 2> all = {INFINITY, -INFINITY};
    for (int64_t py = 0; py < image.height(); ++py)
      for (int64_t px = 0; px < image.width(); ++px)
        for (int64_t pc = 0; pc < image.data.shape[3]; ++pc)
          all = {smaller(all[0], image.at(py, px, pc)),
                 larger(all[1], image.at(py, px, pc))};
    return all;
  }
  double smooth() const {
    if (x == 0 || y == 0 || x == image.width() - 1 || y == image.height() - 1)
      return value;
    double sum = 4 * value;
    for (int64_t py = y - 1; py <= y + 1; ++py)
      for (int64_t px = x - 1; px <= x + 1; ++px)
        sum += image.at(py, px, c);
    return sum / 13;
  }
  template <typename Change>
  double inHsv(Change change) const {
    Color color;
    for (int64_t k = 0; k < 3; ++k)
      color[k] = (clip(image.at(y, x, k)) - low) / (high - low);
    for (double share : color)
      if (std::isnan(share))
        return share;
    Color hsv = toHsv(color);
    change(hsv);
    return clip(low + toRgb(hsv)[c] * (high - low));
  }

  Image image;
  double low, high;
  int64_t y, x, c;
  double value;
  std::function<double(int64_t)> p;
};
} // namespace

static void mix(const Tensor &in, const Tensor &draws, Tensor &out) {
  for (size_t flat = 0; flat < out.data.size(); ++flat) {
    std::vector<int64_t> i = indexOf(out.shape, flat);
    auto p = [&](int64_t k) { return draws.at({i[0], k}); };
    auto y = static_cast<double>(i[1]), x = static_cast<double>(i[2]);
    double own = in.data[flat],
           other = in.at({static_cast<int64_t>(p(0)), i[1], i[2], i[3]});
    bool isOther = y >= p(2) && y < p(3) && x >= p(4) && x < p(5);
    out.data[flat] = isOther     ? other
                     : p(1) == 1 ? own
                                 : p(1) * own + (1 - p(1)) * other;
  }
}

bool computeAugmentation(const Node &node, Operands x, Results r) {
  if (node.op == "mix") {
    mix(*x[0], *x[1], r[0]);
    return true;
  }
  if (node.op == "warp") {
    warp(node, *x[0], *x[1], x.size() > 2 ? x[2] : nullptr, r[0]);
    return true;
  }
  if (node.op != "adjust")
    return computeNoise(node, x, r);
  for (size_t flat = 0; flat < r[0].data.size(); ++flat)
    r[0].data[flat] = Adjustment(node, *x[0], *x[1], indexOf(r[0].shape, flat))(
        text(node, "function"));
  return true;
}

} // namespace lathe::kernels::reference
