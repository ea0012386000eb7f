//===- ReferenceResample.cpp - Filters, as products with a matrix --------===//

#include "test/kernels/ReferenceOps.h"

#include <algorithm>
#include <cmath>

namespace lathe::kernels::reference {

namespace {
constexpr double pi = 3.14159265358979323846;

double sinc(double x) { return x == 0 ? 1 : std::sin(pi * x) / (pi * x); }

double valueAt(const std::string &filter, double d) {
  if (filter == "bilinear")
    return std::max(1 - d, 0.0);
  if (filter == "bicubic") {
    double a = -0.5; // Keys's formula
    return d < 1   ? (a + 2) * d * d * d - (a + 3) * d * d + 1
           : d < 2 ? a * (d * d * d - 5 * d * d + 8 * d - 4)
                   : 0;
  }
  double radius = filter == "lanczos3" ? 3 : 5;
  return d < radius ? sinc(d) * sinc(d / radius) : 0;
}

/// What a pixel of the result takes of each of the original's.
std::vector<double> weightsOf(const Node &node, int64_t from, int64_t to,
                              int64_t pixel) {
  std::string filter = text(node, "filter");
  double step = static_cast<double>(from) / static_cast<double>(to),
         begin = static_cast<double>(pixel) * step, sum = 0,
         width = number(node, "antialias") != 0 ? std::max(step, 1.0) : 1;
  std::vector<double> weights;
  for (int64_t i = 0; i < from; ++i) {
    auto left = static_cast<double>(i);
    double weight =
        filter == "area"
            ? std::max(std::min(begin + step, left + 1) - std::max(begin, left),
                       0.0)
            : valueAt(filter, std::fabs(left + 0.5 - begin - step / 2) / width);
    weights.push_back(weight);
    sum += weight;
  }
  for (double &weight : weights)
    weight /= sum;
  return weights;
}
} // namespace

bool computeResample(const Node &node, Operands x, Results r) {
  bool isBackward = node.op == "resample_backward";
  if (node.op != "resample" && !isBackward)
    return false;
  auto axis = static_cast<size_t>(number(node, "axis"));
  const Tensor &read = *x[0];
  Tensor &out = r[0];
  const Tensor &large = isBackward ? out : read,
               &small = isBackward ? read : out;
  for (int64_t pixel = 0; pixel < small.shape[axis]; ++pixel) {
    std::vector<double> weights =
        weightsOf(node, large.shape[axis], small.shape[axis], pixel);
    for (size_t flat = 0; flat < small.data.size(); ++flat) {
      std::vector<int64_t> at = indexOf(small.shape, flat), other = at;
      if (at[axis] != pixel)
        continue;
      for (size_t i = 0; i < weights.size(); ++i) {
        other[axis] = static_cast<int64_t>(i);
        if (isBackward)
          out.data[offsetOf(out, other)] += weights[i] * read.data[flat];
        else
          out.data[flat] += weights[i] * read.data[offsetOf(read, other)];
      }
    }
  }
  return true;
}

} // namespace lathe::kernels::reference
