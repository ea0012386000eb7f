//===- Enhance.cpp - What policies do to the colours of an image ----------===//
//
// One operation of nine, which is drawn for each image: all pixels of an image
// go the same way, and what only one way needs is not computed for the others.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Enhance.h"
#include "runtime/embedded/internal.h"

using namespace Halide;

namespace lathe::kernels {

static constexpr int levels = 256;

Enhancement::Enhancement(Builder &b, const Value &image, float low, float high,
                         const std::function<Expr(Expr)> &operation,
                         const std::function<Expr(Expr)> &number)
    : low(low), high(high), grey("grey_mean"), table("levels") {
  addMean(b, image, operation);
  addTable(b, image, operation, number);
}

Expr Enhancement::greyOf(const Value &image, Index index) {
  if (image.size(0) == 1)
    return image.at(index);
  static constexpr float weights[] = {0.299f, 0.587f, 0.114f};
  Expr sum;
  for (int channel = 0; channel < 3; ++channel) {
    index[0] = channel;
    Expr term = weights[channel] * image.at(index);
    sum = sum.defined() ? sum + term : term;
  }
  return sum;
}

Expr Enhancement::levelOf(const Expr &value) const {
  Expr share = (value - low) * (1.0f / (high - low));
  // NaN has no level, and the caller sees to it.
  Expr finite = select(isNaN(value), 0.0f, clamp(share, 0.0f, 1.0f));
  return clamp(cast<int>(floor(finite * 255.0f + 0.5f)), 0, levels - 1);
}

void Enhancement::addMean(Builder &b, const Value &image,
                          const std::function<Expr(Expr)> &operation) {
  auto width = static_cast<int>(image.size(1)),
       height = static_cast<int>(image.size(2));
  Func rows("grey_rows");
  RDom x(0, width), y(0, height);
  x.where(operation(vn) == LATHE_ENHANCE_CONTRAST);
  rows(vy, vn) = 0.0f;
  rows(vy, vn) += forEach(x, greyOf(image, {0, x, vy, vn}));
  grey(vn) = 0.0f;
  grey(vn) += rows(y, vn) * (1.0f / static_cast<float>(width * height));
  b.helpers.push_back(rows);
  b.helpers.push_back(grey);
}

void Enhancement::addTable(Builder &b, const Value &image,
                           const std::function<Expr(Expr)> &operation,
                           const std::function<Expr(Expr)> &number) {
  Var level("level");
  Func counts("counts"), below("below"), ends("ends");
  RDom r(0, static_cast<int>(image.size(0)), 0, static_cast<int>(image.size(1)),
         0, static_cast<int>(image.size(2)));
  r.where(operation(vn) == LATHE_ENHANCE_AUTO_CONTRAST ||
          operation(vn) == LATHE_ENHANCE_EQUALIZE);
  counts(level, vc, vn) = 0;
  counts(levelOf(image.at({r.x, r.y, r.z, vn})), r.x, vn) += 1;

  // How many values have at most this level.
  RDom above(1, levels - 1), each(0, levels);
  below(level, vc, vn) = counts(level, vc, vn);
  below(above, vc, vn) += below(above - 1, vc, vn);
  ends(vc, vn) = Tuple(levels - 1, 0);
  Expr occurs = counts(each, vc, vn) > 0;
  ends(vc, vn) = Tuple(min(ends(vc, vn)[0], select(occurs, each, levels - 1)),
                       max(ends(vc, vn)[1], select(occurs, each, 0)));

  Expr drawn = operation(vn), l = cast<float>(level);
  Expr lost = clamp(8 - cast<int>(number(vn)), 0, 8);
  Expr least = ends(vc, vn)[0], most = ends(vc, vn)[1];
  Expr stretched =
      select(most > least,
             (l - least) * (255.0f / cast<float>(max(most - least, 1))), l);
  // As PIL's ImageOps.equalize.
  Expr step =
      (below(levels - 1, vc, vn) - counts(clamp(most, 0, levels - 1), vc, vn)) /
      255;
  Expr before = select(level > 0, below(max(level - 1, 0), vc, vn), -1);
  Expr equal = select(before < 0, 0,
                      min((before + step / 2) / max(step, 1), levels - 1));
  Expr becomes = select(
      drawn == LATHE_ENHANCE_POSTERIZE, cast<float>((level >> lost) << lost),
      drawn == LATHE_ENHANCE_SOLARIZE, select(l >= number(vn), 255.0f - l, l),
      drawn == LATHE_ENHANCE_AUTO_CONTRAST, stretched, //
      drawn == LATHE_ENHANCE_EQUALIZE, select(step > 0, cast<float>(equal), l),
      255.0f - l);
  table(level, vc, vn) = low + becomes * ((high - low) / 255.0f);
  for (const Func &helper : {counts, below, ends, table})
    b.helpers.push_back(helper);
}

Expr Enhancement::at(const Value &image, const Index &index,
                     const Expr &operation, const Expr &number,
                     const Expr &smoothed) const {
  Expr x = image.at(index), n = index[3];
  Expr other = select(operation == LATHE_ENHANCE_BRIGHTNESS, low,
                      operation == LATHE_ENHANCE_COLOR, greyOf(image, index),
                      operation == LATHE_ENHANCE_CONTRAST, grey(n), smoothed);
  Expr blended = ieeeClamp(other + number * (x - other), low, high);
  Expr listed = keepNaN(x, table(levelOf(x), index[0], n));
  return select(operation < LATHE_ENHANCE_BRIGHTNESS, x,
                operation < LATHE_ENHANCE_POSTERIZE, blended, listed);
}

} // namespace lathe::kernels
