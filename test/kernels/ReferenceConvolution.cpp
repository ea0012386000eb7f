//===- ReferenceConvolution.cpp - Convolutions by naive loops ------------===//

#include "test/kernels/ReferenceOps.h"

namespace lathe::kernels::reference {

static std::vector<int64_t> listOf(const Node &node, const char *name,
                                   std::vector<int64_t> otherwise) {
  auto it = node.attributes.find(name);
  return it == node.attributes.end()
             ? otherwise
             : std::get<std::vector<int64_t>>(it->second);
}

/// Visits every product of y = conv2d(x, w): `body(element of y, of x, of w)`,
/// all of them numbers of row-major elements.
template <typename Body>
static void forProducts(const Node &node, const std::vector<int64_t> &x,
                        const std::vector<int64_t> &w,
                        const std::vector<int64_t> &y, Body &&body) {
  std::vector<int64_t> stride = listOf(node, "strides", {1, 1}),
                       padding = listOf(node, "padding", {0, 0, 0, 0}),
                       dilation = listOf(node, "dilations", {1, 1});
  int64_t groups = static_cast<int64_t>(number(node, "groups", 1));
  int64_t outPerGroup = y[3] / groups, inPerGroup = x[3] / groups;
  for (int64_t n = 0; n < y[0]; ++n)
    for (int64_t i = 0; i < y[1]; ++i)
      for (int64_t j = 0; j < y[2]; ++j)
        for (int64_t p = 0; p < w[0]; ++p)
          for (int64_t q = 0; q < w[1]; ++q) {
            int64_t row = i * stride[0] + p * dilation[0] - padding[0];
            int64_t column = j * stride[1] + q * dilation[1] - padding[2];
            if (row < 0 || row >= x[1] || column < 0 || column >= x[2])
              continue;
            for (int64_t o = 0; o < y[3]; ++o)
              for (int64_t c = 0; c < inPerGroup; ++c)
                body(((n * y[1] + i) * y[2] + j) * y[3] + o,
                     ((n * x[1] + row) * x[2] + column) * x[3] +
                         o / outPerGroup * inPerGroup + c,
                     ((p * w[1] + q) * inPerGroup + c) * y[3] + o);
          }
}

static void transposeFilter(const std::vector<double> &w,
                            const std::vector<int64_t> &shape,
                            std::vector<double> &result) {
  int64_t next = 0;
  for (int64_t p = shape[0]; p-- > 0;)
    for (int64_t q = shape[1]; q-- > 0;)
      for (int64_t o = 0; o < shape[3]; ++o)
        for (int64_t c = 0; c < shape[2]; ++c)
          result[next++] =
              w[((p * shape[1] + q) * shape[2] + c) * shape[3] + o];
}

static void packFilter(const std::vector<double> &w,
                       const std::vector<int64_t> &packed,
                       std::vector<double> &result) {
  int64_t next = 0;
  for (int64_t t = 0; t < packed[0]; ++t)
    for (int64_t c = 0; c < packed[1]; ++c)
      for (int64_t k = 0; k < packed[2]; ++k)
        result[next++] = w[(c * packed[0] + t) * packed[2] + k];
}

static void packedConvolution(const Tensor &x, const Tensor &w,
                              std::vector<double> &y) {
  int64_t in = w.shape[1], together = w.shape[2], out = w.shape[0] * together;
  for (size_t i = 0; i < y.size(); ++i) {
    auto pixel = static_cast<int64_t>(i) / out,
         o = static_cast<int64_t>(i) % out;
    for (int64_t c = 0; c < in; ++c)
      y[i] += x.data[pixel * in + c] *
              w.data[(o / together * in + c) * together + o % together];
  }
}

/// With the attribute `slices`, a gradient for each slice of the batch.
static void weightGradient(const Node &node, const Tensor &x, const Tensor &dy,
                           Tensor &dw) {
  std::vector<int64_t> filter(dw.shape.end() - 4, dw.shape.end());
  int64_t elements = filter[0] * filter[1] * filter[2] * filter[3];
  int64_t slices = static_cast<int64_t>(dw.data.size()) / elements;
  int64_t images = (x.shape[0] + slices - 1) / slices;
  int64_t sample = dy.shape[1] * dy.shape[2] * dy.shape[3];
  forProducts(node, x.shape, filter, dy.shape,
              [&](int64_t y, int64_t at, int64_t w) {
                int64_t slice = y / sample / images;
                dw.data[slice * elements + w] += x.data[at] * dy.data[y];
              });
}

bool computeConvolution(const Node &node, Operands in, Results r) {
  if (in.empty())
    return false;
  std::vector<double> &sum = r[0].data;
  const std::vector<double> &a = in[0]->data;
  if (node.op == "conv2d")
    forProducts(node, in[0]->shape, in[1]->shape, r[0].shape,
                [&](int64_t y, int64_t x, int64_t w) {
                  sum[y] += a[x] * in[1]->data[w];
                });
  else if (node.op == "conv2d_backward_data")
    forProducts(node, r[0].shape, in[1]->shape, in[0]->shape,
                [&](int64_t y, int64_t x, int64_t w) {
                  sum[x] += a[y] * in[1]->data[w];
                });
  else if (node.op == "conv2d_backward_weights")
    weightGradient(node, *in[0], *in[1], r[0]);
  else if (node.op == "transpose_filter")
    transposeFilter(a, in[0]->shape, sum);
  else if (node.op == "pack_filter")
    packFilter(a, r[0].shape, sum);
  else if (node.op == "packed_conv2d")
    packedConvolution(*in[0], *in[1], sum);
  else
    return false;
  return true;
}

} // namespace lathe::kernels::reference
