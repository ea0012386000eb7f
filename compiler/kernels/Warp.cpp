//===- Warp.cpp - Images whose pixels come from other places -------------===//

#include "compiler/kernels/Augment.h"
#include "compiler/kernels/Families.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

Expr drawn(const Value &draws, const Node &node, const Expr &i,
           const Expr &image) {
  int at = static_cast<int>(intAttribute(node, "at", 0));
  return draws.at({at + i, image});
}

namespace {
/// What is beyond the border of a row of `size` pixels.
struct Border {
  std::string mode;
  int size;

  /// After how many pixels all repeats, or 0.
  int period() const {
    return mode == "wrap" ? size : mode == "reflect" ? 2 * size : 0;
  }
  /// Of a whole number, the one in the first period that stands for it. Whole
  /// numbers below 2^24 are exact in float, so that only the quotient is
  /// rounded: by less than one.
  Expr inPeriod(const Expr &position) const {
    if (!period())
      return position;
    auto length = static_cast<float>(period());
    Expr rest = position - floor(position * (1.0f / length)) * length;
    return select(rest < 0.0f, rest + length, rest >= length, rest - length,
                  rest);
  }
  /// The pixel `behind` places after a position that `inPeriod` gave.
  Expr pixel(const Expr &position, int behind) const {
    Expr there = position + behind;
    if (!period() || size == 1)
      return clamp(there, 0, size - 1);
    if (behind > 0)
      there = select(there >= period(), there - period(), there);
    if (behind < 0)
      there = select(there < 0, there + period(), there);
    return mode == "wrap" ? there : min(there, 2 * size - 1 - there);
  }
  Expr isInside(const Expr &position) const {
    return position >= 0 && position < size;
  }
};

/// How many pixels along an axis make one, and their weights.
struct Filter {
  int taps;
  explicit Filter(const std::string &interpolation)
      : taps(interpolation == "nearest"    ? 1
             : interpolation == "bilinear" ? 2
                                           : 4) {}

  /// The pixel before a place, or the nearest one where it is the only one.
  Expr before(const Expr &place) const {
    return floor(taps == 1 ? place + 0.5f : place);
  }
  /// How far a tap is behind that pixel.
  int behind(int tap) const { return taps == 4 ? tap - 1 : tap; }
  /// The weight of a tap at `share` of the way from the pixel before a place to
  /// the one behind it.
  Expr weight(int tap, const Expr &share) const {
    if (taps == 1)
      return 1.0f;
    if (taps == 2)
      return tap ? share : 1.0f - share;
    // Keys: "Cubic convolution interpolation for digital image processing",
    // 1981, with a = -1/2.
    Expr t = tap < 2 ? share : 1.0f - share;
    Expr d = tap == 0 || tap == 3 ? t + 1.0f : t;
    Expr outer = ((-0.5f * d + 2.5f) * d - 4.0f) * d + 2.0f;
    Expr inner = (1.5f * d - 2.5f) * d * d + 1.0f;
    return tap == 0 || tap == 3 ? outer : inner;
  }
};

/// Where a pixel comes from along one axis: its taps' pixels, whether each of
/// them exists if that is asked for, and how far it is between two of them.
struct Places {
  Filter filter;
  Border border;
  bool isConstant;

  void describe(const Expr &place, std::vector<Expr> &to) const {
    Expr before = filter.before(place),
         there = cast<int>(border.inPeriod(before));
    for (int tap = 0; tap < filter.taps; ++tap)
      to.push_back(border.pixel(there, filter.behind(tap)));
    for (int tap = 0; tap < filter.taps && isConstant; ++tap)
      to.push_back(border.isInside(there + filter.behind(tap)));
    if (filter.taps > 1)
      to.push_back(place - floor(place));
  }
  // Of what is described, their numbers.
  int exists(int tap) const { return filter.taps + tap; }
  int share() const { return filter.taps * (isConstant ? 2 : 1); }
  int count() const { return share() + (filter.taps > 1); }
};
} // namespace

