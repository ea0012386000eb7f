//===- Reference.cpp - Kernels by naive loops ----------------------------===//

#include "test/kernels/ReferenceOps.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace lathe::kernels {

Tensor::Tensor(const TensorType &type, int64_t n) : element(type.element) {
  int64_t size = 1;
  for (int64_t extent : type.shape) {
    shape.push_back(extent == dynamicBatch ? n : extent);
    size *= shape.back();
  }
  data.assign(size, 0.0);
}

static size_t offsetOf(const std::vector<int64_t> &shape,
                       std::initializer_list<int64_t> index) {
  size_t offset = 0, i = 0;
  for (int64_t position : index) {
    if (position < 0 || position >= shape.at(i))
      throw std::out_of_range("reference index");
    offset = offset * shape[i++] + position;
  }
  return offset;
}
double &Tensor::at(std::initializer_list<int64_t> index) {
  return data[offsetOf(shape, index)];
}
double Tensor::at(std::initializer_list<int64_t> index) const {
  return data[offsetOf(shape, index)];
}

namespace {
using namespace reference;

/// Calls `body(b, oy, ox, ky, kx, iy, ix)` for every window element that lies
/// inside the image.
template <typename Body>
void forWindows(const Node &node, const std::vector<int64_t> &image,
                const std::vector<int64_t> &out, int64_t sizeY, int64_t sizeX,
                Body &&body) {
  std::vector<int64_t> s = numbers(node, "strides"),
                       p = numbers(node, "padding");
  for (int64_t b = 0; b < out[0]; ++b)
    for (int64_t oy = 0; oy < out[1]; ++oy)
      for (int64_t ox = 0; ox < out[2]; ++ox)
        for (int64_t ky = 0; ky < sizeY; ++ky)
          for (int64_t kx = 0; kx < sizeX; ++kx) {
            int64_t iy = oy * s[0] - p[0] + ky, ix = ox * s[1] - p[2] + kx;
            if (iy >= 0 && iy < image[1] && ix >= 0 && ix < image[2])
              body(b, oy, ox, ky, kx, iy, ix);
          }
}

void maxPool(const Node &node, Operands x, Results r) {
  std::vector<int64_t> size = numbers(node, "pool_size");
  std::fill(r[0].data.begin(), r[0].data.end(), -INFINITY);
  forWindows(
      node, x[0]->shape, r[0].shape, size[0], size[1],
      [&](int64_t b, int64_t oy, int64_t ox, int64_t ky, int64_t kx, int64_t iy,
          int64_t ix) {
        for (int64_t c = 0; c < x[0]->shape[3]; ++c) {
          double value = x[0]->at({b, iy, ix, c}),
                 best = r[0].at({b, oy, ox, c});
          if (value <= best || std::isnan(best))
            continue;
          r[0].at({b, oy, ox, c}) = value;
          if (r.size() > 1)
            r[1].at({b, oy, ox, c}) = static_cast<double>(ky * size[1] + kx);
        }
      });
}

void maxPoolBackward(const Node &node, Operands x, Results r) {
  std::vector<int64_t> size = numbers(node, "pool_size");
  forWindows(node, r[0].shape, x[0]->shape, size[0], size[1],
             [&](int64_t b, int64_t oy, int64_t ox, int64_t ky, int64_t kx,
                 int64_t iy, int64_t ix) {
               for (int64_t c = 0; c < r[0].shape[3]; ++c)
                 if (x[1]->at({b, oy, ox, c}) ==
                     static_cast<double>(ky * size[1] + kx))
                   r[0].at({b, iy, ix, c}) += x[0]->at({b, oy, ox, c});
             });
}

void product(const Tensor &a, bool transposeA, const Tensor &b, bool transposeB,
             Tensor &result) {
  int64_t depth = a.shape[transposeA ? 0 : 1];
  for (int64_t i = 0; i < result.shape[0]; ++i)
    for (int64_t j = 0; j < result.shape[1]; ++j)
      for (int64_t k = 0; k < depth; ++k)
        result.at({i, j}) += (transposeA ? a.at({k, i}) : a.at({i, k})) *
                             (transposeB ? b.at({j, k}) : b.at({k, j}));
}

/// Element [b, s, m] is a sum over slice s alone.
void partialProduct(const Tensor &x, const Tensor &w, Tensor &result) {
  int64_t rows = w.shape[0] / result.shape[1];
  for (int64_t b = 0; b < result.shape[0]; ++b)
    for (int64_t k = 0; k < rows * result.shape[1]; ++k)
      for (int64_t m = 0; m < result.shape[2]; ++m)
        result.at({b, k / rows, m}) += x.at({b, k}) * w.at({k, m});
}

void compute(const Node &node, Operands x, Results r, int64_t n) {
  const std::string &op = node.op;
  if (op == "dense")
    product(*x[0], false, *x[1], false, r[0]);
  else if (op == "dense_backward_data")
    product(*x[0], false, *x[1], true, r[0]);
  else if (op == "dense_backward_weights")
    product(*x[0], true, *x[1], false, r[0]);
  else if (op == "partial_dense")
    partialProduct(*x[0], *x[1], r[0]);
  else if (op == "bias_backward")
    for (size_t i = 0; i < x[0]->data.size(); ++i)
      r[0].data[i % r[0].data.size()] += x[0]->data[i];
  else if (op == "max_pool2d" || op == "max_pool2d_argmax")
    maxPool(node, x, r);
  else if (op == "max_pool2d_backward")
    maxPoolBackward(node, x, r);
  else if (!computeConvolution(node, x, r) &&
           !computeAugmentation(node, x, r) &&
           !computePictures(node, x, r, n) && !computeResample(node, x, r) &&
           !computeElementwise(node, x, r, n) && !computeShaping(node, x, r) &&
           !computeLoss(node, x, r) && !computeReduction(node, x, r) &&
           !computeFunction(node, x, r) && !computeUpdate(node, x, r))
    throw std::invalid_argument("the reference does not know " + op);
}
} // namespace

bool dropoutKeeps(uint64_t seed, uint64_t iteration, uint64_t key,
                  uint32_t index, double rate) {
  return Stream(seed, iteration, key).keeps(index, rate);
}

std::vector<Tensor> evaluate(const KernelSpec &spec,
                             const std::vector<Tensor> &inputs, int64_t n) {
  std::vector<Tensor> values = inputs;
  for (const Node &node : spec.nodes) {
    std::vector<const Tensor *> operands;
    for (int operand : node.operands)
      operands.push_back(&values.at(operand));
    std::vector<Tensor> results;
    for (const TensorType &type : node.results)
      results.emplace_back(type, n);
    compute(node, operands, results, n);
    for (Tensor &result : results)
      values.push_back(std::move(result));
  }
  std::vector<Tensor> results;
  for (int result : spec.results)
    results.push_back(values.at(result));
  return results;
}

} // namespace lathe::kernels
