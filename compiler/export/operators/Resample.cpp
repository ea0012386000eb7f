//===- Resample.cpp - Rows or columns of an image by a filter -------------===//
//
// A product with the matrix of the filter's weights: ONNX's Resize has neither
// area nor Lanczos filters, and no antialias before opset 18.
//
//===----------------------------------------------------------------------===//
#include "compiler/export/Operators.h"
#include <cmath>

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

static double sinc(double x) {
  return x == 0 ? 1 : std::sin(M_PI * x) / (M_PI * x);
}

/// The filter's value at the distance `d`, which is not negative.
static double valueAt(StringRef filter, double d) {
  if (filter == "bilinear")
    return std::max(1 - d, 0.0);
  if (filter == "bicubic")
    return d < 1   ? (1.5 * d - 2.5) * d * d + 1
           : d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2
                   : 0;
  double radius = filter == "lanczos3" ? 3 : 5;
  return d < radius ? sinc(d) * sinc(d / radius) : 0;
}

/// [from, to]: column o holds what position o of the result takes of each
/// position of the input.
static SmallVector<double> weightsOf(nn::ResampleOp op, int64_t from,
                                     int64_t to) {
  SmallVector<double> weights(from * to);
  double step = double(from) / double(to),
         width = op.getAntialias() ? std::max(step, 1.0) : 1;
  for (int64_t o = 0; o < to; ++o) {
    double begin = double(o) * step, sum = 0;
    for (int64_t i = 0; i < from; ++i) {
      double left = double(i), &weight = weights[i * to + o];
      if (op.getFilter() == "area")
        weight = std::max(
            std::min(begin + step, left + 1) - std::max(begin, left), 0.0);
      else
        weight = valueAt(op.getFilter(),
                         std::abs(left + 0.5 - begin - step / 2) / width);
      sum += weight;
    }
    for (int64_t i = 0; i < from; ++i)
      weights[i * to + o] /= sum;
  }
  return weights;
}

/// Columns are the last dimension; rows change places with them.
static void writeResample(nn::ResampleOp op, Graph &graph) {
  auto axis = unsigned(op.getAxis());
  int64_t from = nn::rankedType(op.getInput()).getDimSize(axis),
          to = int64_t(op.getSize());
  static constexpr int64_t swapped[] = {0, 1, 3, 2};
  Attr swap("perm", ArrayRef(swapped));
  std::string x = graph.first(op.getInput());
  if (axis == 1)
    x = graph.add("Transpose", {x}, swap);
  std::string weights =
      graph.numbers("weights", {from, to}, weightsOf(op, from, to));
  x = graph.add("MatMul", {x, weights});
  if (axis == 1)
    x = graph.add("Transpose", {x}, swap);
  graph.define(op.getOutput(), x, Order::ChannelsFirst);
}

static constexpr Writer rows[] = {row<writeResample>};

ArrayRef<Writer> lathe::exporter::resampleWriters() { return rows; }
