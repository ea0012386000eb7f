//===- Convolution.h - What convolutions share ------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_CONVOLUTION_H
#define LATHE_COMPILER_KERNELS_CONVOLUTION_H

#include "compiler/kernels/Families.h"

namespace lathe::kernels {

/// The shapes of a convolution y = conv2d(x, w), of which a node computes y or
/// the gradient of x or of w.
struct Convolution {
  int height, width, inChannels;
  int outHeight, outWidth, outChannels;
  int groups;
  Window window;

  int inPerGroup() const { return inChannels / groups; }
  int outPerGroup() const { return outChannels / groups; }
  /// Each channel by itself, its lanes over the channels. Few channels with
  /// many filters each are better off as groups.
  bool depthwise() const {
    return groups > 1 && groups == inChannels && groups >= outPerGroup();
  }
  /// A matrix product for each image: no pixel has a neighbour.
  bool onePixel() const {
    return groups == 1 && height == 1 && width == 1 && outHeight == 1 &&
           outWidth == 1 && window.sizeY == 1 && window.sizeX == 1 &&
           !window.padded();
  }
  int64_t taps() const { return int64_t{window.sizeY} * window.sizeX; }
  double multiplyAdds() const {
    return static_cast<double>(outHeight) * outWidth * outChannels *
           inPerGroup() * static_cast<double>(taps());
  }
};

/// The convolution of a node conv2d, conv2d_backward_data or
/// conv2d_backward_weights.
Convolution convolutionOf(const KernelSpec &spec, const Node &node);

/// Slices of the batch that a conv2d_backward_weights keeps apart in its
/// result, 0 where it adds them up.
int64_t slicesOf(const Node &node);

/// The parameter `slices` of its strategies, which add them up: 1 where they
/// are kept apart.
int addedSlices(const Builder &builder, const Node &node);

/// The dimensions of a conv2d_backward_weights' output, in the order of a
/// filter's: output channels, input channels, columns, rows, and, where they
/// are kept apart, slices.
struct FilterVariables {
  explicit FilterVariables(const Node &node);
  Halide::Var co, ci, kx, ky;
  std::optional<Halide::Var> slice;
};

/// The element of `x` that position (vx, vy) of y sees at a tap of the window;
/// zero outside. Where the kernel computes one row at a time, `r` loses the
/// taps whose row is outside.
Halide::Expr seenElement(Builder &builder, const Convolution &s, const Value &x,
                         const Halide::Expr &channel, const Halide::Expr &tapX,
                         const Halide::Expr &tapY, Halide::RDom &r);

/// The element of `dy` that saw position (vx, vy) of x at a tap of the window;
/// zero where none did, with the same use of `r`.
Halide::Expr seeingElement(Builder &builder, const Convolution &s,
                           const Value &dy, const Halide::Expr &channel,
                           const Halide::Expr &tapX, const Halide::Expr &tapY,
                           Halide::RDom &r);

/// Refuses a kernel whose results are not images of one shape; where `exactly`
/// is set, of the node's own.
void requireImages(const Builder &builder, const Node *exactly = nullptr);

/// Bytes of its stack that any task of a convolution may take, and those that
/// most defaults keep to, so that a small L2 holds them.
inline constexpr int64_t stackLimit = 448 * 1024, usualStack = 192 * 1024;
void requireStack(int64_t bytes);

/// Bytes of the images of one sample that are worth reading ahead as a whole:
/// L2 holds them beside the task's own.
inline int64_t nearImage(const Machine &machine) { return machine.l2 / 4; }

/// Images of a pixel's windows without strides, padding, groups or a pooling
/// behind: strategy "pointwise".
bool isPointwise(const KernelSpec &spec, const Convolution &s);
void buildPackedConv2D(Builder &builder, const Node &node, int firstResult);

/// Whether a conv2d's channel tile has too many weights to read in place, and
/// whether a conv2d_backward_data has too many to transpose in one piece.
bool weightsStray(const KernelSpec &spec, const Node &node,
                  const Machine &machine);
bool transposesTooMuch(const KernelSpec &spec, const Node &node,
                       const Machine &machine);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_CONVOLUTION_H
