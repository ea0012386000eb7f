//===- DenseTest.cpp - Fully connected layers and their gradients --------===//

#include "compiler/kernels/NaiveSchedule.h"
#include "test/kernels/Check.h"
#include <regex>
#include <tuple>

using lathe::Isa;
using namespace lathe::kernels;

namespace {
class Dense : public testing::TestWithParam<std::pair<int64_t, int64_t>> {
protected:
  int64_t k = GetParam().first, m = GetParam().second;
  TensorType x = f32({dynamicBatch, k}), w = f32({k, m}),
             y = f32({dynamicBatch, m});
};
INSTANTIATE_TEST_SUITE_P(
    Shapes, Dense,
    testing::Values(std::pair(576, 64), std::pair(64, 10), std::pair(1, 1),
                    std::pair(17, 3), std::pair(33, 47), std::pair(100, 1000),
                    std::pair(15, 130), std::pair(2049, 80),
                    std::pair(2300, 336), std::pair(4096, 17)));

TEST_P(Dense, ForwardWithBiasReluDropout) {
  SpecBuilder b("dense");
  int xi = b.input(x), wi = b.input(w), bias = b.input(f32({m}));
  int iteration = b.input(i64({})), seed = b.input(i64({}));
  int yi = b.op("dense", {xi, wi}, {y});
  yi = b.op("bias_add", {yi, bias}, {y});
  yi = b.op("relu", {yi}, {y});
  yi = b.op("dropout", {yi, iteration, seed}, {y},
            {{"rate", 0.3}, {"key", int64_t{1} << 40}});
  check(b.finish({yi}), {1, 7, 32});
}

TEST_P(Dense, BackwardDataWithReluBackward) {
  SpecBuilder b("dense_data");
  int dy = b.input(y), wi = b.input(w), before = b.input(x);
  int dx = b.op("dense_backward_data", {dy, wi}, {x});
  dx = b.op("relu_backward", {dx, before}, {x});
  check(b.finish({dx}), {1, 7, 32});
}

TEST_P(Dense, BackwardWeights) {
  SpecBuilder b("dense_weights");
  int xi = b.input(x), dy = b.input(y);
  check(b.finish({b.op("dense_backward_weights", {xi, dy}, {w})}), {1, 7, 32});
}

/// The strategies for single samples and long sums, whatever the default is.
TEST_P(Dense, Strategies) {
  SpecBuilder b("dense");
  int xi = b.input(x), wi = b.input(w), bias = b.input(f32({m}));
  int yi = b.op("dense", {xi, wi}, {y});
  KernelSpec spec = b.finish({b.op("bias_add", {yi, bias}, {y})});
  for (const Schedule &schedule : strategySchedules(spec, hostIsa()))
    check(spec, {1, 3}, 2e-5, &schedule);
}

KernelSpec partial(int64_t reduced, int64_t columns, int64_t slices) {
  SpecBuilder b("partial_dense");
  int x = b.input(f32({dynamicBatch, reduced})),
      w = b.input(f32({reduced, columns}));
  return b.finish(
      {b.op("partial_dense", {x, w}, {f32({dynamicBatch, slices, columns})})});
}

TEST(PartialDense, Shapes) {
  for (auto [reduced, columns, slices] :
       {std::tuple(576, 64, 9), std::tuple(2300, 336, 4),
        std::tuple(4096, 17, 8), std::tuple(12, 1, 12), std::tuple(34, 48, 1)})
    check(partial(reduced, columns, slices), {1, 7, 37});
}

TEST(PartialDense, SameBitsWithSeveralThreads) {
  checkThreads(partial(2300, 336, 4), 7);
  checkThreads(partial(3072, 512, 16), 40);
}

TEST(PartialDense, NaiveSums) {
  KernelSpec spec = partial(576, 48, 4);
  Schedule schedule = naiveSchedule(spec, hostIsa());
  EXPECT_EQ(schedule.strategy, "naive");
  check(spec, {1, 3}, 2e-5, &schedule);
}

TEST(PartialDense, RefusesTilesThatDoNotDivide) {
  KernelSpec spec = partial(2304, 336, 4);
  for (const char *text :
       {"blocked{block=64, column_vectors=1, rows=8, task_columns=32, "
        "task_rows=8}",
        "blocked{block=64, column_vectors=1, rows=8, task_columns=16, "
        "task_rows=12}",
        "blocked{block=64, column_vectors=1, rows=8, task_columns=336, "
        "task_rows=128}",
        "gemm{column_vectors=1, rows=8, task_tiles=1}"})
    EXPECT_NE(refusal(spec, *parseSchedule(text), Isa::X86_64_V4), "") << text;
}

/// Gradients of the data by tiles and by dot products.
TEST_P(Dense, BackwardDataStrategies) {
  SpecBuilder b("dense_backward_data");
  int dy = b.input(y), wi = b.input(w);
  KernelSpec spec = b.finish({b.op("dense_backward_data", {dy, wi}, {x})});
  for (const Schedule &schedule : strategySchedules(spec, hostIsa()))
    check(spec, {1, 3, 37}, 2e-5, &schedule);
}

/// Long sums, by blocks; the last columns of 336 would share a task with
/// others.
TEST(DenseThreads, SameBitsWithSeveralThreads) {
  for (int64_t m : {80, 336}) {
    SpecBuilder b("dense");
    int xi = b.input(f32({dynamicBatch, 2300})), wi = b.input(f32({2300, m}));
    checkThreads(b.finish({b.op("dense", {xi, wi}, {f32({dynamicBatch, m})})}),
                 7);
  }
}

TEST(DenseThreads, DotProductsHaveTheSameBits) {
  SpecBuilder b("dense_backward_data");
  TensorType x = f32({dynamicBatch, 1000}), w = f32({1000, 128}),
             y = f32({dynamicBatch, 128});
  int dy = b.input(y), wi = b.input(w);
  checkThreads(b.finish({b.op("dense_backward_data", {dy, wi}, {x})}), 7);
}

KernelSpec longSum() {
  SpecBuilder b("dense");
  TensorType x = f32({dynamicBatch, 4096}), w = f32({4096, 256}),
             y = f32({dynamicBatch, 256});
  int xi = b.input(x), wi = b.input(w);
  return b.finish({b.op("dense", {xi, wi}, {y})});
}
const char *const blocked = "blocked{block=64, column_vectors=2, rows=8, "
                            "task_columns=128, task_rows=32}";

/// Halide's own prefetches leave three of four lines out.
TEST(DensePrefetch, AsksForEveryLine) {
  Schedule schedule = *parseSchedule(blocked);
  std::string statement = dumpStatement(longSum(), schedule, Isa::X86_64_V4);
  size_t call = statement.find("prefetch(input0, ");
  ASSERT_NE(call, std::string::npos) << statement;
  std::string line = statement.substr(call, statement.find('\n', call) - call);
  EXPECT_TRUE(std::regex_search(
      line, std::regex("prefetch_split_input0\\.[0-9]+\\)\\*16\\)")))
      << line;
  CppKernels cpp = compileToCpp({{longSum(), schedule}}, Isa::X86_64_V4);
  ASSERT_EQ(cpp.error, "");
  EXPECT_NE(cpp.kernels.front().find("__builtin_prefetch(input0"),
            std::string::npos);
}

/// A step of the sum asks for its row of the next tile: the tile on the right,
/// or behind the last the first one of the next 64 rows.
TEST(DensePrefetch, GoesOnBehindTheLastTile) {
  Schedule schedule = *parseSchedule(blocked);
  std::string statement = dumpStatement(longSum(), schedule, Isa::X86_64_V4);
  std::smatch found;
  ASSERT_TRUE(std::regex_search(
      statement, found,
      std::regex("prefetch\\(input1, select\\(.*c_tile < 3, .*\\*32\\) \\+ 32, "
                 ".*\\*128\\) \\+ 16384\\)")))
      << statement;
}

/// What an update overwrites is asked for while its gradient is computed.
TEST(DensePrefetch, OfWhatIsUpdated) {
  SpecBuilder b("dense_update");
  TensorType w = f32({100, 64});
  int p = b.input(w), x = b.input(f32({dynamicBatch, 100})),
      dy = b.input(f32({dynamicBatch, 64})), rate = b.input(f32({}));
  int g = b.op("dense_backward_weights", {x, dy}, {w});
  KernelSpec spec = b.finish({b.op("sgd_update", {p, g, rate}, {w})}, {0});
  Schedule schedule = defaultSchedule(spec, Isa::X86_64_V4);
  std::string statement = dumpStatement(spec, schedule, Isa::X86_64_V4);
  EXPECT_TRUE(std::regex_search(statement, std::regex("prefetch\\(out")))
      << statement;
}
} // namespace
