//===- ResizeTest.cpp - Every way to resize against its formula -----------===//
#include "test/onnx/GraphBuilder.h"
#include "test/onnx/NaiveArrays.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace lathe::conformance;
using namespace lathe::test;
using ::onnx::TensorProto;

namespace {
struct Way {
  std::string coordinates, mode, nearest;
  bool excludeOutside = false;
  int64_t opset = 13;
};

/// One axis: as ONNX writes it.
struct Line {
  double in, length; ///< of the result before it is rounded
  double scale;
};

double sourceOf(const Way &way, const Line &line, double i) {
  auto [in, out, scale] = line;
  if (way.opset < 11 || way.coordinates == "asymmetric")
    return i / scale;
  if (way.coordinates == "half_pixel")
    return (i + 0.5) / scale - 0.5;
  if (way.coordinates == "half_pixel_symmetric")
    return in / 2 * (1 - std::floor(out) / out) + (i + 0.5) / scale - 0.5;
  if (way.coordinates == "pytorch_half_pixel")
    return out > 1 ? (i + 0.5) / scale - 0.5 : 0;
  if (way.coordinates == "align_corners")
    return out == 1 ? 0 : i * (in - 1) / (out - 1);
  return (i + 0.5) / scale; // tf_half_pixel_for_nn
}

double clamped(const std::vector<double> &row, double i) {
  return row[size_t(std::clamp(i, 0.0, double(row.size() - 1)))];
}

double nearest(const Way &way, const std::vector<double> &row, double x,
               double scale) {
  x = double(float(x)); // 3 / 0.6f is 5
  double low = std::floor(x), high = std::ceil(x);
  if (way.opset < 11)
    return clamped(row, scale < 1 ? high : low);
  if (way.nearest == "floor" || low == high)
    return clamped(row, low);
  if (way.nearest == "ceil")
    return clamped(row, high);
  bool tie = x - low == high - x;
  bool toHigh = tie ? way.nearest == "round_prefer_ceil" : high - x < x - low;
  return clamped(row, toHigh ? high : low);
}

/// Keys' kernel.
double cubic(double distance) {
  const double a = -0.75;
  double d = std::fabs(distance);
  if (d <= 1)
    return (a + 2) * d * d * d - (a + 3) * d * d + 1;
  return d < 2 ? a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a : 0;
}

double interpolated(const Way &way, const std::vector<double> &row, double x) {
  double sum = 0, weights = 0;
  for (double k = std::floor(x) - 2; k <= std::floor(x) + 3; ++k) {
    double weight = way.mode == "linear" ? std::max(0.0, 1 - std::fabs(x - k))
                                         : cubic(x - k);
    if (way.excludeOutside && (k < 0 || k >= double(row.size())))
      weight = 0;
    sum += weight * clamped(row, k);
    weights += weight;
  }
  return sum / weights;
}

std::vector<double> resize(const Way &way, const std::vector<double> &row,
                           const Line &line, int64_t count) {
  std::vector<double> result;
  for (int64_t i = 0; i < count; ++i) {
    double x = sourceOf(way, line, double(i));
    result.push_back(way.mode == "nearest" ? nearest(way, row, x, line.scale)
                                           : interpolated(way, row, x));
  }
  return result;
}

/// Rows of an input, and what each of them becomes.
class Graph {
public:
  explicit Graph(int64_t opset) : builder(opset) {}

  /// `size` is 0 where there is a scale instead.
  void add(const Way &way, int64_t in, float scale, int64_t size) {
    std::string x = row(in), y = "y" + std::to_string(wanted.size());
    Line line{double(in), double(in) * double(scale), double(scale)};
    if (size)
      line = {double(in), double(size), double(size) / double(in)};
    auto count = int64_t(std::floor(line.length));
    if (count < 1)
      return;
    std::vector<std::string> inputs{x, "", ""};
    if (way.opset < 11)
      inputs = {x};
    if (size)
      inputs.push_back(constant(std::vector<int64_t>{size}));
    else
      (way.opset < 11 ? inputs.emplace_back() : inputs.back()) =
          constant(std::vector<float>{scale});
    ::onnx::NodeProto &node = builder.node("Resize", inputs, y);
    text(node, "mode", way.mode);
    if (way.opset >= 11) {
      text(node, "coordinate_transformation_mode", way.coordinates);
      if (way.mode == "nearest")
        text(node, "nearest_mode", way.nearest);
    }
    if (way.excludeOutside)
      GraphBuilder::set(node, "exclude_outside", 1);
    builder.output(y);
    wanted.push_back({TensorProto::FLOAT,
                      {1, 1, 1, count},
                      resize(way, rows[x], line, count)});
    names.push_back(way.coordinates + " " + way.mode + " " + way.nearest +
                    " from " + std::to_string(in) + " to " +
                    std::to_string(count) + " by " +
                    std::to_string(line.scale));
  }

