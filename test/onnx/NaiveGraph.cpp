//===- NaiveGraph.cpp - ONNX graphs by loops over elements ----------------===//
#include "test/onnx/NaiveGraph.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>
#include <stdexcept>

namespace lathe::test {

using Shape = std::vector<int64_t>;
using Tensor = NaiveTensor;

int64_t elementsOf(const Shape &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1),
                         std::multiplies<>());
}

namespace {

/// Calls visit(index, number) for each element, in row-major order.
template <typename Visit>
void forEach(const Shape &shape, Visit visit) {
  Shape index(shape.size());
  int64_t count = elementsOf(shape);
  for (int64_t n = 0; n < count; ++n) {
    visit(index, n);
    for (size_t i = shape.size(); i-- > 0 && ++index[i] == shape[i];)
      index[i] = 0;
  }
}

/// The element at the index, whose last dimensions are the tensor's; those of
/// extent 1 are repeated.
double at(const Tensor &x, const Shape &index) {
  int64_t place = 0;
  for (size_t i = 0; i < x.shape.size(); ++i) {
    int64_t position = index[index.size() - x.shape.size() + i];
    place = place * x.shape[i] + (x.shape[i] == 1 ? 0 : position);
  }
  return x.values[size_t(place)];
}

Tensor filled(const Shape &shape,
              const std::function<double(const Shape &)> &element) {
  Tensor result{shape, std::vector<double>(size_t(elementsOf(shape)))};
  forEach(shape, [&](const Shape &index, int64_t n) {
    result.values[size_t(n)] = element(index);
  });
  return result;
}

struct Node {
  const ::onnx::NodeProto &proto;
  std::vector<const Tensor *> in;

  bool has(size_t i) const { return i < in.size() && in[i]; }
  const Tensor &operator[](size_t i) const { return *in.at(i); }
  const ::onnx::AttributeProto *find(const char *name) const {
    for (const auto &attribute : proto.attribute())
      if (attribute.name() == name)
        return &attribute;
    return nullptr;
  }
  int64_t integer(const char *name, int64_t otherwise) const {
    return find(name) ? find(name)->i() : otherwise;
  }
  double number(const char *name, double otherwise) const {
    return find(name) ? double(find(name)->f()) : otherwise;
  }
  Shape integers(const char *name, Shape otherwise) const {
    const auto *found = find(name);
    return found ? Shape(found->ints().begin(), found->ints().end())
                 : otherwise;
  }
};

//===- Elements -----------------------------------------------------------===//

template <typename Function>
Tensor combine(const Tensor &a, const Tensor &b, Function function) {
  Shape shape(std::max(a.shape.size(), b.shape.size()), 1);
  for (const Tensor *x : {&a, &b})
    for (size_t i = 0; i < x->shape.size(); ++i) {
      int64_t &extent = shape[shape.size() - x->shape.size() + i];
      extent = std::max(extent, x->shape[i]);
    }
  return filled(shape, [&](const Shape &index) {
    return function(at(a, index), at(b, index));
  });
}

template <typename Function>
Tensor each(Tensor x, Function function) {
  for (double &value : x.values)
    value = function(value);
  return x;
}

//===- Moving elements ----------------------------------------------------===//

Tensor reshape(const Node &node) {
  Tensor x = node[0];
  Shape shape;
  for (double extent : node[1].values)
    shape.push_back(int64_t(extent));
  int64_t known = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0)
      shape[i] = x.shape[i];
    known *= shape[i] < 0 ? 1 : shape[i];
  }
  for (int64_t &extent : shape)
    if (extent < 0)
      extent = int64_t(x.values.size()) / known;
  x.shape = shape;
  return x;
}

Tensor flatten(const Node &node) {
  Tensor x = node[0];
  auto axis = size_t(node.integer("axis", 1));
  Shape first(x.shape.begin(), x.shape.begin() + axis);
  int64_t rows = elementsOf(first);
  x.shape = {rows, int64_t(x.values.size()) / rows};
  return x;
}

Tensor transpose(const Tensor &x, const Shape &order) {
  Shape shape;
  for (int64_t axis : order)
    shape.push_back(x.shape[size_t(axis)]);
  return filled(shape, [&](const Shape &index) {
    Shape from(index.size());
    for (size_t i = 0; i < order.size(); ++i)
      from[size_t(order[i])] = index[i];
    return at(x, from);
  });
}

