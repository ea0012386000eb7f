//===- ToneCurves.cpp - Histograms of tiles and the tones they give ------===//
//
// Dimensions of curves are (level, channel, tile, image).
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Families.h"
#include "compiler/kernels/Ieee.h"
#include "compiler/kernels/Pictures.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
enum class Method { Clahe, KerasClahe, Equalize };

Method methodOf(const Node &node) {
  std::string name = textAttribute(node, "method", "");
  if (name == "clahe")
    return Method::Clahe;
  if (name == "clahe_keras")
    return Method::KerasClahe;
  if (name == "equalize")
    return Method::Equalize;
  throw NotApplicable(node.op + " has no method '" + name + "'");
}

/// Rows or columns, and how they are cut.
struct Axis {
  int size, tiles, length = 0; ///< pixels, and those of a tile
  Method method;

  Axis(Method method, int64_t pixels, int64_t tiles)
      : size(static_cast<int>(pixels)), tiles(static_cast<int>(tiles)),
        method(method) {}

  /// The pixel that stands at a position behind the end.
  Expr pixel(const Expr &position) const {
    if (tiles * length <= size)
      return position;
    Expr mirrored = 2 * size - (method == Method::Clahe ? 2 : 1) - position;
    return clamp(select(position < size, position, mirrored), 0, size - 1);
  }

  /// Where a pixel lies between the centres of tiles: the one before it, and
  /// the share of the next.
  Expr place(const Expr &pixel) const {
    return cast<float>(pixel) * (1.0f / static_cast<float>(length)) - 0.5f;
  }
  Expr share(const Expr &pixel) const {
    return place(pixel) - floor(place(pixel));
  }
  Expr before(const Expr &pixel) const {
    return clamp(cast<int>(floor(place(pixel))), 0, tiles - 1);
  }
  Expr after(const Expr &pixel) const {
    return clamp(cast<int>(floor(place(pixel))) + 1, 0, tiles - 1);
  }
};

struct Tiling {
  Method method;
  Axis x, y;
  int bins;
  float low, high;

  Tiling(const Node &node, const TensorType &image, int64_t bins)
      : method(methodOf(node)), x(method, image.shape[2], tiles(node)[1]),
        y(method, image.shape[1], tiles(node)[0]), bins(static_cast<int>(bins)),
        low(static_cast<float>(floatAttribute(node, "low", 0))),
        high(static_cast<float>(floatAttribute(node, "high", 255))) {
    // OpenCV completes both axes by up to a whole tile's share each, as soon as
    // one of them does not divide.
    bool divides = x.size % x.tiles == 0 && y.size % y.tiles == 0;
    for (Axis *axis : {&x, &y})
      axis->length = method == Method::Clahe && !divides
                         ? axis->size / axis->tiles + 1
                         : (axis->size + axis->tiles - 1) / axis->tiles;
  }
  int area() const { return x.length * y.length; }
  bool isWhole() const { return x.tiles * y.tiles == 1; }

  /// The level of a value, 0 for NaN. Those that are truncated are whole where
  /// they are a rounding error away from it.
  Expr level(const Expr &value) const {
    float last = static_cast<float>(bins - 1), factor = last / (high - low);
    Expr u = low == 0 ? value : value - low;
    u = factor == 1 ? u : u * factor;
    u = method == Method::Clahe ? round(u) : u + 0.0009765625f;
    return cast<int>(select(u > 0.0f, min(u, last), 0.0f));
  }
  /// The value of a tone.
  Expr value(const Expr &tone) const {
    float factor = (high - low) / 255;
    Expr scaled = factor == 1 ? tone : tone * factor;
    return low == 0 ? scaled : scaled + low;
  }

private:
  static std::vector<int64_t> tiles(const Node &node) {
    return listAttribute(node, "tiles", {1, 1});
  }
};

/// What becomes of a histogram, step by step. Each step is a helper of the
/// builder: of curves' dimensions, or without a level.
class Curves {
public:
  Curves(Builder &b, const Value &image, const Tiling &tiling, double clipLimit)
      : b(b), image(image), t(tiling), clipLimit(clipLimit) {}

  Func tones() {
    Func counts = count();
    if (clipLimit > 0)
      counts =
          t.method == Method::Clahe ? clipped(counts) : clippedEvenly(counts);
    return tones(add(counts));
  }

private:
  static FuncRef of(const Func &f, const Expr &level) {
    return f(level, vx, vy, vn);
  }
  static FuncRef of(const Func &f) { return f(vx, vy, vn); }
  static Func define(const char *name, const Expr &value) {
    Func f(name);
    of(f, vc) = value;
    return f;
  }
  static Func defineOfTile(const char *name, const Expr &value) {
    Func f(name);
    of(f) = value;
    return f;
  }
  Func keep(const Func &f) {
    b.helpers.push_back(f);
    return f;
  }

