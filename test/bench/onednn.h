//===- onednn.h - A convolution of oneDNN, ready to be timed ----*- C++ -*-===//
#ifndef LATHE_TEST_BENCH_ONEDNN_H
#define LATHE_TEST_BENCH_ONEDNN_H

#include <memory>
#include <string>
#include <vector>

namespace lathe::bench {

enum class Direction { Forward, BackwardData, BackwardWeights };

/// A square convolution of `batch` images.
struct Shape {
  int batch, inChannels, size, outChannels, window, stride, padding;

  int outSize() const { return (size + 2 * padding - window) / stride + 1; }
  double gigaflop() const {
    return 2e-9 * batch * outSize() * outSize() * outChannels * inChannels *
           window * window;
  }
  size_t imageElements() const {
    return size_t(batch) * size * size * inChannels;
  }
  size_t resultElements() const {
    return size_t(batch) * outSize() * outSize() * outChannels;
  }
  size_t filterElements() const {
    return size_t(window) * window * inChannels * outChannels;
  }
};

/// One direction of a convolution with operands in the layouts that oneDNN
/// prefers; reordering them is not part of run().
class OneDnnConvolution {
public:
  /// Null where oneDNN has no such algorithm for the shape. `first` and
  /// `second` are the operands in NHWC and HWIO: image and filter, gradient and
  /// filter, or image and gradient.
  static std::unique_ptr<OneDnnConvolution>
  create(const Shape &shape, Direction direction, bool winograd,
         const std::vector<float> &first, const std::vector<float> &second);
  virtual ~OneDnnConvolution() = default;
  virtual void run() = 0;
  /// The result in NHWC or HWIO.
  virtual std::vector<float> result() = 0;
  /// The name of oneDNN's kernel.
  virtual std::string implementation() const = 0;
};

} // namespace lathe::bench

#endif // LATHE_TEST_BENCH_ONEDNN_H
