//===- ReferenceNoise.cpp - Noise, blurred images, sums, naively ---------===//

#include "test/kernels/ReferenceOps.h"

#include <algorithm>
#include <cmath>

namespace lathe::kernels::reference {

namespace {
/// The numbers that were drawn for an image.
struct Drawn {
  const Tensor &draws;
  int64_t image, at;

  double operator()(int64_t k) const { return draws.at({image, at + k}); }
};

Drawn drawnFor(const Node &node, const Tensor &draws, int64_t image) {
  return {draws, image, static_cast<int64_t>(number(node, "at"))};
}
} // namespace

static void noise(const Node &node, const Tensor &draws, Tensor &out) {
  size_t perImage = out.data.size() / static_cast<size_t>(out.shape[0]);
  for (size_t flat = 0; flat < out.data.size(); ++flat) {
    Drawn p = drawnFor(node, draws, static_cast<int64_t>(flat / perImage));
    out.data[flat] = p(2) * Stream::ofKeys(p(0), p(1))
                                .normal(static_cast<uint32_t>(flat % perImage));
  }
}

/// The place that stands for one beyond the border, or -1 for none.
static int64_t mirrored(int64_t place, int64_t size, bool reflects) {
  while (place < 0 || place >= size) {
    if (!reflects)
      return -1;
    place = place < 0 ? -1 - place : 2 * size - 1 - place;
  }
  return place;
}

/// All pairs of a row and a column around each value.
static void blur(const Node &node, const Tensor &in, const Tensor &draws,
                 Tensor &out) {
  bool reflects = text(node, "fill_mode") == "reflect";
  const auto &radii =
      std::get<std::vector<int64_t>>(node.attributes.at("radii"));
  for (size_t flat = 0; flat < out.data.size(); ++flat) {
    std::vector<int64_t> i = indexOf(out.shape, flat);
    Drawn p = drawnFor(node, draws, i[0]);
    double sum = 0;
    for (int64_t dy = -radii[0]; dy <= radii[0]; ++dy)
      for (int64_t dx = -radii[1]; dx <= radii[1]; ++dx) {
        int64_t y = mirrored(i[1] + dy, in.shape[1], reflects),
                x = mirrored(i[2] + dx, in.shape[2], reflects);
        if (y >= 0 && x >= 0)
          sum += p(std::abs(dy)) * p(radii[0] + 1 + std::abs(dx)) *
                 in.at({i[0], y, x, i[3]});
      }
    out.data[flat] = sum;
  }
}

static void blend(const Node &node, const Tensor &one, const Tensor &draws,
                  const Tensor &other, Tensor &out) {
  for (size_t flat = 0; flat < out.data.size(); ++flat) {
    Drawn p = drawnFor(node, draws, indexOf(out.shape, flat)[0]);
    out.data[flat] = p(0) * one.data[flat] + p(1) * other.data[flat];
  }
}

bool computeNoise(const Node &node, Operands x, Results r) {
  if (node.op == "noise")
    noise(node, *x[0], r[0]);
  else if (node.op == "blur")
    blur(node, *x[0], *x[1], r[0]);
  else if (node.op == "blend")
    blend(node, *x[0], *x[1], *x[2], r[0]);
  else
    return false;
  return true;
}

} // namespace lathe::kernels::reference
