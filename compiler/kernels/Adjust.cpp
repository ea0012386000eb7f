//===- Adjust.cpp - Images with other colours ----------------------------===//

#include "compiler/kernels/Augment.h"
#include "compiler/kernels/Enhance.h"
#include "compiler/kernels/FunctionNames.h"
#include "compiler/kernels/Ieee.h"
#include "compiler/kernels/RandomStream.h"

#include <limits>

using namespace Halide;

namespace lathe::kernels {

namespace {
/// What a function of a value may use. An image of c channels in w columns is
/// one of w·c columns (see flattenColors), unless the function mixes colours.
struct Pixel {
  Value image;
  Index index;             ///< of the value: channel, column, row, image
  int channels;            ///< of a pixel
  std::vector<Expr> drawn; ///< p0, p1, ...
  float low, high;
  std::vector<Func> statistics; ///< of (column, image)
  std::shared_ptr<Enhancement> enhancement;
  std::shared_ptr<ImageStreams> noise;

  Expr value() const { return image.at(index); }
  Expr channel(int c) const {
    return image.at({c, index[1], index[2], index[3]});
  }
  /// The number of a value in its image, whether columns hold channels or not.
  Expr number() const {
    auto width = static_cast<int>(image.size(1)),
         depth = static_cast<int>(image.size(0));
    return (index[2] * width + index[1]) * depth + index[0];
  }
  Expr clipped(const Expr &x) const { return ieeeClamp(x, low, high); }
  /// By channel, without a table: the channels are unrolled.
  Expr byChannel(const Expr &red, const Expr &green, const Expr &blue) const {
    return select(index[0] == 0, red, index[0] == 1, green, blue);
  }
};

Expr brightness(const Pixel &p) { return p.clipped(p.value() + p.drawn[0]); }

Expr channelShift(const Pixel &p) {
  return p.clipped(p.value() + p.statistics[0](p.index[1], p.index[3]));
}

Expr gaussianNoise(const Pixel &p) {
  Expr z = p.noise->of(p.index[3]).normal(p.number());
  return p.clipped(p.value() + p.drawn[2] * z);
}

/// Of all channels of a pixel alike.
Expr saltAndPepper(const Pixel &p) {
  RandomStream stream = p.noise->of(p.index[3]);
  Expr number = p.number() / p.channels;
  Expr isChanged = RandomStream::fraction(stream.bits(number)) < p.drawn[2];
  Expr isSalt = RandomStream::fraction(stream.moreBits(number)) < p.drawn[3];
  return select(isChanged, select(isSalt, p.high, p.low), p.value());
}

Expr contrast(const Pixel &p) {
  Expr mean = p.statistics[0](p.index[1], p.index[3]);
  return p.clipped(mean + p.drawn[0] * (p.value() - mean));
}

/// A pixel's channels within the range; NaN in one is NaN in both extremes.
struct Extremes {
  Expr most, least;
  explicit Extremes(const Pixel &p) {
    Expr r = p.clipped(p.channel(0)), g = p.clipped(p.channel(1)),
         b = p.clipped(p.channel(2));
    most = ieeeMax(ieeeMax(r, g), b);
    least = ieeeMin(ieeeMin(r, g), b);
  }
};

Expr saturation(const Pixel &p) {
  Extremes e(p);
  // HSV's saturation is (most - least)/(most - low), at most 1.
  Expr factor =
      select(e.most > e.least,
             min(p.drawn[0], (e.most - p.low) / (e.most - e.least)), 1.0f);
  return p.clipped(e.most - (e.most - p.clipped(p.value())) * factor);
}

/// Smith: "Color gamut transform pairs", SIGGRAPH 1978.
Expr hue(const Pixel &p) {
  Expr r = p.clipped(p.channel(0)), g = p.clipped(p.channel(1)),
       b = p.clipped(p.channel(2));
  Extremes e(p);
  Expr chroma = e.most - e.least;
  Expr sector = select(e.most == r, (g - b) / chroma, e.most == g,
                       (b - r) / chroma + 2.0f, (r - g) / chroma + 4.0f);
  Expr turned = sector + 6.0f * p.drawn[0] + p.byChannel(5.0f, 3.0f, 1.0f);
  Expr k = turned - 6.0f * floor(turned * (1.0f / 6.0f));
  Expr share = ieeeClamp(min(k, 4.0f - k), 0.0f, 1.0f);
  return select(chroma == 0.0f, e.most, p.clipped(e.most - chroma * share));
}

Expr grayscale(const Pixel &p) {
  Expr grey =
      0.299f * p.channel(0) + 0.587f * p.channel(1) + 0.114f * p.channel(2);
  return p.clipped(p.value() + p.drawn[0] * (grey - p.value()));
}

Expr inverted(const Pixel &p) { return (p.low + p.high) - p.value(); }

Expr invert(const Pixel &p) {
  return select(p.drawn[0] > 0.0f, inverted(p), p.value());
}

Expr share(const Pixel &p) {
  return (p.value() - p.low) * (1.0f / (p.high - p.low));
}

Expr posterize(const Pixel &p) {
  Expr lost = clamp(8 - cast<int>(p.drawn[0]), 0, 8);
  Expr step = cast<float>(Expr(1) << lost);
  Expr level = floor(share(p) * 255.0f + 0.5f);
  Expr kept = step * floor(level / step);
  return select(p.drawn[0] >= 8.0f, p.value(),
                p.low + kept * ((p.high - p.low) / 255.0f));
}

Expr solarize(const Pixel &p) {
  return select(share(p) >= p.drawn[0], inverted(p), p.value());
}

Expr scale(const Pixel &p) {
  return p.clipped(p.low + p.drawn[0] * (p.value() - p.low));
}

/// As PIL's ImageFilter.SMOOTH, which ImageEnhance.Sharpness uses.
Expr smoothed(const Pixel &p) {
  int width = static_cast<int>(p.image.size(1)),
      height = static_cast<int>(p.image.size(2));
  const Expr &x = p.index[1], &y = p.index[2];
  int pixel = p.image.size(0) == 1 ? p.channels : 1;
  Expr sum = 5.0f * p.value();
  for (int row = -1; row <= 1; ++row)
    for (int column = -pixel; column <= pixel; column += pixel)
      if (row || column)
        sum += p.image.at({p.index[0], clamp(x + column, 0, width - 1),
                           clamp(y + row, 0, height - 1), p.index[3]});
  Expr isInner = x >= pixel && x < width - pixel && y > 0 && y < height - 1;
  return select(likely(isInner), sum * (1.0f / 13.0f), p.value());
}

Expr sharpness(const Pixel &p) {
  Expr smooth = smoothed(p);
  return p.clipped(smooth + p.drawn[0] * (p.value() - smooth));
}

Expr enhance(const Pixel &p) {
  return p.enhancement->at(p.image, p.index, cast<int>(p.drawn[0]), p.drawn[1],
                           smoothed(p));
}

Expr erase(const Pixel &p) {
  Expr x = cast<float>(p.index[1]), y = cast<float>(p.index[2]);
  auto channels = static_cast<float>(p.channels);
  Expr isErased = y >= p.drawn[0] && y < p.drawn[1] &&
                  x >= p.drawn[2] * channels && x < p.drawn[3] * channels;
  return select(isErased, p.drawn[4], p.value());
}

Expr shift(const Pixel &p) {
  // Over all channels, as in Keras.
  Expr least = p.statistics[0](0, p.index[3]),
       most = p.statistics[1](0, p.index[3]);
  return ieeeClamp(p.value() + p.drawn[0], least, most);
}

/// A value of each column of an image, from the top down: the same on every
/// machine. Whole vectors of columns are computed; the last one is shifted
/// inwards.
class Columns {
public:
  Columns(Builder &b, const Value &image, const Expr &start,
          Expr (*add)(const Expr &, const Expr &))
      : width(static_cast<int>(image.size(1))),
        lanes(lanesFor(width, b.machine.lanes)), sums("columns") {
    RDom y(0, static_cast<int>(image.size(2)));
    Var lane("lane"), vector("vector");
    Expr column = first(vector) + lane;
    sums(lane, vector, vn) = start;
    sums(lane, vector, vn) =
        add(sums(lane, vector, vn), forEach(y, image.at({0, column, y.x, vn})));
    sums.vectorize(lane, lanes);
    sums.update().reorder(lane, vector, y.x).vectorize(lane, lanes);
    b.helpers.push_back(sums);
  }
  Expr at(const Expr &column, const Expr &image) const {
    Expr vector = column / lanes;
    return sums(clamp(column - first(vector), 0, lanes - 1), vector, image);
  }

private:
  Expr first(const Expr &vector) const {
    return min(vector * lanes, width - lanes);
  }
  int width, lanes;
  Func sums;
};

/// The mean of each column's channel.
Func mean(Builder &b, const Value &image, int channels) {
  Columns columns(b, image, 0.0f,
                  [](const Expr &a, const Expr &x) { return Expr(a + x); });
  int width = static_cast<int>(image.size(1)) / channels;
  RDom x(0, width);
  Func sums("sums"), means("means");
  sums(vx, vn) = 0.0f;
  sums(vx, vn) += columns.at(x.x * channels + vx, vn);
  float share = 1.0f / static_cast<float>(width * image.size(2));
  means(vx, vn) = sums(vx % channels, vn) * share;
  b.helpers.push_back(sums);
  b.helpers.push_back(means);
  return means;
}

/// The least or the largest value of all.
Func extreme(Builder &b, const Value &image, float start,
             Expr (*choose)(const Expr &, const Expr &)) {
  Columns columns(b, image, start, choose);
  RDom x(0, static_cast<int>(image.size(1)));
  Func all("extreme");
  all(vx, vn) = start;
  all(vx, vn) = choose(all(vx, vn), columns.at(x.x, vn));
  b.helpers.push_back(all);
  return all;
}

/// What is added to each column's channel.
Func shifts(Builder &b, const Value &draws, const Node &node, int channels) {
  Func shifts("shifts");
  shifts(vx, vn) = drawn(draws, node, vx % channels, vn);
  b.helpers.push_back(shifts);
  return shifts;
}

struct Function {
  const char *name;
  int numbers;
  enum Mixes { No, ThreeColours, AnyColours } mixes; ///< a pixel's channels
  Expr (*at)(const Pixel &);
};
const Function functions[] = {
    {"brightness", 1, Function::No, brightness},
    {"channel_shift", 0, Function::No, channelShift},
    {"contrast", 1, Function::No, contrast},
    {"enhance", 2, Function::AnyColours, enhance},
    {"erase", 5, Function::No, erase},
    {"gaussian_noise", 4, Function::No, gaussianNoise},
    {"grayscale", 1, Function::ThreeColours, grayscale},
    {"hue", 1, Function::ThreeColours, hue},
    {"invert", 1, Function::No, invert},
    {"posterize", 1, Function::No, posterize},
    {"salt_and_pepper", 4, Function::No, saltAndPepper},
    {"saturation", 1, Function::ThreeColours, saturation},
    {"scale", 1, Function::No, scale},
    {"sharpness", 1, Function::No, sharpness},
    {"shift", 1, Function::No, shift},
    {"solarize", 1, Function::No, solarize}};

const Function &functionOf(const Node &node) {
  std::string name = textAttribute(node, "function", "");
  for (const Function &function : functions)
    if (name == function.name)
      return function;
  throw NotApplicable("adjust has no function '" + name + "'");
}
} // namespace

std::vector<std::string> adjustmentNames() {
  std::vector<std::string> names;
  for (const Function &function : functions)
    names.push_back(function.name);
  return names;
}

void buildAdjust(Builder &b, const Node &node, int firstResult) {
  Value image = b.operand(node, 0), draws = b.operand(node, 1);
  if (image.rank() != 4)
    throw NotApplicable("adjust takes images");
  const Function &function = functionOf(node);
  auto channels =
      static_cast<int>(intAttribute(node, channelsAttribute, image.size(0)));
  if (image.size(0) != 3 || function.mixes == Function::No)
    if (image.size(0) != 1 || function.mixes == Function::ThreeColours)
      throw NotApplicable("adjust mixes three colours, or none");
  float low = static_cast<float>(floatAttribute(node, "low", 0));
  float high = static_cast<float>(floatAttribute(node, "high", 1));
  constexpr float infinity = std::numeric_limits<float>::infinity();
  std::vector<Func> statistics;
  if (function.at == channelShift)
    statistics = {shifts(b, draws, node, channels)};
  if (function.at == contrast)
    statistics = {mean(b, image, channels)};
  if (function.at == shift)
    statistics = {extreme(b, image, infinity, ieeeMin),
                  extreme(b, image, -infinity, ieeeMax)};
  std::shared_ptr<Enhancement> enhancement;
  if (function.at == enhance)
    enhancement = std::make_shared<Enhancement>(
        b, image, low, high,
        [=](const Expr &n) { return cast<int>(drawn(draws, node, 0, n)); },
        [=](const Expr &n) { return drawn(draws, node, 1, n); });
  std::shared_ptr<ImageStreams> noise;
  if (function.at == gaussianNoise || function.at == saltAndPepper)
    noise = std::make_shared<ImageStreams>(
        b, [=](int k, const Expr &n) { return drawn(draws, node, k, n); });
  b.values[firstResult].at = [=, &function](const Index &i) {
    Pixel pixel{image, i,          channels,    {},   low,
                high,  statistics, enhancement, noise};
    for (int k = 0; k < function.numbers; ++k)
      pixel.drawn.push_back(drawn(draws, node, k, i[3]));
    return function.at(pixel);
  };
}

void buildMix(Builder &b, const Node &node, int firstResult) {
  Value image = b.operand(node, 0), draws = b.operand(node, 1);
  if (image.rank() != 4 || image.size(0) != 1)
    throw NotApplicable("mix takes images");
  auto channels = static_cast<float>(intAttribute(node, channelsAttribute, 1));
  Expr last = b.extent(image.type.shape[0]) - 1;
  b.values[firstResult].at = [=](const Index &i) {
    auto p = [&](int k) { return draws.at({k, i[3]}); };
    Expr other = image.at({i[0], i[1], i[2], clamp(cast<int>(p(0)), 0, last)});
    Expr x = image.at(i), column = cast<float>(i[1]), row = cast<float>(i[2]);
    Expr isOther = row >= p(2) && row < p(3) && column >= p(4) * channels &&
                   column < p(5) * channels;
    // All of it is the image itself, whatever the other one holds.
    Expr mixed = select(p(1) == 1.0f, x, p(1) * x + (1.0f - p(1)) * other);
    return select(isOther, other, mixed);
  };
}

/// Whether each value of an image follows from those at its place.
static bool isFlat(const Node &node) {
  if (node.op == "adjust")
    return !functionOf(node).mixes;
  return node.op == "blend" || node.op == "blur" || node.op == "mix" ||
         node.op == "noise";
}

KernelSpec flattenColors(const KernelSpec &original) {
  if (original.nodes.size() != 1 || !isFlat(original.nodes[0]))
    return original;
  KernelSpec spec = original;
  Node &node = spec.nodes[0];
  std::vector<int64_t> &shape = node.results.at(0).shape;
  if (shape.size() != 4)
    return original;
  node.attributes.emplace(channelsAttribute, shape[3]);
  shape = {shape[0], shape[1], shape[2] * shape[3], 1};
  for (TensorType &input : spec.inputs)
    if (input.shape.size() == 4)
      input.shape = shape;
  return spec;
}

} // namespace lathe::kernels
