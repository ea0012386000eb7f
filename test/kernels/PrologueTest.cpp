//===- PrologueTest.cpp - Operands that a kernel computes on the way in --===//

#include "test/kernels/Prologue.h"
#include "test/kernels/Check.h"

using namespace lathe::kernels;

namespace {
KernelSpec backwardWeights(const Geometry &g, Prologue image,
                           Prologue gradient) {
  SpecBuilder b("kernel");
  ComputedImage x(b, g.x(), image), dy(b, g.y(), gradient);
  int xValue = x.value(), dyValue = dy.value();
  return b.finish({b.op("conv2d_backward_weights", {xValue, dyValue}, {g.w()},
                        g.attributes())});
}

Geometry image(int64_t height, int64_t width, int64_t in, int64_t out,
               int64_t padding) {
  Geometry g{height, width, in, out, 3, 3};
  g.top = g.bottom = g.left = g.right = padding;
  return g;
}

std::string defaultStrategy(const KernelSpec &spec) {
  return defaultSchedule(spec, hostIsa()).strategy;
}

TEST(Prologue, GradientOfWinogradsWeights) {
  for (Prologue gradient : prologues) {
    KernelSpec spec = backwardWeights(image(10, 13, 16, 32, 1),
                                      Prologue::Normalize, gradient);
    EXPECT_EQ(defaultStrategy(spec), "winograd");
    check(spec, {1, 5});
    checkThreads(spec, 3);
  }
}

TEST(Prologue, GradientOfSlicedWeights) {
  Geometry g = image(10, 13, 16, 32, 1);
  KernelSpec plain = slicedWeights(g, 3);
  SpecBuilder b("kernel");
  ComputedImage x(b, g.x(), Prologue::Normalize),
      dy(b, g.y(), Prologue::NormalizeBackward);
  int xValue = x.value(), dyValue = dy.value();
  KernelSpec spec =
      b.finish({b.op("conv2d_backward_weights", {xValue, dyValue},
                     plain.nodes[0].results, plain.nodes[0].attributes)});
  for (const Schedule &schedule : strategySchedules(spec, hostIsa())) {
    check(spec, {1, 7}, 2e-5, &schedule);
  }
  checkThreads(spec, 7);
}

TEST(Prologue, ImageOfWinogradsWeights) {
  for (Prologue of : prologues)
    check(backwardWeights(image(9, 8, 32, 16, 0), of, Prologue::None), {1, 5});
}

TEST(Prologue, GradientOfTiledWeights) {
  for (Prologue gradient : prologues)
    for (int64_t size : {7, 30}) {
      KernelSpec spec = backwardWeights(image(size, size + 2, 3, 24, 0),
                                        Prologue::None, gradient);
      EXPECT_EQ(defaultStrategy(spec), "tiled");
      check(spec, {1, 9});
      checkThreads(spec, 9);
    }
}

TEST(Prologue, BothOperandsOfTiledWeights) {
  Geometry g = image(12, 11, 16, 16, 1);
  KernelSpec spec =
      backwardWeights(g, Prologue::Normalize, Prologue::NormalizeBackward);
  for (const Schedule &schedule : strategySchedules(spec, hostIsa()))
    check(spec, {1, 4}, 2e-5, &schedule);
}

TEST(Prologue, AnchorAlone) {
  Geometry g = image(10, 13, 16, 32, 1);
  KernelSpec spec =
      backwardWeights(g, Prologue::Normalize, Prologue::NormalizeBackward);
  KernelSpec alone = backwardWeights(g, Prologue::None, Prologue::None);
  std::optional<KernelSpec> found = anchorAlone(spec);
  ASSERT_TRUE(found);
  EXPECT_EQ(signature(*found), signature(alone));
  EXPECT_FALSE(anchorAlone(alone));
}
} // namespace
