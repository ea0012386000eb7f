//===- StrategyTest.cpp - The table of operations and strategies ---------===//

#include "test/kernels/Check.h"
#include "test/kernels/TypicalKernels.h"

#include "compiler/kernels/NaiveSchedule.h"

#include <algorithm>
#include <set>

using lathe::Isa;
using lathe::Machine;
using namespace lathe::kernels;

namespace {
KernelSpec convolution(const Geometry &g, const char *op = "conv2d") {
  SpecBuilder b(op);
  bool weights = std::string(op) == "conv2d_backward_weights";
  bool data = std::string(op) == "conv2d_backward_data";
  int first = b.input(data ? g.y() : g.x());
  int second = b.input(weights ? g.y() : g.w());
  KernelSpec spec = b.finish({b.op(op, {first, second},
                                   {weights ? g.w()
                                    : data  ? g.x()
                                            : g.y()},
                                   g.attributes())});
  spec.batch = 32;
  return spec;
}

KernelSpec reduction(std::vector<int64_t> axes, const TensorType &result) {
  SpecBuilder b("reduce");
  int x = b.input(f32({dynamicBatch, 8, 8, 32}));
  return b.finish({b.op("reduce", {x}, {result}, {{"axes", std::move(axes)}})});
}

std::vector<std::string> names(const KernelSpec &spec) {
  std::vector<std::string> all;
  for (const Schedule &schedule : strategySchedules(spec, Isa::X86_64_V4))
    all.push_back(schedule.strategy);
  return all;
}

const Geometry threeByThree{14, 14, 32, 64, 3, 3, 1, 1, 1, 1, 1, 1};
const Geometry onePixelWindow{14, 14, 32, 64, 1, 1};
} // namespace

TEST(Strategies, TheFirstThatIsPreferredComesFirst) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(convolution(threeByThree)), (Names{"direct", "blocked"}));
  EXPECT_EQ(names(convolution(onePixelWindow)),
            (Names{"pointwise", "blocked", "direct"}));
  EXPECT_EQ(names(convolution(threeByThree, "conv2d_backward_weights")),
            (Names{"winograd", "tiled"}));
  // Weights that would not stay in L1.
  Geometry wide{14, 14, 512, 512, 3, 3, 1, 1, 1, 1, 1, 1};
  EXPECT_EQ(names(convolution(wide)).front(), "blocked");
  EXPECT_EQ(names(convolution(wide, "conv2d_backward_data")).front(),
            "blocked");
}

TEST(Strategies, AnUnknownNameIsToldTheOthers) {
  std::string error =
      refusal(convolution(threeByThree), {"diagonal", {}}, Isa::X86_64_V4);
  EXPECT_EQ(error, "conv2d has no strategy 'diagonal', but 'depthwise' with a "
                   "channel in each group, 'gemm' for images of one pixel, "
                   "'pointwise' for windows of one pixel, 'blocked', 'direct'");
}

TEST(Strategies, RefuseWhatTheyDoNotCompute) {
  Machine machine = Isa::X86_64_V4;
  KernelSpec spec = convolution(threeByThree);
  for (const char *other : {"pointwise", "gemm", "depthwise"}) {
    KernelSpec its = other == std::string("pointwise")
                         ? convolution(onePixelWindow)
                         : convolution({1, 1, 32, 64, 1, 1});
    Schedule schedule = defaultSchedule(its, machine);
    schedule.strategy = other;
    EXPECT_NE(refusal(spec, schedule, machine), "") << other;
  }
  // Each of the three shapes of a sum.
  KernelSpec sums[] = {reduction({0, 1, 2}, f32({32})),
                       reduction({3}, f32({dynamicBatch, 8, 8})),
                       reduction({1}, f32({dynamicBatch, 8, 32}))};
  for (const KernelSpec &sum : sums)
    for (const KernelSpec &other : sums) {
      bool same = &sum == &other;
      EXPECT_EQ(refusal(sum, defaultSchedule(other, machine), machine).empty(),
                same);
    }
}

TEST(Strategies, TransformedFiltersHaveNoNaiveAlgorithm) {
  SpecBuilder b("winograd_conv2d");
  int x = b.input(f32({dynamicBatch, 8, 8, 16}));
  int u = b.input(f32({36, 16, 32}));
  KernelSpec spec =
      b.finish({b.op("winograd_conv2d", {x, u}, {f32({dynamicBatch, 8, 8, 32})},
                     {{"padding", std::vector<int64_t>{1, 1, 1, 1}}})});
  EXPECT_NE(naiveSchedule(spec, Isa::X86_64_V4).strategy, "naive");
  EXPECT_NE(refusal(spec, {"naive", {}}, Isa::X86_64_V4), "");
  EXPECT_GT(arithmeticSpeedup(spec, defaultSchedule(spec, Isa::X86_64_V4)), 1);
}

TEST(Strategies, OnlyTheWinogradAlgorithmComputesLess) {
  for (const Schedule &schedule :
       strategySchedules(convolution(threeByThree, "conv2d_backward_weights"),
                         Isa::X86_64_V4))
    EXPECT_EQ(
        arithmeticSpeedup(convolution(threeByThree, "conv2d_backward_weights"),
                          schedule) > 1,
        schedule.strategy == "winograd");
}

TEST(Strategies, TilesOfSamplesBeyondTheBatchCost) {
  SpecBuilder b("dense");
  int x = b.input(f32({dynamicBatch, 64})), w = b.input(f32({64, 64}));
  KernelSpec spec =
      b.finish({b.op("dense", {x, w}, {f32({dynamicBatch, 64})})});
  Machine machine = Isa::X86_64_V4;
  Schedule eight{"gemm", {{"column_vectors", 2}, {"rows", 8}}};
  double whole = scheduleCost(spec, eight, machine, 16);
  EXPECT_DOUBLE_EQ(scheduleCost(spec, eight, machine, 9), whole * 16 / 9);
  EXPECT_DOUBLE_EQ(scheduleCost(spec, eight, machine), whole);
}

TEST(ElementTypes, AreFoundByWhatTheyAre) {
  std::set<std::string> names;
  for (ElementType type : {ElementType::F32, ElementType::F64, ElementType::I32,
                           ElementType::I64, ElementType::U8}) {
    const ElementTypeRow &row = describe(type);
    EXPECT_EQ(row.type, type);
    EXPECT_EQ(findElementType(row.kind, 8 * row.bytes), type) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(isFloat(type), row.name[0] == 'f');
  }
  EXPECT_EQ(bytesOf(ElementType::F64), 8);
  EXPECT_EQ(bytesOf(ElementType::U8), 1);
  EXPECT_FALSE(findElementType(NumberKind::Signed, 8));
}