Tensor concatenate(const Node &node) {
  auto axis = size_t(node.integer("axis", 0));
  Shape shape = node[0].shape;
  for (size_t i = 1; i < node.in.size(); ++i)
    shape[axis] += node[i].shape[axis];
  return filled(shape, [&](Shape index) {
    size_t part = 0;
    for (; index[axis] >= node[part].shape[axis]; ++part)
      index[axis] -= node[part].shape[axis];
    return at(node[part], index);
  });
}

//===- Products -----------------------------------------------------------===//

Tensor matmul(const Tensor &a, const Tensor &b) {
  Shape shape = a.shape.size() >= b.shape.size() ? a.shape : b.shape;
  size_t rank = shape.size();
  shape[rank - 2] = a.shape[a.shape.size() - 2];
  shape[rank - 1] = b.shape.back();
  return filled(shape, [&](const Shape &index) {
    double sum = 0;
    Shape left = index, right = index;
    for (int64_t k = 0; k < a.shape.back(); ++k) {
      left[rank - 1] = right[rank - 2] = k;
      sum += at(a, left) * at(b, right);
    }
    return sum;
  });
}

Tensor gemm(const Node &node) {
  Tensor a = node[0], b = node[1];
  if (node.integer("transA", 0))
    a = transpose(a, {1, 0});
  if (node.integer("transB", 0))
    b = transpose(b, {1, 0});
  double alpha = node.number("alpha", 1), beta = node.number("beta", 1);
  Tensor y = each(matmul(a, b), [&](double x) { return alpha * x; });
  if (!node.has(2))
    return y;
  return combine(y, node[2], [&](double x, double c) { return x + beta * c; });
}

//===- Windows ------------------------------------------------------------===//

/// Of two spatial dimensions.
struct Windows {
  Shape size, strides, pads, dilations;

  Windows(const Node &node, Shape size)
      : size(std::move(size)), strides(node.integers("strides", {1, 1})),
        pads(node.integers("pads", {0, 0, 0, 0})),
        dilations(node.integers("dilations", {1, 1})) {}
  int64_t reach(size_t i) const { return (size[i] - 1) * dilations[i] + 1; }
  int64_t outputs(int64_t extent, size_t i) const {
    return (extent + pads[i] + pads[i + 2] - reach(i)) / strides[i] + 1;
  }
  /// The row or column that place k of window `o` is on.
  int64_t place(int64_t o, int64_t k, size_t i) const {
    return o * strides[i] + k * dilations[i] - pads[i];
  }
};

Tensor convolution(const Node &node) {
  const Tensor &x = node[0], &w = node[1];
  Windows windows(node, {w.shape[2], w.shape[3]});
  int64_t groups = node.integer("group", 1), filters = w.shape[0];
  Shape shape{x.shape[0], filters, windows.outputs(x.shape[2], 0),
              windows.outputs(x.shape[3], 1)};
  return filled(shape, [&](const Shape &o) {
    double sum = node.has(2) ? node[2].values[size_t(o[1])] : 0;
    int64_t first = o[1] / (filters / groups) * w.shape[1];
    for (int64_t c = 0; c < w.shape[1]; ++c)
      for (int64_t i = 0; i < w.shape[2]; ++i)
        for (int64_t j = 0; j < w.shape[3]; ++j) {
          int64_t row = windows.place(o[2], i, 0);
          int64_t column = windows.place(o[3], j, 1);
          if (row >= 0 && row < x.shape[2] && column >= 0 &&
              column < x.shape[3])
            sum +=
                at(x, {o[0], first + c, row, column}) * at(w, {o[1], c, i, j});
        }
    return sum;
  });
}

