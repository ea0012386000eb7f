//===- PointwiseTest.cpp - Convolutions by windows of one pixel ----------===//

#include "test/kernels/Check.h"

using lathe::Isa;
using namespace lathe::kernels;

namespace {
Geometry image(int64_t height, int64_t width, int64_t in, int64_t out) {
  return {height, width, in, out, 1, 1};
}

/// With a bias and a rectifier, as layers have them.
KernelSpec plain(const Geometry &g) {
  SpecBuilder b("pointwise");
  int x = b.input(g.x()), w = b.input(g.w()),
      bias = b.input(f32({g.outChannels}));
  int y = b.op("conv2d", {x, w}, {g.y()}, g.attributes());
  y = b.op("bias_add", {y, bias}, {g.y()});
  return b.finish({b.op("relu", {y}, {g.y()})});
}

TensorType packedFilter(const Geometry &g, int64_t together) {
  return f32({g.outChannels / together, g.inChannels, together});
}

KernelSpec packed(const Geometry &g, int64_t together = 32) {
  SpecBuilder b("packed");
  int x = b.input(g.x()), w = b.input(packedFilter(g, together)),
      bias = b.input(f32({g.outChannels}));
  int y = b.op("packed_conv2d", {x, w}, {g.y()});
  y = b.op("bias_add", {y, bias}, {g.y()});
  return b.finish({b.op("relu", {y}, {g.y()})});
}

/// Inner products of many elements differ by more than those of few.
constexpr double tolerance = 5e-5;

TEST(Pointwise, IsTheDefault) {
  for (auto [spec, strategy] :
       {std::pair{plain(image(14, 14, 64, 64)), "pointwise"},
        {packed(image(14, 14, 64, 64)), "pointwise"},
        {plain({14, 14, 64, 64, 1, 1, 2, 2}), "direct"},
        {plain({14, 14, 64, 64, 1, 1, 1, 1, 1, 1, 1, 1}), "direct"},
        {plain(image(1, 1, 64, 64)), "gemm"}})
    EXPECT_EQ(defaultSchedule(spec, hostIsa()).strategy, strategy);
}

TEST(Pointwise, Shapes) {
  for (Geometry g :
       {image(14, 14, 512, 64), image(7, 7, 1024, 128), image(5, 3, 48, 96),
        image(1, 9, 20, 32), image(28, 10, 64, 160)}) {
    check(plain(g), {1, 3}, tolerance);
    check(packed(g), {1, 3}, tolerance);
  }
  for (Geometry g : {image(6, 11, 7, 33), image(9, 1, 40, 3)})
    check(plain(g), {1, 3}, tolerance);
}

TEST(Pointwise, PackedInOtherParts) {
  for (int64_t together : {16, 48, 64})
    check(packed(image(6, 6, 32, 192), together), 2, tolerance);
}

TEST(Pointwise, PackFilter) {
  Geometry g = image(1, 1, 37, 96);
  for (int64_t together : {8, 32}) {
    SpecBuilder b("pack_filter");
    int w = b.input(g.w());
    KernelSpec spec =
        b.finish({b.op("pack_filter", {w}, {packedFilter(g, together)})});
    check(spec, 1, 0);
    checkThreads(spec, 1);
  }
}

TEST(Pointwise, SameBitsWithSeveralThreads) {
  for (int64_t n : {1, 3}) {
    checkThreads(plain(image(13, 9, 64, 56)), n);
    checkThreads(packed(image(13, 9, 64, 96)), n);
    checkThreads(packed(image(5, 5, 512, 512)), n);
  }
}

TEST(Pointwise, GivenSchedules) {
  for (const char *text :
       {"pointwise{channel_vectors=2, channels_inside=1, columns=3, "
        "parallel_channels=0, prefetch=1, rows=2, task_images=2, task_rows=4, "
        "unroll_channels=8}",
        "pointwise{channel_vectors=1, channels_inside=0, columns=5, "
        "parallel_channels=1, prefetch=0, rows=1, task_images=1, task_rows=3, "
        "unroll_channels=1}"}) {
    std::optional<Schedule> schedule = parseSchedule(text);
    ASSERT_TRUE(schedule);
    check(packed(image(9, 7, 64, 128)), {3}, tolerance, &*schedule);
    check(plain(image(9, 7, 64, 128)), {3}, tolerance, &*schedule);
  }
}

/// A tile of three vectors would read two of a packed filter's parts, and then
/// one.
TEST(Pointwise, TilesDivideAPackedFilter) {
  KernelSpec spec = packed(image(9, 7, 64, 96));
  Schedule schedule = defaultSchedule(spec, Isa::X86_64_V4);
  schedule.parameters["channel_vectors"] = 3;
  EXPECT_NE(refusal(spec, schedule, Isa::X86_64_V4), "");
  schedule.parameters["channel_vectors"] = 2;
  EXPECT_EQ(refusal(spec, schedule, Isa::X86_64_V4), "");
}

/// Seven of eight ways of the sets that lines a page apart share.
TEST(Pointwise, FewPixelsOfManyChannels) {
  for (auto [channels, most] : {std::pair{512, 14}, {1024, 7}, {2048, 7}}) {
    Schedule schedule =
        defaultSchedule(packed(image(28, 28, channels, 512)), Isa::X86_64_V4);
    EXPECT_LE(schedule.parameters["columns"] * schedule.parameters["rows"],
              most);
  }
}

/// The next tile's lines: as many channels on as a tile has.
TEST(Pointwise, AsksForTheNextTile) {
  KernelSpec spec = packed(image(28, 28, 256, 512));
  Schedule schedule = defaultSchedule(spec, Isa::X86_64_V4);
  ASSERT_EQ(schedule.parameters["columns"], 14);
  ASSERT_EQ(schedule.parameters["prefetch"], 1);
  std::string statement = dumpStatement(spec, schedule, Isa::X86_64_V4);
  size_t call = statement.find("prefetch(input0, ");
  ASSERT_NE(call, std::string::npos) << statement;
  std::string line = statement.substr(call, statement.find('\n', call) - call);
  EXPECT_NE(line.find(" + " + std::to_string(14 * 256) + ","),
            std::string::npos)
      << line;
}
} // namespace
