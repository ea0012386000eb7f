//===- RowsTest.cpp - Softmax and standardisation ------------------------===//

#include "test/kernels/Check.h"

using namespace lathe::kernels;

namespace {
constexpr int64_t n = dynamicBatch;
using Shape = std::vector<int64_t>;

const Shape shapes[] = {{n, 10},       {n, 1},        {n, 17},
                        {n, 1000},     {n, 197, 192}, {n, 3, 197, 197},
                        {n, 9, 7, 96}, {n, 2, 3, 5}};

TEST(Softmax, ForwardAndBackward) {
  for (const Shape &shape : shapes) {
    TensorType t = f32(shape);
    SpecBuilder b("softmax"), d("softmax_backward");
    int x = b.input(t);
    check(b.finish({b.op("softmax", {x}, {t})}), {1, 5});
    int dy = d.input(t), y = d.input(t);
    check(d.finish({d.op("softmax_backward", {dy, y}, {t})}), {1, 5});
  }
}

TEST(Softmax, LargeScores) {
  TensorType t = f32({n, 40});
  SpecBuilder b("softmax");
  int x = b.input(t);
  x = b.op("scale", {x}, {t}, {{"scale", 1e4}, {"offset", -3e5}});
  check(b.finish({b.op("softmax", {x}, {t})}), {9});
}

TEST(Standardize, LastDimension) {
  for (const Shape &shape : shapes) {
    TensorType t = f32(shape);
    Attributes attributes = {{"axes", list({-1})}, {"epsilon", 1e-3}};
    SpecBuilder b("standardize"), d("standardize_backward");
    int x = b.input(t);
    check(b.finish({b.op("standardize", {x}, {t}, attributes)}), {1, 5});
    int dy = d.input(t);
    x = d.input(t);
    // Rows of one element have no gradient, but rounding.
    check(d.finish({d.op("standardize_backward", {dy, x}, {t}, attributes)}),
          {1, 5}, 5e-5);
  }
}

TEST(Standardize, Groups) {
  for (const Shape &shape :
       {Shape{n, 49, 4, 16}, Shape{n, 100, 32, 2}, Shape{n, 30, 3, 37}}) {
    TensorType t = f32(shape), c = f32({shape[2], shape[3]});
    Attributes attributes = {{"axes", list({1, 3})}, {"epsilon", 1e-3}};
    SpecBuilder b("standardize"), d("standardize_backward");
    int x = b.input(t), gamma = b.input(c), beta = b.input(c);
    int y = b.op("standardize", {x}, {t}, attributes);
    y = b.op("multiply", {y, gamma}, {t});
    check(b.finish({b.op("add", {y, beta}, {t})}), {1, 5});
    int dy = d.input(t);
    x = d.input(t);
    check(d.finish({d.op("standardize_backward", {dy, x}, {t}, attributes)}),
          {1, 5});
  }
}

TEST(Standardize, LargeMeans) {
  TensorType t = f32({n, 20, 192});
  SpecBuilder b("standardize");
  int x = b.input(t);
  x = b.op("scale", {x}, {t}, {{"scale", 1.0}, {"offset", 1000.0}});
  // The input's own rounding is 6e-5.
  check(b.finish({b.op("standardize", {x}, {t},
                       {{"axes", list({2})}, {"epsilon", 1e-3}})}),
        {3}, 1e-4);
}

TEST(Standardize, KeepsTheBatch) {
  TensorType t = f32({n, 20});
  SpecBuilder b("standardize");
  int x = b.input(t);
  KernelSpec spec =
      b.finish({b.op("standardize", {x}, {t}, {{"axes", list({0, 1})}})});
  EXPECT_NE(compileToBitcode(spec, {"rows", {{"task_rows", 1}}}, hostIsa())
                .error.find("batch"),
            std::string::npos);
}
} // namespace
