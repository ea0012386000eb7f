//===- Blur.cpp - Smoothed images, images of noise, sums of images --------===//

#include "compiler/kernels/Augment.h"
#include "compiler/kernels/RandomStream.h"

using namespace Halide;

namespace lathe::kernels {

namespace {
/// Rows or columns of an image and what is beyond them.
struct Axis {
  int size, radius;
  bool reflects;

  /// The row or column that stands for the one at `position`, which is at least
  /// -radius.
  Expr standing(const Expr &position) const {
    if (!reflects)
      return clamp(position, 0, size - 1);
    int period = 2 * size,
        periods = (radius + period - 1) / period; // so that % is of positives
    Expr inPeriod = (position + periods * period) % period;
    return min(inPeriod, period - 1 - inPeriod);
  }
  Expr orZero(const Expr &position, const Expr &value) const {
    if (reflects)
      return value;
    return select(position >= 0 && position < size, value, 0.0f);
  }
};

struct Blur {
  Value image, draws;
  const Node &node;
  int channels;
  Axis rows, columns;

  /// The weight of what is `distance` rows or columns away.
  Expr ofRow(const Expr &distance) const {
    return drawn(draws, node, distance, vn);
  }
  Expr ofColumn(const Expr &distance) const {
    return drawn(draws, node, rows.radius + 1 + distance, vn);
  }
  Expr at(const Expr &row) const {
    return rows.orZero(row, image.at({0, vx, rows.standing(row), vn}));
  }

  /// Of each value, the weighted sum of those above and below.
  Func sumRows() const {
    Func sum("down");
    sum(vx, vy, vn) = ofRow(0) * at(vy);
    if (!rows.radius)
      return sum;
    RDom k(1, rows.radius);
    sum(vx, vy, vn) += ofRow(k) * (at(vy - k) + at(vy + k));
    return sum;
  }
  /// With what is beyond the first and the last column, from 0 on: whole
  /// vectors, what remains of the row, and the border.
  Func extend(const Func &sum, int lanes) const {
    Func extended("extended");
    int width = columns.size * channels, border = columns.radius * channels;
    extended(vx, vy, vn) = undef<float>();
    RDom whole(0, lanes, 0, width / lanes);
    Expr column = whole.y * lanes + whole.x;
    extended(column + border, vy, vn) = sum(column, vy, vn);
    if (width % lanes) {
      RDom rest(width - width % lanes, width % lanes);
      extended(rest + border, vy, vn) = sum(rest, vy, vn);
    }
    if (border) {
      RDom beyond(0, border, 0, 2);
      Expr at = beyond.x + beyond.y * (border + width);
      Expr pixel = at / channels - columns.radius;
      Expr place = columns.standing(pixel) * channels + at % channels;
      extended(at, vy, vn) = columns.orZero(
          pixel, sum(unsafe_promise_clamped(place, 0, width - 1), vy, vn));
    }
    return extended;
  }
  Func sumColumns(const Func &extended) const {
    Func sum("across");
    auto at = [&](const Expr &distance) {
      return extended(vx + (columns.radius + distance) * channels, vy, vn);
    };
    sum(vx, vy, vn) = ofColumn(0) * at(0);
    if (!columns.radius)
      return sum;
    RDom k(1, columns.radius);
    sum(vx, vy, vn) += ofColumn(k) * (at(-k) + at(k));
    return sum;
  }
};
} // namespace

namespace {
/// Sums down the columns, a row of them, that row with its borders, and sums
/// across it.
struct BlurredRows {
  Func down, rows, extended, across;
};
} // namespace

void buildBlur(Builder &b, const Node &node, int firstResult) {
  Value image = b.operand(node, 0), draws = b.operand(node, 1);
  if (image.rank() != 4 || image.size(0) != 1)
    throw NotApplicable("blur takes images");
  std::vector<int64_t> radii = listAttribute(node, "radii", {0, 0});
  auto channels = static_cast<int>(intAttribute(node, channelsAttribute, 1));
  bool reflects = textAttribute(node, "fill_mode", "") == "reflect";
  auto axis = [&](int64_t size, int64_t radius) {
    return Axis{static_cast<int>(size), static_cast<int>(radius), reflects};
  };
  Blur blur{image,
            draws,
            node,
            channels,
            axis(image.size(2), radii[0]),
            axis(image.size(1) / channels, radii[1])};
  Func down = blur.sumRows(), rows("rows");
  rows(vx, vy, vn) = down(vx, vy, vn);
  int lanes = lanesFor(image.size(1), b.machine.lanes);
  Func extended = blur.extend(rows, lanes), across = blur.sumColumns(extended);
  b.keep(BlurredRows{down, rows, extended, across});
  b.values[firstResult].at = [=](const Index &i) {
    return Expr(across(i[1], i[2], i[3]));
  };
}

/// A row of sums is computed before those along it; a vector of them is summed
/// in a register.
void scheduleBlur(Builder &b, const Node &) {
  requireOneImage(b);
  int lanes = imageLanes(b);
  auto &[down, rows, extended, across] = b.kept<BlurredRows>();
  Var vector("vector"), lane("lane");
  auto inVectors = [&](Stage stage) {
    stage.split(vx, vector, lane, lanes, TailStrategy::ShiftInwards)
        .vectorize(lane);
  };
  auto inRegister = [&](Func &sum, Func &of) {
    sum.compute_at(of, vector).store_in(scratch).vectorize(vx, lanes);
    if (sum.has_update_definition()) {
      RVar term(sum.update().get_schedule().rvars()[0].var);
      sum.update().reorder(vx, term).vectorize(vx, lanes);
    }
  };
  Stage(b.out()).parallel(vn).reorder(vx, vc, vy, vn);
  inVectors(b.out());
  inRegister(across, b.out());
  extended.compute_at(b.out(), vy).store_in(scratch);
  // No two terms are written to one place.
  extended.update(0).allow_race_conditions().vectorize(
      RVar(extended.update(0).get_schedule().rvars()[0].var));
  for (int i = 1; i < extended.num_update_definitions(); ++i)
    extended.update(i).unscheduled();
  rows.compute_at(b.out(), vy).store_in(scratch);
  inVectors(rows);
  inRegister(down, rows);
}

void buildNoise(Builder &b, const Node &node, int firstResult) {
  Value draws = b.operand(node, 0);
  const TensorType &type = node.results.at(0);
  if (type.shape.size() != 4 || type.shape[3] != 1)
    throw NotApplicable("noise gives images");
  auto width = static_cast<int>(type.shape[2]);
  ImageStreams noise(
      b, [=](int k, const Expr &n) { return drawn(draws, node, k, n); });
  b.values[firstResult].at = [=](const Index &i) {
    return drawn(draws, node, 2, i[3]) *
           noise.of(i[3]).normal(i[2] * width + i[1]);
  };
}

void buildBlend(Builder &b, const Node &node, int firstResult) {
  Value x = b.operand(node, 0), draws = b.operand(node, 1),
        y = b.operand(node, 2);
  if (x.rank() != 4 || x.size(0) != 1)
    throw NotApplicable("blend takes images");
  b.values[firstResult].at = [=](const Index &i) {
    return drawn(draws, node, 0, i[3]) * x.at(i) +
           drawn(draws, node, 1, i[3]) * y.at(i);
  };
}

} // namespace lathe::kernels
