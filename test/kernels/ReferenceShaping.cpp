//===- ReferenceShaping.cpp - Pooling and movement by naive loops --------===//

#include "test/kernels/ReferenceOps.h"

#include <algorithm>
#include <cmath>

namespace lathe::kernels::reference {

size_t offsetOf(const Tensor &x, const std::vector<int64_t> &index) {
  size_t offset = 0;
  for (size_t d = 0; d < index.size(); ++d)
    offset = offset * x.shape[d] + index[d];
  return offset;
}

std::vector<int64_t> numbers(const Node &node, const char *name) {
  return std::get<std::vector<int64_t>>(node.attributes.at(name));
}

namespace {
/// Calls `body(position in the image, position in the windows, share)` for
/// every element of every window, where the shares of one window sum to one.
template <typename Body>
void forShares(const Node &node, const Tensor &image, const Tensor &windows,
               Body &&body) {
  std::vector<int64_t> size = numbers(node, "pool_size"),
                       strides = numbers(node, "strides"),
                       padding = numbers(node, "padding");
  for (size_t flat = 0; flat < windows.data.size(); ++flat) {
    std::vector<int64_t> w = indexOf(windows.shape, flat);
    std::vector<std::pair<int64_t, int64_t>> elements;
    for (int64_t ky = 0; ky < size[0]; ++ky)
      for (int64_t kx = 0; kx < size[1]; ++kx) {
        int64_t y = w[1] * strides[0] - padding[0] + ky,
                x = w[2] * strides[1] - padding[2] + kx;
        if (y >= 0 && y < image.shape[1] && x >= 0 && x < image.shape[2])
          elements.emplace_back(y, x);
      }
    double count = static_cast<double>(number(node, "count_include_pad") != 0
                                           ? size[0] * size[1]
                                           : elements.size());
    for (auto [y, x] : elements)
      body({w[0], y, x, w[3]}, {w[0], w[1], w[2], w[3]}, 1 / count);
  }
}

struct Neighbour {
  int64_t position;
  double weight;
};
std::vector<Neighbour> neighbours(const Node &node, int64_t o, int64_t out,
                                  int64_t in) {
  if (text(node, "interpolation") == "nearest")
    return {{(2 * o + 1) * in / (2 * out), 1}};
  double position = (static_cast<double>(o) + 0.5) * static_cast<double>(in) /
                        static_cast<double>(out) -
                    0.5;
  position = std::clamp(position, 0.0, static_cast<double>(in - 1));
  int64_t low = static_cast<int64_t>(std::floor(position));
  double fraction = position - static_cast<double>(low);
  return {{low, 1 - fraction}, {std::min(low + 1, in - 1), fraction}};
}

/// Calls `body(position in `in`, position in `out`, weight)`.
template <typename Body>
void forPixels(const Node &node, const Tensor &in, const Tensor &out,
               Body &&body) {
  for (size_t flat = 0; flat < out.data.size(); ++flat) {
    std::vector<int64_t> o = indexOf(out.shape, flat);
    for (Neighbour y : neighbours(node, o[1], out.shape[1], in.shape[1]))
      for (Neighbour x : neighbours(node, o[2], out.shape[2], in.shape[2]))
        if (y.weight * x.weight != 0)
          body({o[0], y.position, x.position, o[3]}, {o[0], o[1], o[2], o[3]},
               y.weight * x.weight);
  }
}

using Position = std::initializer_list<int64_t>;

void pad(const Node &node, const Tensor &x, Tensor &r) {
  std::vector<int64_t> low = numbers(node, "low");
  for (size_t flat = 0; flat < r.data.size(); ++flat) {
    std::vector<int64_t> index = indexOf(r.shape, flat);
    bool inside = true;
    for (size_t d = 0; d < index.size(); ++d) {
      index[d] -= low[d];
      inside &= index[d] >= 0 && index[d] < x.shape[d];
    }
    r.data[flat] = inside ? x.data[offsetOf(x, index)] : 0;
  }
}

void transpose(const Node &node, const Tensor &x, Tensor &r) {
  std::vector<int64_t> permutation = numbers(node, "permutation");
  for (size_t flat = 0; flat < x.data.size(); ++flat) {
    std::vector<int64_t> from = indexOf(x.shape, flat), to;
    for (int64_t d : permutation)
      to.push_back(from[d]);
    r.data[offsetOf(r, to)] = x.data[flat];
  }
}

void concatenate(const Node &node, Operands x, Tensor &r) {
  int64_t axis = static_cast<int64_t>(number(node, "axis"));
  if (axis < 0)
    axis += static_cast<int64_t>(r.shape.size());
  int64_t begin = 0;
  for (const Tensor *part : x) {
    for (size_t flat = 0; flat < part->data.size(); ++flat) {
      std::vector<int64_t> index = indexOf(part->shape, flat);
      index[axis] += begin;
      r.data[offsetOf(r, index)] = part->data[flat];
    }
    begin += part->shape[axis];
  }
}
} // namespace

/// Calls `body(entry of the table, element of the bias)` for every pair of
/// positions of an image and every head.
template <typename Body>
static void forPairs(const Node &node, int64_t heads, Body &&body) {
  std::vector<int64_t> size = numbers(node, "size");
  int64_t height = size[0], width = size[1];
  for (int64_t k = 0; k < heads; ++k)
    for (int64_t i = 0; i < height * width; ++i)
      for (int64_t j = 0; j < height * width; ++j) {
        int64_t rows = i / width - j / width, columns = i % width - j % width;
        body({(rows + height - 1) * (2 * width - 1) + columns + width - 1, k},
             {k, i, j});
      }
}

bool computeShaping(const Node &node, Operands x, Results r) {
  const std::string &op = node.op;
  const Tensor &in = x.empty() ? r[0] : *x[0];
  Tensor &out = r[0];
  auto gather = [&](Position from, Position to, double weight) {
    out.at(to) += in.at(from) * weight;
  };
  auto scatter = [&](Position to, Position from, double weight) {
    out.at(to) += in.at(from) * weight;
  };
  if (op == "avg_pool2d")
    forShares(node, in, out, gather);
  else if (op == "avg_pool2d_backward")
    forShares(node, out, in, scatter);
  else if (op == "resize")
    forPixels(node, in, out, gather);
  else if (op == "resize_backward")
    forPixels(node, out, in, scatter);
  else if (op == "relative_bias")
    forPairs(node, out.shape[0], [&](Position entry, Position element) {
      out.at(element) = in.at(entry);
    });
  else if (op == "relative_bias_backward")
    forPairs(node, in.shape[0], [&](Position entry, Position element) {
      out.at(entry) += in.at(element);
    });
  else if (op == "pad")
    pad(node, in, out);
  else if (op == "transpose")
    transpose(node, in, out);
  else if (op == "concatenate")
    concatenate(node, x, out);
  else
    return false;
  return true;
}

} // namespace lathe::kernels::reference
