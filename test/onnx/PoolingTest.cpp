//===- PoolingTest.cpp - Windows with dilations ---------------------------===//
#include "compiler/tools/StagedModel.h"
#include "test/conformance/Artifact.h"
#include "test/onnx/GraphBuilder.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

using namespace lathe::conformance;
using namespace lathe::test;

namespace {
/// A pooling over one dimension or two; the lists have an entry for each.
struct Pooling {
  std::vector<int64_t> image, window, dilations, strides, low, high;

  int64_t count(size_t axis) const {
    int64_t covered = (window[axis] - 1) * dilations[axis] + 1;
    return (image[axis] + low[axis] + high[axis] - covered) / strides[axis] + 1;
  }
};

constexpr int64_t samples = 2, channels = 3;

/// Calls `visit` with each element of the image that a window holds.
template <typename Visit>
void forWindow(const Pooling &p, int64_t i, int64_t j, Visit visit) {
  for (int64_t a = 0; a < p.window[0]; ++a)
    for (int64_t b = 0; b < p.window[1]; ++b) {
      int64_t row = i * p.strides[0] + a * p.dilations[0] - p.low[0];
      int64_t column = j * p.strides[1] + b * p.dilations[1] - p.low[1];
      if (row >= 0 && row < p.image[0] && column >= 0 && column < p.image[1])
        visit(row * p.image[1] + column);
    }
}

std::vector<double> naive(const std::string &kind, const Pooling &p,
                          const std::vector<float> &x, bool all) {
  std::vector<double> y;
  int64_t size = p.image[0] * p.image[1];
  for (int64_t plane = 0; plane < samples * channels; ++plane)
    for (int64_t i = 0; i < p.count(0); ++i)
      for (int64_t j = 0; j < p.count(1); ++j) {
        double largest = std::numeric_limits<float>::lowest(), sum = 0;
        double squares = 0;
        int64_t found = 0;
        forWindow(p, i, j, [&](int64_t at) {
          double element = x[plane * size + at];
          largest = std::max(largest, element);
          sum += element;
          squares += element * element;
          ++found;
        });
        if (all)
          found = p.window[0] * p.window[1];
        y.push_back(kind == "MaxPool"       ? largest
                    : kind == "AveragePool" ? sum / double(found)
                                            : std::sqrt(squares));
      }
  return y;
}

GraphBuilder graphOf(const std::string &kind, const Pooling &p, bool all) {
  GraphBuilder g(19);
  g.input("x", {samples, channels, p.image[0], p.image[1]});
  auto &node = g.node(kind, {"x"}, "y");
  g.set(node, "kernel_shape", p.window);
  g.set(node, "dilations", p.dilations);
  g.set(node, "strides", p.strides);
  g.set(node, "pads", {p.low[0], p.low[1], p.high[0], p.high[1]});
  if (all)
    g.set(node, "count_include_pad", 1);
  g.output("y");
  return g;
}

void check(const std::string &kind, const Pooling &p, bool all) {
  TemporaryFolder folder;
  std::string file = folder.path("pool.onnx"), error;
  graphOf(kind, p, all).write(file);
  std::optional<Artifact> artifact =
      Artifact::compile(file, folder.path("cache"), {}, error);
  ASSERT_TRUE(artifact) << error;
  Array input{"x", LATHE_F32, {samples, channels, p.image[0], p.image[1]}, {}};
  std::vector<float> x(samples * channels * p.image[0] * p.image[1]);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = float((i * 7919) % 1009) / 500 - 2;
  input.bytes.assign(reinterpret_cast<char *>(x.data()),
                     reinterpret_cast<char *>(x.data() + x.size()));
  std::vector<double> got = numbersOf(artifact->run({&input})[0]),
                      wanted = naive(kind, p, x, all);
  ASSERT_EQ(got.size(), wanted.size());
  for (size_t i = 0; i < got.size(); ++i)
    ASSERT_NEAR(got[i], wanted[i], 1e-4 * (1 + std::fabs(wanted[i]))) << i;
}

/// Few elements and many, inside the image and over its edges, in rows alone.
const Pooling poolings[] = {
    {{9, 8}, {3, 2}, {2, 3}, {1, 1}, {0, 0}, {0, 0}},
    {{9, 8}, {3, 3}, {2, 2}, {2, 1}, {2, 1}, {1, 2}},
    {{23, 19}, {6, 5}, {3, 2}, {2, 3}, {0, 0}, {0, 0}},
    {{23, 19}, {6, 5}, {3, 2}, {1, 2}, {4, 3}, {4, 5}},
    {{1, 90}, {1, 30}, {1, 3}, {1, 1}, {0, 5}, {0, 6}},
    // One window has no element in the image.
    {{3, 4}, {5, 5}, {4, 4}, {1, 1}, {11, 9}, {9, 8}},
    {{330, 330}, {32, 32}, {10, 10}, {7, 9}, {0, 0}, {0, 0}}};

TEST(DilatedPooling, Max) {
  for (const Pooling &p : poolings)
    check("MaxPool", p, false);
}

TEST(DilatedPooling, AverageAndNorm) {
  for (const Pooling &p : poolings) {
    if (&p == &poolings[5])
      continue; // the mean of nothing
    check("AveragePool", p, false);
  }
  check("AveragePool", poolings[3], true);
  check("LpPool", poolings[0], false);
  check("LpPool", poolings[3], false);
}

/// The code does not grow with the window.
TEST(DilatedPooling, HasFewOperations) {
  TemporaryFolder folder;
  std::string file = folder.path("pool.onnx");
  for (const char *kind : {"MaxPool", "AveragePool", "LpPool"}) {
    graphOf(kind, poolings[6], false).write(file);
    std::string text = moduleAfter(file, "planned");
    size_t operations = 0;
    for (size_t at = 0; (at = text.find("= nn.", at)) != std::string::npos;
         ++at)
      ++operations;
    EXPECT_GT(operations, 0u);
    EXPECT_LT(operations, 40u) << kind << "\n" << text.substr(0, 4000);
  }
}
} // namespace
