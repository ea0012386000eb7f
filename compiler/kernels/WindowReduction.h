//===- WindowReduction.h - Sums and maxima over windows ---------*- C++ -*-===//
//
// Operations on images whose anchor reduces a few positions for each element:
// average pooling, max pooling with large windows, and the gradients of pooling
// and resizing, which gather. The anchor is a Func of (c, x, y, b) over
// `domain` (columns, rows).
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_WINDOWREDUCTION_H
#define LATHE_COMPILER_KERNELS_WINDOWREDUCTION_H

#include "compiler/kernels/Window.h"

namespace lathe::kernels {

/// How many columns and rows are reduced for each element.
struct Taps {
  int columns, rows;
};

/// The window of a pooling operation.
Window poolWindow(const Node &node);
/// How many windows an element may lie in.
Taps windowsOver(const Window &window);

/// The windows that a position of the image lies in, for gradients that gather:
/// the one that begins last, and those `back` windows before it.
struct WindowOver {
  Halide::Expr column, row; ///< of the window
  Halide::Expr kx, ky;      ///< of the position within the window
  Halide::Expr inside;      ///< whether there is such a window
};
WindowOver windowOver(const Window &window, const Value &windows,
                      const Halide::Expr &x, const Halide::Expr &y,
                      const Halide::Expr &columnBack,
                      const Halide::Expr &rowBack);

/// Strategy "windows". `elements` is the larger image's size.
Parameters windowsParameters(const KernelSpec &spec, const Machine &machine,
                             Taps taps, int64_t elements);
void scheduleWindows(Builder &builder, const Node &node);

/// Throws unless the value is an image: [n, height, width, channels].
void checkImage(const Node &node, const Value &value);

/// Cuts `y` and the batch of an image kernel's output into parallel tasks.
void parallelRows(Halide::Stage stage, const TensorType &type, int64_t images,
                  int64_t rows);
/// Rows of an image that are worth a task, when the image takes so long.
int64_t rowsPerTask(const Machine &machine, int64_t rows,
                    double microsecondsPerImage);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_WINDOWREDUCTION_H