void buildWarp(Builder &b, const Node &node, int firstResult) {
  Value image = b.operand(node, 0), draws = b.operand(node, 1);
  if (image.rank() != 4)
    throw NotApplicable("warp takes images");
  std::string mode = textAttribute(node, "fill_mode", "");
  Filter filter(textAttribute(node, "interpolation", ""));
  float fill = static_cast<float>(floatAttribute(node, "fill_value", 0));
  bool isConstant = mode == "constant";
  int width = static_cast<int>(image.size(1)),
      height = static_cast<int>(image.size(2));
  Places columns{filter, {mode, width}, isConstant},
      rows{filter, {mode, height}, isConstant};

  auto m = [&](int i) { return drawn(draws, node, i, vn); };
  Expr px = cast<float>(vx), py = cast<float>(vy);
  if (node.operands.size() > 2) {
    Value field = b.operand(node, 2);
    px += field.at({0, vx, vy, vn});
    py += field.at({1, vx, vy, vn});
  }
  Expr x = m(0) * px + (m(1) * py + m(2)), y = m(3) * px + (m(4) * py + m(5));
  if (intAttribute(node, "projective", 0)) {
    Expr w = m(6) * px + (m(7) * py + 1.0f);
    x /= w;
    y /= w;
  }
  // Far outside, all places are alike; and a place is an integer.
  auto bounded = [](const Expr &place, int size) {
    float far = 64.0f * static_cast<float>(size);
    return clamp(place, -far, far);
  };
  std::vector<Expr> described;
  columns.describe(bounded(x, width), described);
  rows.describe(bounded(y, height), described);
  Func place("place");
  place(vx, vy, vn) = Tuple(described);
  b.helpers.push_back(place);

  b.values[firstResult].at = [=](const Index &i) {
    FuncRef from = place(i[1], i[2], i[3]);
    int second = columns.count();
    auto tap = [&](int column, int row) {
      // The index is inside: Halide cannot know what a table holds.
      Expr value = image.at(
          {i[0], unsafe_promise_clamped(Expr(from[column]), 0, width - 1),
           unsafe_promise_clamped(Expr(from[second + row]), 0, height - 1),
           i[3]});
      if (!isConstant)
        return value;
      return select(Expr(from[columns.exists(column)]) &&
                        Expr(from[second + rows.exists(row)]),
                    value, fill);
    };
    if (filter.taps == 1)
      return tap(0, 0);
    Expr along = from[columns.share()], down = from[second + rows.share()];
    if (filter.taps == 2) {
      auto between = [](const Expr &p, const Expr &q, const Expr &share) {
        return p + (q - p) * share;
      };
      return between(between(tap(0, 0), tap(1, 0), along),
                     between(tap(0, 1), tap(1, 1), along), down);
    }
    Expr sum;
    for (int row = 0; row < filter.taps; ++row) {
      Expr line;
      for (int column = 0; column < filter.taps; ++column) {
        Expr term = filter.weight(column, along) * tap(column, row);
        line = line.defined() ? line + term : term;
      }
      line = filter.weight(row, down) * line;
      sum = sum.defined() ? sum + line : line;
    }
    return sum;
  };
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

Parameters imagesParameters(const KernelSpec &spec, const Node &node,
                            const Machine &machine) {
  if (typeOf(spec, spec.results.at(0)).shape.size() != 4)
    throw NotApplicable(node.op + " gives images");
  return {{"columns", machine.lanes}};
}

void requireOneImage(const Builder &b) {
  if (b.outputs.size() > 1 || b.resultType().shape.size() != 4)
    throw NotApplicable("a kernel that augments has one result, images");
}

int imageLanes(const Builder &b) {
  int64_t columns =
      std::min(b.parameter("columns", 1, 64), b.resultType().shape[2]);
  return lanesFor(columns, b.machine.lanes);
}

void scheduleImages(Builder &b, const Node &) {
  requireOneImage(b);
  Stage(b.out())
      .parallel(vn)
      .reorder(vx, vc, vy, vn)
      .vectorize(vx, imageLanes(b), TailStrategy::ShiftInwards);
  for (Func &statistic : b.helpers)
    statistic.compute_at(b.out(), vn).store_in(scratch);
}

void scheduleWarp(Builder &b, const Node &) {
  requireOneImage(b);
  int lanes = imageLanes(b);
  int channels = static_cast<int>(b.resultType().shape[3]);
  // A pixel's channels are neighbours in the input, its columns are not.
  Stage out(b.out());
  out.parallel(vn);
  if (channels <= 4)
    out.vectorize(vc, channels);
  else
    out.vectorize(vc, lanesFor(channels, b.machine.lanes),
                  TailStrategy::ShiftInwards);
  for (Func &place : b.helpers)
    place.compute_at(b.out(), vy)
        .store_in(scratch)
        .vectorize(vx, lanes, TailStrategy::ShiftInwards);
}

} // namespace lathe::kernels