  Func count() {
    // A row of a tile's levels is computed in vectors before it is counted.
    Func levels("levels");
    Var column("column"), row("row");
    Expr x = t.x.pixel(vy % t.x.tiles * t.x.length + column),
         y = t.y.pixel(vy / t.x.tiles * t.y.length + row);
    levels(column, row, vx, vy, vn) = t.level(image.at({vx, x, y, vn}));
    b.anchor = levels;
    RDom pixel(0, t.x.length, 0, t.y.length, "pixel");
    Expr level = unsafe_promise_clamped(levels(pixel.x, pixel.y, vx, vy, vn), 0,
                                        t.bins - 1);
    Func counts = define("counts", 0);
    of(counts, level) += 1;
    b.domain = pixel;
    return keep(counts);
  }

  /// What is above the limit is shared out equally among all levels; what that
  /// leaves goes, one each, to levels at equal distances.
  Func clipped(const Func &counts) {
    int limit = std::max(static_cast<int>(clipLimit * t.area() / t.bins), 1);
    RDom k(0, t.bins, "level");
    Func excess = defineOfTile("excess", 0);
    of(excess) += max(of(counts, k) - limit, 0);
    keep(excess);
    Expr all = of(excess) / t.bins, rest = of(excess) % t.bins;
    Func limited = define("limited", min(of(counts, vc), limit) + all);
    Expr step = max(t.bins / max(rest, 1), 1);
    RDom one(0, t.bins, "one");
    one.where(one < rest);
    of(limited, clamp(one * step, 0, t.bins - 1)) += 1;
    return keep(limited);
  }
  Func clippedEvenly(const Func &counts) {
    float limit = static_cast<float>(clipLimit) * static_cast<float>(t.area()) /
                  static_cast<float>(t.bins);
    RDom k(0, t.bins, "level");
    Func excess = defineOfTile("excess", 0.0f);
    of(excess) += max(cast<float>(of(counts, k)) - limit, 0.0f);
    keep(excess);
    return keep(define("limited",
                       min(cast<float>(of(counts, vc)), limit) +
                           of(excess) * (1.0f / static_cast<float>(t.bins))));
  }

  Func add(const Func &counts) {
    Func sums = define("sums", cast<float>(of(counts, vc)));
    RDom k(1, t.bins - 1, "level");
    of(sums, k) += of(sums, k - 1);
    return keep(sums);
  }

  Func tones(const Func &sums) {
    auto area = static_cast<float>(t.area());
    if (t.method == Method::Clahe)
      return define("tones", round(of(sums, vc) * (255.0f / area)));
    if (t.method == Method::KerasClahe) {
      Expr first = of(sums, 0), range = area - first;
      return define("tones", clamp((of(sums, vc) - first) * 255.0f /
                                       select(range == 0.0f, 1.0f, range),
                                   0.0f, 255.0f));
    }
    Func first = defineOfTile("first", 0.0f);
    RDom k(0, t.bins, "level");
    of(first) = select(of(first) == 0.0f, of(sums, k), of(first));
    keep(first);
    Expr range = area - of(first);
    Expr tone = round((of(sums, vc) - of(first)) * 255.0f / range);
    return define("tones",
                  select(range == 0.0f, -1.0f, clamp(tone, 0.0f, 255.0f)));
  }

  Builder &b;
  Value image;
  Tiling t;
  double clipLimit;
};

/// Tones of pixels, looked up for a row at a time.
class Lookup {
public:
  Lookup(Builder &b, const Value &image, const Value &curves, const Tiling &t)
      : t(t) {
    levels(vx, vg, vy, vn) = t.level(image.at({vg, vx, vy, vn}));
    b.helpers.push_back(levels);
    Expr level = unsafe_promise_clamped(levels(vx, vg, vy, vn), 0, t.bins - 1);
    if (t.isWhole()) {
      left(vx, vg, vy, vn) = curves.at({level, vg, 0, vn});
      b.lookups = {left};
      return;
    }
    Func ofRow = curvesOfRow(b, curves);
    auto at = [&](Func &found, const char *name, const Expr &tile) {
      Func tiles(name);
      tiles(vx) = tile;
      tiles.vectorize(vx, b.machine.lanes, TailStrategy::RoundUp);
      b.scalars.push_back(tiles);
      Expr known = unsafe_promise_clamped(tiles(vx), 0, t.x.tiles - 1);
      found(vx, vg, vy, vn) = ofRow(level, known, vg, vy, vn);
      b.lookups.push_back(found);
    };
    at(left, "before", t.x.before(vx));
    at(right, "after", t.x.after(vx));
  }