/// Each element of the input is spread over a window of the result.
Tensor transposedConvolution(const Node &node) {
  const Tensor &x = node[0], &w = node[1];
  Windows windows(node, {w.shape[2], w.shape[3]});
  Shape extra = node.integers("output_padding", {0, 0});
  int64_t groups = node.integer("group", 1), each = w.shape[1];
  Shape shape{x.shape[0], each * groups, 0, 0};
  for (size_t i = 0; i < 2; ++i)
    shape[2 + i] = (x.shape[2 + i] - 1) * windows.strides[i] +
                   windows.reach(i) + extra[i] - windows.pads[i] -
                   windows.pads[i + 2];
  Tensor y = filled(shape, [&](const Shape &o) {
    return node.has(2) ? node[2].values[size_t(o[1])] : 0;
  });
  forEach(x.shape, [&](const Shape &from, int64_t n) {
    int64_t first = from[1] / (x.shape[1] / groups) * each;
    for (int64_t c = 0; c < each; ++c)
      for (int64_t i = 0; i < w.shape[2]; ++i)
        for (int64_t j = 0; j < w.shape[3]; ++j) {
          int64_t row = windows.place(from[2], i, 0);
          int64_t column = windows.place(from[3], j, 1);
          if (row >= 0 && row < shape[2] && column >= 0 && column < shape[3])
            y.values[size_t(
                ((from[0] * shape[1] + first + c) * shape[2] + row) * shape[3] +
                column)] += x.values[size_t(n)] * at(w, {from[1], c, i, j});
        }
  });
  return y;
}

Tensor pooling(const Node &node, bool isMean) {
  const Tensor &x = node[0];
  Windows windows(node, node.integers("kernel_shape", {}));
  bool countsPadding = node.integer("count_include_pad", 0);
  Shape shape{x.shape[0], x.shape[1], windows.outputs(x.shape[2], 0),
              windows.outputs(x.shape[3], 1)};
  return filled(shape, [&](const Shape &o) {
    double sum = 0, largest = -INFINITY;
    int64_t count = 0;
    for (int64_t i = 0; i < windows.size[0]; ++i)
      for (int64_t j = 0; j < windows.size[1]; ++j) {
        int64_t row = windows.place(o[2], i, 0);
        int64_t column = windows.place(o[3], j, 1);
        if (row < 0 || row >= x.shape[2] || column < 0 || column >= x.shape[3])
          continue;
        double value = at(x, {o[0], o[1], row, column});
        sum += value;
        largest = std::max(largest, value);
        ++count;
      }
    if (countsPadding)
      count = windows.size[0] * windows.size[1];
    return isMean ? sum / double(count) : largest;
  });
}

//===- Norms --------------------------------------------------------------===//

Tensor batchNorm(const Node &node) {
  const Tensor &x = node[0];
  double epsilon = node.number("epsilon", 1e-5);
  return filled(x.shape, [&](const Shape &i) {
    auto c = size_t(i[1]);
    return (at(x, i) - node[3].values[c]) /
               std::sqrt(node[4].values[c] + epsilon) * node[1].values[c] +
           node[2].values[c];
  });
}

/// Mean 0 and variance 1 of each row of `inner` elements.
Tensor standardized(Tensor x, int64_t inner, double epsilon) {
  for (size_t begin = 0; begin < x.values.size(); begin += size_t(inner)) {
    double mean = 0, variance = 0;
    for (size_t i = begin; i < begin + size_t(inner); ++i)
      mean += x.values[i] / double(inner);
    for (size_t i = begin; i < begin + size_t(inner); ++i)
      variance += (x.values[i] - mean) * (x.values[i] - mean) / double(inner);
    for (size_t i = begin; i < begin + size_t(inner); ++i)
      x.values[i] = (x.values[i] - mean) / std::sqrt(variance + epsilon);
  }
  return x;
}

Tensor layerNorm(const Node &node) {
  int64_t axis = node.integer("axis", -1), rank = int64_t(node[0].shape.size());
  axis += axis < 0 ? rank : 0;
  Shape inner(node[0].shape.begin() + axis, node[0].shape.end());
  Tensor y =
      standardized(node[0], elementsOf(inner), node.number("epsilon", 1e-5));
  y = combine(y, node[1], std::multiplies<>());
  return node.has(2) ? combine(y, node[2], std::plus<>()) : y;
}

Tensor instanceNorm(const Node &node) {
  Shape inner(node[0].shape.begin() + 2, node[0].shape.end());
  Tensor y =
      standardized(node[0], elementsOf(inner), node.number("epsilon", 1e-5));
  return filled(y.shape, [&](const Shape &i) {
    return at(y, i) * node[1].values[size_t(i[1])] +
           node[2].values[size_t(i[1])];
  });
}

