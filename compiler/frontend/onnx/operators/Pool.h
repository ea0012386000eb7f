//===- Pool.h - Windows over the image of a pooling operator ----*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_OPERATORS_POOL_H
#define LATHE_COMPILER_FRONTEND_ONNX_OPERATORS_POOL_H

#include "compiler/frontend/onnx/Operators.h"
#include "compiler/frontend/onnx/Windows.h"
#include <algorithm>

namespace lathe::onnx {

/// The input as an image, and the windows over it.
struct Pool {
  Emitter &emit;
  Tensor image;
  Windows windows;
  int64_t rank;

  Pool(Node &node)
      : emit(node.emit), image(emit.toImage(node.in(0))),
        windows(readWindows(node, node.in(0).shape().drop_front(2), {}, true)),
        rank(node.in(0).rank()) {
    if (!image.isFloat())
      throw Refusal("pooling is of float32 alone");
  }

  mlir::DenseI64ArrayAttr attr(llvm::ArrayRef<int64_t> list) {
    return emit.getBuilder().getDenseI64ArrayAttr(list);
  }

  Tensor average(const Tensor &x, bool countPadding) {
    return emit.create<nn::AvgPool2DOp>(
        emit.operand(x), attr(windows.size), attr(windows.strides),
        attr(windows.padding), mlir::StringAttr(),
        emit.getBuilder().getBoolAttr(countPadding));
  }

  /// Along an axis, the places of elements `first`, ..., `first + count - 1` of
  /// each window, one window after the other. What lies outside of the image
  /// stands in its padding, or `repeat`s an element of the window inside.
  llvm::SmallVector<int64_t> places(unsigned axis, int64_t first, int64_t count,
                                    bool repeat) const {
    llvm::SmallVector<int64_t> numbers;
    for (int64_t i = 0; i < windows.output[axis]; ++i)
      for (int64_t k = first; k < first + count; ++k) {
        auto [low, high] = inside(axis, i);
        int64_t element = repeat ? std::clamp(k, low, high) : k;
        numbers.push_back(i * windows.strides[axis] +
                          element * windows.dilations[axis] -
                          (repeat ? windows.padding[2 * axis] : 0));
      }
    return numbers;
  }

  /// The first and the last element of a window that lie in the image.
  std::pair<int64_t, int64_t> inside(unsigned axis, int64_t window) const {
    int64_t step = windows.dilations[axis];
    int64_t begin = window * windows.strides[axis] - windows.padding[2 * axis];
    int64_t low = begin < 0 ? (-begin + step - 1) / step : 0;
    int64_t last = image.shape()[axis + 1] - 1 - begin;
    int64_t high = last < 0 ? -1 : last / step;
    return {low, std::min(high, windows.size[axis] - 1)};
  }

  /// Whether each window has an element in the image.
  bool allReach() const {
    for (unsigned axis = 0; axis < 2; ++axis)
      for (int64_t i = 0; i < windows.output[axis]; ++i)
        if (auto [low, high] = inside(axis, i); low > high)
          return false;
    return true;
  }

  /// Windows with holes, element by element: quick to run where there are few.
  template <typename Combine>
  Tensor elementwise(const Tensor &x, bool repeat, Combine combine) {
    Tensor result;
    for (int64_t row = 0; row < windows.size[0]; ++row)
      for (int64_t column = 0; column < windows.size[1]; ++column) {
        Tensor next = emit.gather(x, 1, places(0, row, 1, repeat));
        next = emit.gather(next, 2, places(1, column, 1, repeat));
        result = result ? combine(result, next) : next;
      }
    return result;
  }

  /// Windows with holes, axis by axis: their elements are put side by side,
  /// where windows without holes, `reduce`d one by one, hold the same.
  template <typename Reduce>
  Tensor axiswise(Tensor x, bool repeat, Reduce reduce) {
    for (unsigned axis = 0; axis < 2; ++axis) {
      llvm::SmallVector<int64_t> window{1, 1};
      window[axis] = windows.size[axis];
      x = emit.gather(x, axis + 1, places(axis, 0, window[axis], repeat));
      if (window[axis] > 1)
        x = reduce(x, window);
    }
    return x;
  }

  /// Each element of a window is code where it is not a loop.
  bool isSmall() const { return windows.size[0] * windows.size[1] <= 16; }

  Tensor largest(const Tensor &x, bool repeat) {
    if (isSmall())
      return elementwise(x, repeat, [&](const Tensor &a, const Tensor &b) {
        return emit.maximum(a, b);
      });
    return axiswise(
        x, repeat, [&](const Tensor &y, llvm::ArrayRef<int64_t> window) {
          return emit.create<nn::MaxPool2DOp>(emit.operand(y), attr(window),
                                              attr(window), attr({0, 0, 0, 0}),
                                              mlir::StringAttr());
        });
  }

  Tensor sum(const Tensor &x) {
    if (isSmall())
      return elementwise(
          padded(x), false,
          [&](const Tensor &a, const Tensor &b) { return emit.add(a, b); });
    auto reduce = [&](const Tensor &y, llvm::ArrayRef<int64_t> window) {
      Tensor mean = emit.create<nn::AvgPool2DOp>(
          emit.operand(y), attr(window), attr(window), attr({0, 0, 0, 0}),
          mlir::StringAttr(), mlir::BoolAttr());
      return emit.scale(mean, double(window[0] * window[1]));
    };
    return axiswise(padded(x), false, reduce);
  }

  Tensor padded(const Tensor &x) {
    const auto &p = windows.padding;
    if (!windows.isPadded())
      return x;
    return emit.pad(x, {0, p[0], p[2], 0}, {0, p[1], p[3], 0});
  }

  /// For each window, how many of its elements lie in the image, or where
  /// padding counts, in its padding too, but not in what rounding adds.
  Tensor counts(bool countPadding) {
    llvm::SmallVector<double> perAxis[2];
    for (unsigned axis = 0; axis < 2; ++axis) {
      int64_t low = windows.padding[2 * axis];
      int64_t begin = countPadding ? 0 : low;
      int64_t end =
          low + image.shape()[axis + 1] +
          (countPadding ? windows.padding[2 * axis + 1] - windows.rounding[axis]
                        : 0);
      for (int64_t i = 0; i < windows.output[axis]; ++i) {
        int64_t count = 0;
        for (int64_t k = 0; k < windows.size[axis]; ++k) {
          int64_t at = i * windows.strides[axis] + k * windows.dilations[axis];
          count += at >= begin && at < end;
        }
        perAxis[axis].push_back(double(std::max<int64_t>(count, 1)));
      }
    }
    llvm::SmallVector<double> products;
    for (double rows : perAxis[0])
      for (double columns : perAxis[1])
        products.push_back(rows * columns);
    return emit.floats({1, windows.output[0], windows.output[1], 1}, products);
  }

  Tensor result(const Tensor &y) { return emit.fromImage(y, rank); }
};

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_OPERATORS_POOL_H