  /// Between the tiles left and right of the pixel.
  Expr tone(const Index &i) const {
    Expr tone = left(i[1], i[0], i[2], i[3]);
    if (t.isWhole())
      return tone;
    Expr along = t.x.share(i[1]);
    return tone * (1.0f - along) + right(i[1], i[0], i[2], i[3]) * along;
  }

private:
  /// The curves' levels, where a kernel needs those of a row of pixels: between
  /// the tiles above and below it.
  Func curvesOfRow(Builder &b, const Value &curves) const {
    Func blended("curves");
    Expr upper = t.y.before(vy) * t.x.tiles + vx,
         lower = t.y.after(vy) * t.x.tiles + vx;
    Expr down = t.y.share(vy);
    blended(vc, vx, vg, vy, vn) =
        curves.at({vc, vg, upper, vn}) * (1.0f - down) +
        curves.at({vc, vg, lower, vn}) * down;
    b.helpers.push_back(blended);
    return blended;
  }

  Tiling t;
  Func levels{"levels"}, left{"left"}, right{"right"};
};
} // namespace

void buildToneCurves(Builder &b, const Node &node, int firstResult) {
  Value image = b.operand(node, 0);
  const TensorType &type = node.results.at(0);
  if (image.rank() != 4 || type.shape.size() != 4)
    throw NotApplicable("tone_curves takes images");
  Tiling tiling(node, image.type, type.shape[3]);
  Func tones =
      Curves(b, image, tiling, floatAttribute(node, "clip_limit", 0)).tones();
  b.values[firstResult].at = [=](const Index &i) { return tones(i); };
}

void buildApplyCurves(Builder &b, const Node &node, int firstResult) {
  Value image = b.operand(node, 0), curves = b.operand(node, 1);
  if (image.rank() != 4 || curves.rank() != 4)
    throw NotApplicable("apply_curves takes images and their curves");
  Tiling t(node, image.type, curves.size(0));
  int curved = static_cast<int>(curves.size(1));
  bool allCurved = curved == image.size(0);
  Lookup lookup(b, image, curves, t);
  b.values[firstResult].at = [=](const Index &i) {
    Expr x = image.at(i);
    Expr channel = allCurved ? i[0] : clamp(i[0], 0, curved - 1);
    Expr tone = lookup.tone({channel, i[1], i[2], i[3]});
    Expr value = t.value(t.method == Method::Clahe ? round(tone) : tone);
    if (t.method == Method::Equalize)
      value = select(curves.at({0, channel, 0, i[3]}) < 0.0f, x, value);
    value = keepNaN(x, value);
    return allCurved ? value : select(i[0] < curved, value, x);
  };
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

Parameters toneCurvesParameters(const KernelSpec &, const Node &,
                                const Machine &) {
  return {};
}

/// A row of tiles is a task.
void scheduleToneCurves(Builder &b, const Node &node) {
  requireAlone(b, node);
  int lanes = lanesFor(b.resultType().shape[3], b.machine.lanes);
  int row = static_cast<int>(listAttribute(node, "tiles", {1, 1})[1]);
  int length =
      Tiling(node, b.operand(node, 0).type, b.resultType().shape[3]).x.length;
  Var tiles("tiles"), task("task");
  Stage(b.out())
      .split(vy, tiles, vy, row)
      .fuse(tiles, vn, task)
      .parallel(task)
      .vectorize(vc, lanes, TailStrategy::ShiftInwards);
  for (Func &step : b.helpers) {
    step.compute_at(b.out(), vx).store_in(scratch);
    if (step.dimensions() == 4)
      step.vectorize(vc, lanes, TailStrategy::RoundUp);
    for (int i = 0; i < step.num_update_definitions(); ++i)
      step.update(i).unscheduled();
  }
  Func levels = b.anchor, counts = b.helpers.front();
  levels.compute_at(counts, b.domain.y)
      .store_in(scratch)
      .vectorize(levels.args()[0], lanesFor(length, b.machine.lanes),
                 TailStrategy::ShiftInwards);
}

Parameters pixelsParameters(const KernelSpec &, const Node &, const Machine &) {
  return {{"task_rows", 32}};
}

void schedulePixels(Builder &b, const Node &node) {
  requireAlone(b, node);
  const TensorType &type = b.resultType();
  auto rows = static_cast<int>(
      std::min(b.parameter("task_rows", 1, INT32_MAX), type.shape[1]));
  int lanes = lanesFor(type.shape[2], b.machine.lanes);
  Var strip("strip"), task("task");
  Stage out(b.out());
  out.split(vy, strip, vy, rows, TailStrategy::ShiftInwards)
      .fuse(strip, vn, task)
      .parallel(task)
      .reorder(vx, vc, vy, task)
      .vectorize(vx, lanes, TailStrategy::ShiftInwards);
  // Beside each other, the channels' stores become one of interleaved vectors.
  if (type.shape[3] <= 4)
    out.reorder(vc, vx, vy, task).unroll(vc);
  for (Func &ofRow : b.helpers)
    ofRow.compute_at(b.out(), vy)
        .store_in(scratch)
        .vectorize(ofRow.args()[0], lanes, TailStrategy::ShiftInwards);
  for (Func &lookup : b.lookups)
    lookup.compute_at(b.out(), vy).store_in(scratch);
}

} // namespace lathe::kernels