Tensor softmax(const Node &node) {
  int64_t axis = node.integer("axis", -1), rank = int64_t(node[0].shape.size());
  axis += axis < 0 ? rank : 0;
  if (axis != rank - 1)
    throw std::runtime_error("Softmax along another axis than the last");
  Tensor y = each(node[0], [](double x) { return std::exp(x); });
  auto columns = size_t(y.shape.back());
  for (size_t begin = 0; begin < y.values.size(); begin += columns) {
    double sum = 0;
    for (size_t i = begin; i < begin + columns; ++i)
      sum += y.values[i];
    for (size_t i = begin; i < begin + columns; ++i)
      y.values[i] /= sum;
  }
  return y;
}

//===- All of them --------------------------------------------------------===//

using Compute = std::function<Tensor(const Node &)>;

Compute binary(double (*function)(double, double)) {
  return [=](const Node &node) { return combine(node[0], node[1], function); };
}

Tensor globalMean(const Node &node) {
  const Tensor &x = node[0];
  Tensor y{{x.shape[0], x.shape[1], 1, 1},
           std::vector<double>(size_t(x.shape[0] * x.shape[1]))};
  int64_t inner = x.shape[2] * x.shape[3];
  for (size_t i = 0; i < x.values.size(); ++i)
    y.values[i / size_t(inner)] += x.values[i] / double(inner);
  return y;
}

const std::map<std::string, Compute> &operators() {
  static const std::map<std::string, Compute> table = {
      {"Add", binary([](double a, double b) { return a + b; })},
      {"AveragePool", [](const Node &n) { return pooling(n, true); }},
      {"BatchNormalization", batchNorm},
      {"Concat", concatenate},
      {"Conv", convolution},
      {"ConvTranspose", transposedConvolution},
      {"Div", binary([](double a, double b) { return a / b; })},
      {"Flatten", flatten},
      {"Gemm", gemm},
      {"GlobalAveragePool", globalMean},
      {"Identity", [](const Node &n) { return n[0]; }},
      {"InstanceNormalization", instanceNorm},
      {"LayerNormalization", layerNorm},
      {"Max", binary([](double a, double b) { return std::max(a, b); })},
      {"MatMul", [](const Node &n) { return matmul(n[0], n[1]); }},
      {"MaxPool", [](const Node &n) { return pooling(n, false); }},
      {"Min", binary([](double a, double b) { return std::min(a, b); })},
      {"Mul", binary([](double a, double b) { return a * b; })},
      {"PRelu", binary([](double a, double b) { return a < 0 ? a * b : a; })},
      {"Relu",
       [](const Node &n) {
         return each(n[0], [](double x) { return x < 0 ? 0 : x; });
       }},
      {"Reshape", reshape},
      {"Softmax", softmax},
      {"Sub", binary([](double a, double b) { return a - b; })},
      {"Transpose",
       [](const Node &n) { return transpose(n[0], n.integers("perm", {})); }},
  };
  return table;
}

} // namespace

std::map<std::string, Tensor> initializersOf(const ::onnx::GraphProto &graph) {
  std::map<std::string, Tensor> result;
  for (const auto &proto : graph.initializer()) {
    Tensor tensor{{proto.dims().begin(), proto.dims().end()}, {}};
    auto take = [&](auto element, const auto &list) {
      tensor.values.assign(list.begin(), list.end());
      for (size_t at = 0; at < proto.raw_data().size(); at += sizeof(element)) {
        std::memcpy(&element, &proto.raw_data()[at], sizeof(element));
        tensor.values.push_back(double(element));
      }
    };
    if (proto.data_type() == ::onnx::TensorProto::FLOAT)
      take(float(), proto.float_data());
    else
      take(int64_t(), proto.int64_data());
    result[proto.name()] = tensor;
  }
  return result;
}

Tensor runNaively(const ::onnx::GraphProto &graph, Tensor input,
                  const std::map<std::string, Tensor> &weights) {
  std::map<std::string, Tensor> values = initializersOf(graph);
  for (const auto &[name, tensor] : weights)
    values[name] = tensor;
  values[graph.input(0).name()] = std::move(input);
  for (const auto &proto : graph.node()) {
    auto compute = operators().find(proto.op_type());
    if (compute == operators().end())
      throw std::runtime_error("there is no naive " + proto.op_type());
    Node node{proto, {}};
    for (const std::string &name : proto.input())
      node.in.push_back(name.empty() ? nullptr : &values.at(name));
    Tensor result = compute->second(node);
    values[proto.output(0)] = std::move(result);
  }
  return values.at(graph.output(0).name());
}

} // namespace lathe::test
