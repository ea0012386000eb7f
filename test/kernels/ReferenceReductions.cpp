//===- ReferenceReductions.cpp - Statistics and products by naive loops --===//

#include "test/kernels/ReferenceOps.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace lathe::kernels::reference {

namespace {
/// The number of the group of elements that a position belongs to: positions
/// that differ along the axes alone are one group.
class Groups {
public:
  Groups(const std::vector<int64_t> &shape, const std::vector<int64_t> &axes)
      : shape(shape) {
    for (int64_t axis : axes)
      reduced.insert(axis < 0 ? axis + static_cast<int64_t>(shape.size())
                              : axis);
    for (size_t d = 0; d < shape.size(); ++d)
      (reduced.count(static_cast<int64_t>(d)) ? size : count) *= shape[d];
  }
  size_t of(size_t flat) const {
    std::vector<int64_t> index = indexOf(shape, flat);
    size_t group = 0;
    for (size_t d = 0; d < shape.size(); ++d)
      if (!reduced.count(static_cast<int64_t>(d)))
        group = group * shape[d] + index[d];
    return group;
  }
  size_t count = 1, size = 1;

private:
  std::vector<int64_t> shape;
  std::set<int64_t> reduced;
};

std::vector<int64_t> axesOf(const Node &node) {
  return std::get<std::vector<int64_t>>(node.attributes.at("axes"));
}
/// All axes but the last.
std::vector<int64_t> rowsAxes(const Tensor &x) {
  std::vector<int64_t> axes;
  for (size_t d = 0; d + 1 < x.shape.size(); ++d)
    axes.push_back(static_cast<int64_t>(d));
  return axes;
}

template <typename F>
std::vector<double> sums(const Groups &groups, size_t elements, F &&f) {
  std::vector<double> result(groups.count);
  for (size_t i = 0; i < elements; ++i)
    result[groups.of(i)] += f(i);
  return result;
}

struct Statistics {
  std::vector<double> mean, variance;
  Statistics(const Groups &groups, const std::vector<double> &x) {
    double size = static_cast<double>(groups.size);
    mean = sums(groups, x.size(), [&](size_t i) { return x[i] / size; });
    variance = sums(groups, x.size(), [&](size_t i) {
      double d = x[i] - mean[groups.of(i)];
      return d * d / size;
    });
  }
};

void standardizeBackward(const Node &node, Operands x, Results r) {
  Groups groups(x[0]->shape, axesOf(node));
  const std::vector<double> &dy = x[0]->data, &input = x[1]->data;
  Statistics s(groups, input);
  double size = static_cast<double>(groups.size);
  auto scale = [&](size_t i) {
    return 1 / std::sqrt(s.variance[groups.of(i)] + number(node, "epsilon"));
  };
  auto y = [&](size_t i) {
    return (input[i] - s.mean[groups.of(i)]) * scale(i);
  };
  std::vector<double> mean = sums(groups, dy.size(),
                                  [&](size_t i) { return dy[i] / size; }),
                      product = sums(groups, dy.size(), [&](size_t i) {
                        return dy[i] * y(i) / size;
                      });
  for (size_t i = 0; i < dy.size(); ++i)
    r[0].data[i] =
        (dy[i] - mean[groups.of(i)] - y(i) * product[groups.of(i)]) * scale(i);
}

void softmax(Operands x, Results r) {
  size_t columns = static_cast<size_t>(x[0]->shape.back());
  for (size_t row = 0; row < x[0]->data.size(); row += columns) {
    double largest = -INFINITY, sum = 0;
    for (size_t c = row; c < row + columns; ++c)
      largest = larger(largest, x[0]->data[c]);
    for (size_t c = row; c < row + columns; ++c)
      sum += std::exp(x[0]->data[c] - largest);
    for (size_t c = row; c < row + columns; ++c)
      r[0].data[c] = std::exp(x[0]->data[c] - largest) / sum;
  }
}

void matmul(const Node &node, Operands x, Results r) {
  bool ta = number(node, "transpose_a") != 0,
       tb = number(node, "transpose_b") != 0;
  size_t rank = r[0].shape.size();
  int64_t rows = r[0].shape[rank - 2], columns = r[0].shape[rank - 1],
          depth = x[0]->shape[rank - (ta ? 2 : 1)];
  for (int64_t o = 0; o < static_cast<int64_t>(r[0].data.size()); ++o) {
    int64_t j = o % columns, i = o / columns % rows, m = o / columns / rows;
    for (int64_t k = 0; k < depth; ++k)
      r[0].data[o] +=
          x[0]->data[m * rows * depth + (ta ? k * rows + i : i * depth + k)] *
          x[1]->data[m * columns * depth +
                     (tb ? j * depth + k : k * columns + j)];
  }
}
} // namespace

bool computeReduction(const Node &node, Operands x, Results r) {
  const std::string &op = node.op;
  const std::vector<double> &data = x.empty() ? r[0].data : x[0]->data;
  if (op == "reduce") {
    Groups groups(x[0]->shape, axesOf(node));
    double divisor =
        text(node, "function") == "mean" ? static_cast<double>(groups.size) : 1;
    r[0].data =
        sums(groups, data.size(), [&](size_t i) { return data[i] / divisor; });
  } else if (op == "batch_moments") {
    Statistics s(Groups(x[0]->shape, rowsAxes(*x[0])), data);
    r[0].data = s.mean;
    r[1].data = s.variance;
  } else if (op == "batch_norm_sums") {
    Groups groups(x[0]->shape, rowsAxes(*x[0]));
    r[0].data = sums(groups, data.size(), [&](size_t i) { return data[i]; });
    r[1].data = sums(groups, data.size(), [&](size_t i) {
      return data[i] * (x[1]->data[i] - x[2]->data[groups.of(i)]);
    });
  } else if (op == "standardize") {
    Groups groups(x[0]->shape, axesOf(node));
    Statistics s(groups, data);
    for (size_t i = 0; i < data.size(); ++i)
      r[0].data[i] =
          (data[i] - s.mean[groups.of(i)]) /
          std::sqrt(s.variance[groups.of(i)] + number(node, "epsilon"));
  } else if (op == "standardize_backward") {
    standardizeBackward(node, x, r);
  } else if (op == "softmax") {
    softmax(x, r);
  } else if (op == "softmax_backward") {
    Groups groups(x[0]->shape, {-1});
    std::vector<double> dot = sums(
        groups, data.size(), [&](size_t i) { return data[i] * x[1]->data[i]; });
    for (size_t i = 0; i < data.size(); ++i)
      r[0].data[i] = x[1]->data[i] * (data[i] - dot[groups.of(i)]);
  } else if (op == "matmul") {
    matmul(node, x, r);
  } else {
    return false;
  }
  return true;
}

} // namespace lathe::kernels::reference
