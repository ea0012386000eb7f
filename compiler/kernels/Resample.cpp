//===- Resample.cpp - Rows or columns of an image by a filter ------------===//
//
// Row o of `to` lies at (o + 1/2) from/to of the rows of `from`, whose centres
// are half a pixel in. Its weights are the filter's values at the distances
// to these centres, divided by their sum. They are computed in the kernel, a
// block of rows at a time; distances are whole numbers until then, so that the
// gradient uses the very weights of the forward pass.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Convolution.h"
#include "compiler/kernels/Families.h"
#include "compiler/kernels/Movement.h"
#include "compiler/kernels/VectorMath.h"
#include "compiler/kernels/WindowReduction.h"

#include <algorithm>

using namespace Halide;

namespace lathe::kernels {

namespace {
/// sin(pi d)/(pi d).
Expr sinc(const Expr &d) {
  constexpr float pi = 3.14159265f;
  Expr whole = round(d);
  Expr odd = whole - 2.0f * floor(whole * 0.5f);
  Expr sine = vectorSinTurns((d - whole) * 0.5f) * (1.0f - 2.0f * odd);
  return select(d == 0.0f, 1.0f, sine / (pi * d));
}

/// Keys 1981, with a = -1/2.
Expr cubic(const Expr &d) {
  return select(d < 1.0f, (1.5f * d - 2.5f) * d * d + 1.0f,
                ((-0.5f * d + 2.5f) * d - 4.0f) * d + 2.0f);
}

/// `from` positions become `to`.
class Filter {
public:
  Filter(const Node &node, int64_t from, int64_t to)
      : name(textAttribute(node, "filter", "")), from(static_cast<int>(from)),
        to(static_cast<int>(to)) {
    static constexpr std::pair<const char *, int> radii[] = {{"area", 0},
                                                             {"bilinear", 1},
                                                             {"bicubic", 2},
                                                             {"lanczos3", 3},
                                                             {"lanczos5", 5}};
    const auto *row = std::find_if(std::begin(radii), std::end(radii),
                                   [&](auto &r) { return name == r.first; });
    if (row == std::end(radii))
      throw NotApplicable(node.op + " has no filter '" + name + "'");
    radius = row->second;
    if (std::max(from, to) > 1 << 14)
      throw NotApplicable(node.op + " takes images of up to 16384 pixels");
    widens = intAttribute(node, "antialias", 0) != 0 && from > to;
  }

  /// The most positions of `from` that one of `to` reads, and the other way
  /// round; and the first of them.
  int taps() const { return count(from, to); }
  int tapsBack() const { return count(to, from); }
  Expr first(const Expr &o) const { return first(o, from, to); }
  Expr firstBack(const Expr &i) const { return first(i, to, from); }

  /// The weight of position i for position o, before it is divided by their
  /// sum; 0 where there is no such i.
  Expr weight(const Expr &o, const Expr &i) const {
    Expr value;
    if (radius == 0) {
      Expr covered = min((o + 1) * from, (i + 1) * to) - max(o * from, i * to);
      value = cast<float>(max(covered, 0)) * (1 / static_cast<float>(from));
    } else {
      Expr d = abs(cast<float>((2 * i + 1) * to - (2 * o + 1) * from)) *
               (1 / static_cast<float>(unit()));
      value = select(d < static_cast<float>(radius), at(d), 0.0f);
    }
    return select(i >= 0 && i < from, value, 0.0f);
  }

private:
  /// A distance of 1, in units of 1/(2 to) of a pixel of `from`.
  int unit() const { return 2 * (widens ? from : to); }
  Expr at(const Expr &d) const {
    if (name == "bilinear")
      return 1.0f - d;
    if (name == "bicubic")
      return cubic(d);
    return sinc(d) * sinc(d * (1 / static_cast<float>(radius)));
  }

  /// Of a line of `other` positions that one of `own` covers, or reaches.
  int count(int other, int own) const {
    int reach = radius * unit();
    int all =
        radius == 0 ? (other + own - 1) / own + 1 : (reach + own - 1) / own;
    return std::min(all, other);
  }
  Expr first(const Expr &p, int other, int own) const {
    // Halide rounds down.
    Expr begin =
        radius == 0
            ? p * other / own
            : ((2 * p + 1) * other - radius * unit() - own) / (2 * own) + 1;
    int most = std::max(other - count(other, own), 0);
    return clamp(begin, 0, most);
  }

  std::string name;
  int from, to, radius;
  bool widens;
};

struct Direction {
  bool isBackward;
  int axis; ///< 1: rows, 2: columns
  Filter filter;

