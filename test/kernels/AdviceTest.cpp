//===- AdviceTest.cpp -----------------------------------------------------===//
#include "compiler/kernels/Advice.h"
#include "compiler/kernels/Tasks.h"

#include "test/kernels/SpecBuilder.h"

#include <gtest/gtest.h>

using namespace lathe;
using namespace lathe::kernels;

namespace {
KernelSpec weights(int64_t size, int64_t in, int64_t out, int64_t batch,
                   int64_t window = 3) {
  Geometry g{size, size, in, out, window, window};
  g.top = g.bottom = g.left = g.right = window / 2;
  SpecBuilder b("weights");
  int x = b.input(g.x()), dy = b.input(g.y());
  KernelSpec spec = b.finish(
      {b.op("conv2d_backward_weights", {x, dy}, {g.w()}, g.attributes())});
  spec.batch = batch;
  return spec;
}

Machine withCores(int cores) {
  Machine machine = Isa::X86_64_V4;
  machine.cores = cores;
  return machine;
}

TEST(WeightGradientSlices, GrowWithTheCores) {
  KernelSpec spec = weights(32, 16, 16, 128); // one block of channels
  int64_t before = 1;
  for (int cores : {1, 2, 4, 8, 16}) {
    int64_t slices = weightGradientSlices(spec, withCores(cores));
    EXPECT_GE(slices, before) << cores;
    EXPECT_GE(slices, 2 * cores) << cores;
    EXPECT_LE(slices, 4 * cores) << cores;
    before = slices;
  }
}

TEST(WeightGradientSlices, HaveAsManyImagesEach) {
  for (int64_t batch : {2, 3, 7, 32, 100, 128}) {
    int64_t slices =
        weightGradientSlices(weights(32, 32, 32, batch), withCores(16));
    ASSERT_LE(slices, batch);
    int64_t images = (batch + slices - 1) / slices;
    EXPECT_EQ((batch + images - 1) / images, slices) << "no slice is empty";
  }
}

TEST(WeightGradientSlices, AreLeftAloneWhereTheyDoNotPay) {
  // A single image, and a batch that is not known.
  EXPECT_EQ(weightGradientSlices(weights(32, 16, 16, 1), withCores(16)), 1);
  EXPECT_EQ(weightGradientSlices(weights(32, 16, 16, 0), withCores(16)), 1);
  // So little work that one task does it.
  EXPECT_EQ(weightGradientSlices(weights(2, 32, 32, 4), withCores(16)), 1);
  // Sums that a task adds up on its stack.
  EXPECT_EQ(weightGradientSlices(weights(64, 3, 16, 128), withCores(16)), 1);
  // Sums of megabytes for a few pixels.
  EXPECT_EQ(weightGradientSlices(weights(7, 512, 512, 8), withCores(16)), 1);
}

KernelSpec dense(int64_t reduced, int64_t columns, int64_t batch) {
  SpecBuilder b("dense");
  int x = b.input(f32({dynamicBatch, reduced})),
      w = b.input(f32({reduced, columns}));
  KernelSpec spec =
      b.finish({b.op("dense", {x, w}, {f32({dynamicBatch, columns})})});
  spec.batch = batch;
  return spec;
}

TEST(DenseSlices, FillTheCores) {
  for (int64_t batch : {2, 8, 32}) {
    int64_t slices = denseSlices(dense(36992, 512, batch), withCores(16));
    EXPECT_GE(slices, 8) << batch;
    EXPECT_LE(slices, 40) << batch;
    EXPECT_EQ(36992 % slices, 0) << batch;
  }
}

TEST(DenseSlices, AreLeftAloneWhereTheyDoNotPay) {
  // Enough tasks for one core, and for two.
  EXPECT_EQ(denseSlices(dense(36992, 512, 32), withCores(1)), 1);
  EXPECT_EQ(denseSlices(dense(36992, 512, 32), withCores(2)), 1);
  // A batch that is not known; columns that are no vectors.
  EXPECT_EQ(denseSlices(dense(36992, 512, 0), withCores(16)), 1);
  EXPECT_EQ(denseSlices(dense(36992, 10, 32), withCores(16)), 1);
  // A single sample, whose kernel has slices of its own.
  EXPECT_EQ(denseSlices(dense(36992, 512, 1), withCores(16)), 1);
  // So little work that one task does it.
  EXPECT_EQ(denseSlices(dense(576, 64, 32), withCores(16)), 1);
  // Blocks of columns that fill the cores.
  EXPECT_EQ(denseSlices(dense(4096, 8192, 32), withCores(16)), 1);
  // Sums as large as the weights.
  EXPECT_EQ(denseSlices(dense(256, 512, 512), withCores(16)), 1);
}

TEST(Tasks, FillTheCores) {
  Machine machine = withCores(16);
  double usual = machine.taskMicroseconds;
  // Much work: tasks of the usual length.
  EXPECT_EQ(piecesPerTask(machine, 1000, usual / 10), 10);
  // Less than that for each core: a task for each, of nearly one length.
  EXPECT_EQ(piecesPerTask(machine, 160, usual / 20), 10);
  EXPECT_EQ(piecesPerTask(withCores(2), 160, usual / 20), 20);
  // So little that more than some tasks do not pay.
  EXPECT_EQ(piecesPerTask(machine, 64, usual / 64), 16);
  EXPECT_EQ(piecesPerTask(machine, 64, usual / 1000), 64);
  // Whatever the work, a task has a piece, and no more than there are.
  EXPECT_EQ(piecesPerTask(machine, 3, 100 * usual), 1);
  EXPECT_EQ(piecesPerTask(machine, 1, 0), 1);
}

TEST(Advice, KnowsCaches) {
  Machine small = Isa::X86_64_V3, large = Isa::X86_64_V3;
  small.l2 = 256 << 10;
  large.l2 = 4 << 20;
  EXPECT_TRUE(rearrangingPays(small, 512 << 10));
  EXPECT_FALSE(rearrangingPays(large, 512 << 10));
  EXPECT_TRUE(winogradPays(large, 32, 32, 32, 64, 64, false));
  EXPECT_FALSE(winogradPays(large, 32, 32, 32, 60, 64, false));
  small.l3 = 1 << 20; // 36 frequencies of 64 x 256 weights
  EXPECT_FALSE(winogradPays(small, 32, 32, 32, 64, 256, false));
  EXPECT_TRUE(winogradPays(large, 32, 32, 32, 64, 256, false));
}
} // namespace
