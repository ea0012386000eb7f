//===- MatmulTest.cpp - Products of batches of matrices ------------------===//

#include "test/kernels/Check.h"

using namespace lathe::kernels;

namespace {
constexpr int64_t n = dynamicBatch;

struct Product {
  std::vector<int64_t> leading;
  int64_t rows, columns, depth;
};
KernelSpec product(const Product &p, bool transposeA, bool transposeB) {
  auto matrices = [&](int64_t rows, int64_t columns, bool transposed) {
    std::vector<int64_t> shape = p.leading;
    shape.insert(shape.end(),
                 {transposed ? columns : rows, transposed ? rows : columns});
    return f32(shape);
  };
  TensorType y = matrices(p.rows, p.columns, false);
  SpecBuilder b("matmul");
  int lhs = b.input(matrices(p.rows, p.depth, transposeA)),
      rhs = b.input(matrices(p.depth, p.columns, transposeB));
  int result = b.op("matmul", {lhs, rhs}, {y},
                    {{"transpose_a", int64_t{transposeA}},
                     {"transpose_b", int64_t{transposeB}}});
  return b.finish({b.op("scale", {result}, {y}, {{"scale", 0.125}})});
}

class Matmul : public testing::TestWithParam<Product> {};
INSTANTIATE_TEST_SUITE_P(
    Shapes, Matmul,
    testing::Values(Product{{n, 3}, 197, 197, 64},
                    Product{{n, 3}, 197, 64, 197}, Product{{n}, 64, 197, 197},
                    Product{{n}, 49, 49, 32}, Product{{n, 2}, 1, 1, 1},
                    Product{{n, 4}, 5, 3, 7}, Product{{n}, 17, 130, 2500},
                    Product{{n}, 300, 33, 40}));

TEST_P(Matmul, AllTransposes) {
  for (bool transposeA : {false, true})
    for (bool transposeB : {false, true})
      check(product(GetParam(), transposeA, transposeB), {1, 3});
}

TEST_P(Matmul, ThreadsDoNotChangeResults) {
  KernelSpec spec = product(GetParam(), false, true);
  std::string error;
  std::optional<JitKernel> kernel =
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
  ASSERT_TRUE(kernel) << error;
  Call one(spec, 5, 3), two(spec, 5, 3);
  JitKernel::setThreads(1);
  kernel->run(one.pointers(), 5);
  JitKernel::setThreads(2);
  kernel->run(two.pointers(), 5);
  JitKernel::setThreads(0);
  EXPECT_EQ(one.resultBytes(0), two.resultBytes(0));
}

TEST(MatmulErrors, ShapesThatDoNotFit) {
  SpecBuilder b("wrong");
  int lhs = b.input(f32({n, 5, 7})), rhs = b.input(f32({n, 8, 9}));
  KernelSpec spec = b.finish({b.op("matmul", {lhs, rhs}, {f32({n, 5, 9})})});
  EXPECT_NE(compileToBitcode(spec, {"product", {}}, hostIsa())
                .error.find("do not fit"),
            std::string::npos);
}
} // namespace