  Direction(const Node &node, const TensorType &read)
      : isBackward(node.op == "resample_backward"),
        axis(static_cast<int>(intAttribute(node, "axis", 1))),
        filter(node, (isBackward ? node.results.at(0) : read).shape.at(axis),
               (isBackward ? read : node.results.at(0)).shape.at(axis)) {}
  int taps() const { return isBackward ? filter.tapsBack() : filter.taps(); }
  Var along() const { return axis == 1 ? vy : vx; }
};

} // namespace

namespace {
/// Of a block's positions and taps; the sum of each position's, and the share
/// that makes it 1.
struct Weights {
  Func weights, total, share;
};
} // namespace

void buildResample(Builder &b, const Node &node, int firstResult) {
  Value image = b.operand(node, 0);
  checkImage(node, image);
  Direction d(node, image.type);
  const Filter &filter = d.filter;
  Var position("position"), tap("tap");
  // One over the sum of a row's weights.
  auto to = static_cast<int>(
      (d.isBackward ? image.type : node.results.at(0)).shape[d.axis]);
  Func share("share");
  RDom all(0, filter.taps(), "all");
  Func total("total");
  total(position) = 0.0f;
  total(position) +=
      forEach(all, filter.weight(position, filter.first(position) + all));
  share(position) = 1.0f / total(position);

  Func weights("weights");
  Expr source =
      (d.isBackward ? filter.firstBack(position) : filter.first(position)) +
      tap;
  weights(position, tap) =
      d.isBackward
          ? filter.weight(source, position) * share(clamp(source, 0, to - 1))
          : filter.weight(position, source) * share(position);

  RDom k(0, d.taps(), "k");
  Expr along = d.along();
  Expr read =
      (d.isBackward ? filter.firstBack(along) : filter.first(along)) + k;
  Index at = {vc, vx, vy, vn};
  at[3 - d.axis] = read;
  Func sum("sum");
  sum(vc, vx, vy, vn) = 0.0f;
  sum(vc, vx, vy, vn) += forEach(k, weights(along, k) * image.at(at));
  b.anchor = sum;
  b.domain = k;
  b.scalars.push_back(share);
  b.keep(Weights{weights, total, share});
  b.values[firstResult].at = [=](const Index &i) { return Expr(sum(i)); };
}

Parameters resampleParameters(const KernelSpec &spec, const Node &node,
                              const Machine &machine) {
  int64_t channels = node.results.at(0).shape.back();
  int lanes = lanesFor(channels, machine.lanes);
  Direction d(node, typeOf(spec, node.operands.at(0)));
  return {{"channel_vectors", std::clamp<int64_t>(channels / lanes, 1, 4)},
          {"block", std::clamp<int64_t>(
                        scratchLimit / (accumulatorBytes * d.taps()), 1, 16)}};
}

/// A block of rows or columns is a task, with weights of its own.
void scheduleResample(Builder &b, const Node &node) {
  const TensorType &type = b.resultType();
  requireAlone(b, node);
  auto axis = static_cast<size_t>(intAttribute(node, "axis", 1));
  Var along = axis == 1 ? vy : vx, across = axis == 1 ? vx : vy;
  int lanes = lanesFor(type.shape[3], b.machine.lanes);
  int channels = lanes * static_cast<int>(b.parameter("channel_vectors", 1,
                                                      type.shape[3] / lanes));
  auto block = static_cast<int>(
      std::min(b.parameter("block", 1, 1024), type.shape[axis]));
  requireStack(accumulatorBytes * block *
               Direction(node, b.operand(node, 0).type).taps());
  Var tile("c_tile"), blocks("blocks"), task("task");
  Stage(b.out())
      .split(vc, tile, vc, channels, TailStrategy::ShiftInwards)
      .split(along, blocks, along, block, TailStrategy::ShiftInwards)
      .reorder(vc, tile, along, across, blocks, vn)
      .vectorize(vc, lanes)
      .unroll(vc)
      .fuse(blocks, vn, task)
      .parallel(task);
  b.anchor.compute_at(b.out(), tile)
      .store_in(scratch)
      .bound_extent(vc, channels)
      .vectorize(vc, lanes)
      .unroll(vc);
  b.anchor.update()
      .reorder({vc, b.domain.x, vx, vy, vn})
      .vectorize(vc, lanes)
      .unroll(vc);
  auto &[weights, total, share] = b.kept<Weights>();
  Var position = weights.args()[0];
  weights.compute_at(b.out(), task)
      .store_in(scratch)
      .vectorize(position, lanesFor(block, b.machine.lanes),
                 TailStrategy::ShiftInwards);
  share.vectorize(position, b.machine.lanes, TailStrategy::RoundUp);
  total.compute_at(share, position)
      .store_in(scratch)
      .vectorize(position, b.machine.lanes);
  total.update().vectorize(position, b.machine.lanes);
}

} // namespace lathe::kernels