  bool isFull() const { return wanted.size() >= 60; }

  void run(const TemporaryFolder &folder) {
    if (wanted.empty())
      return;
    std::string file = folder.path("model.onnx"), error;
    builder.write(file);
    auto artifact = Artifact::compile(file, folder.path("cache"), {}, error);
    ASSERT_TRUE(artifact) << error;
    std::map<std::string, Array> inputs;
    for (const auto &[name, row] : rows)
      inputs[name] = naive::toArray(
          {TensorProto::FLOAT, {1, 1, 1, int64_t(row.size())}, row});
    std::vector<const Array *> order;
    for (int32_t i = 0; i < artifact->model().input_count; ++i)
      order.push_back(&inputs.at(artifact->model().input_ports[i].name));
    std::vector<Array> outputs = artifact->run(order);
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].shape.size() == 3) // the batch is one
        outputs[i].shape.insert(outputs[i].shape.begin(), 1);
      EXPECT_EQ(naive::difference(outputs[i], wanted[i], 1e-4), "") << names[i];
    }
  }

private:
  std::string row(int64_t in) {
    std::string name = "x" + std::to_string(in);
    auto [entry, isNew] = rows.try_emplace(name);
    if (!isNew)
      return name;
    builder.input(name, {1, 1, 1, in});
    for (int64_t i = 0; i < in; ++i)
      entry->second.push_back(double((i * 7 + 3) % 11) - 4);
    return name;
  }

  template <typename T>
  std::string constant(const std::vector<T> &last) {
    std::string name = "c" + std::to_string(wanted.size());
    std::vector<T> list{1, 1, 1};
    list.push_back(last.front());
    if constexpr (std::is_same_v<T, float>)
      builder.floats(name, {4}, list);
    else
      builder.integers(name, list);
    return name;
  }

  static void text(::onnx::NodeProto &node, const std::string &name,
                   const std::string &value) {
    ::onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(::onnx::AttributeProto::STRING);
    attribute.set_s(value);
  }

  GraphBuilder builder;
  std::map<std::string, std::vector<double>> rows;
  std::vector<naive::Value> wanted;
  std::vector<std::string> names;
};

void checkAll(const std::vector<Way> &ways, int64_t opset) {
  TemporaryFolder folder;
  Graph graph(opset);
  auto add = [&](const Way &way, int64_t in, float scale, int64_t size) {
    graph.add(way, in, scale, size);
    if (!graph.isFull())
      return;
    graph.run(folder);
    graph = Graph(opset);
  };
  for (const Way &way : ways) {
    for (int64_t in : {4, 10})
      for (float scale : {0.6f, 1.0f / 3, 1.5f, 2.3f})
        add(way, in, scale, 0);
    if (way.opset >= 11) {
      for (int64_t size : {1, 3, 7})
        add(way, 5, 1, size);
      add(way, 49, 1, 1); // 49 * (1 / 49) is not 1
    }
  }
  graph.run(folder);
}

TEST(Resize, Nearest) {
  std::vector<Way> ways;
  for (const char *coordinates :
       {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
        "align_corners", "asymmetric", "tf_half_pixel_for_nn"})
    for (const char *rounding :
         {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"})
      ways.push_back({coordinates, "nearest", rounding, false, 18});
  checkAll(ways, 18);
}

TEST(Resize, Interpolated) {
  std::vector<Way> ways;
  for (const char *coordinates :
       {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
        "align_corners", "asymmetric"}) {
    ways.push_back({coordinates, "linear", "", false, 18});
    ways.push_back({coordinates, "cubic", "", false, 18});
    ways.push_back({coordinates, "cubic", "", true, 18});
  }
  checkAll(ways, 18);
}

/// Shrinking rounds up, growing down.
TEST(Resize, BeforeOpset11) {
  checkAll({{"", "nearest", "", false, 10}, {"", "linear", "", false, 10}}, 10);
}
} // namespace
