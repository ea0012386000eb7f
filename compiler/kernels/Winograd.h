//===- Winograd.h - The matrices of F(4x4, 3x3) -----------------*- C++ -*-===//
//
// Lavin and Gray, "Fast algorithms for convolutional neural networks", 2015
// (arXiv:1509.09308): a tile of 4x4 outputs of a 3x3 convolution needs 36
// multiplications for each pair of channels instead of 144,
//
//   y = Aᵀ ((G g Gᵀ) ⊙ (Bᵀ d B)) A
//
// with g the filter, d the 6x6 pixels under the tile.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_WINOGRAD_H
#define LATHE_COMPILER_KERNELS_WINOGRAD_H

#include "compiler/kernels/Strategy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace lathe::kernels::winograd {

inline constexpr int outTile = 4, inTile = 6, frequencies = inTile * inTile;

/// A quarter of the products, and transforms besides.
inline constexpr double speedup = 2.25;

template <size_t rows, size_t columns>
using Matrix = std::array<std::array<double, columns>, rows>;

template <size_t rows, size_t columns>
constexpr Matrix<columns, rows> transposed(const Matrix<rows, columns> &m) {
  Matrix<columns, rows> result{};
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j)
      result[j][i] = m[i][j];
  return result;
}

/// G, Bᵀ and Aᵀ.
inline constexpr Matrix<inTile, 3> filterTransform = {
    {{1.0 / 4, 0, 0},
     {-1.0 / 6, -1.0 / 6, -1.0 / 6},
     {-1.0 / 6, 1.0 / 6, -1.0 / 6},
     {1.0 / 24, 1.0 / 12, 1.0 / 6},
     {1.0 / 24, -1.0 / 12, 1.0 / 6},
     {0, 0, 1}}};
inline constexpr Matrix<inTile, inTile> imageTransform = {
    {{4, 0, -5, 0, 1, 0},
     {0, -4, -4, 1, 1, 0},
     {0, 4, -4, -1, 1, 0},
     {0, -2, -1, 2, 1, 0},
     {0, 2, -1, -2, 1, 0},
     {0, 4, 0, -5, 0, 1}}};
inline constexpr Matrix<outTile, inTile> resultTransform = {
    {{1, 1, 1, 1, 1, 0},
     {0, 1, -1, 2, -2, 0},
     {0, 1, 1, 4, 4, 0},
     {0, 1, -1, 8, -8, 1}}};

/// Sum of the elements whose factors are not 0, times them. A magnitude that
/// all of them share is left to the caller, in `common`.
template <size_t columns, typename Element>
Halide::Expr weightedSum(const std::array<double, columns> &factors,
                         const Element &element, double &common) {
  common = 0;
  bool shared = true;
  for (double factor : factors)
    if (double magnitude = std::abs(factor); magnitude != 0) {
      shared &= common == 0 || common == magnitude;
      common = magnitude;
    }
  if (!shared || common == 0)
    common = 1;
  Halide::Expr sum;
  for (bool negative : {false, true})
    for (size_t i = 0; i < columns; ++i) {
      double factor = factors[i] / common;
      if (factor == 0 || (factor < 0) != negative)
        continue;
      Halide::Expr term = element(static_cast<int>(i));
      if (std::abs(factor) != 1)
        term *= static_cast<float>(std::abs(factor));
      if (sum.defined())
        sum = negative ? sum - term : sum + term;
      else
        sum = negative ? -term : term;
    }
  return sum;
}

/// Row `row` of a constant matrix times the vector of `element(i)`. The row's
/// number is known where the loop over it is unrolled.
///
/// Rows that differ in signs alone share their sums: with a row e + o there is
/// often another, e - o.
template <size_t rows, size_t columns, typename Element>
Halide::Expr multiply(const Matrix<rows, columns> &matrix,
                      const Halide::Expr &row, const Element &element) {
  auto times = [](const Halide::Expr &value, double factor) {
    return factor == 1 ? value : value * static_cast<float>(factor);
  };
  std::vector<Halide::Expr> products;
  for (size_t r = 0; r < rows; ++r) {
    std::array<double, columns> same = matrix[r], opposite{};
    bool first = true;
    for (size_t other = 0; other < rows; ++other) {
      bool isMate = other != r;
      for (size_t i = 0; i < columns; ++i)
        isMate &= std::abs(matrix[other][i]) == std::abs(matrix[r][i]);
      if (!isMate)
        continue;
      first = r < other;
      for (size_t i = 0; i < columns; ++i)
        if (matrix[other][i] != matrix[r][i]) {
          same[i] = 0;
          opposite[i] = matrix[std::min(r, other)][i];
        }
    }
    double scale = 1, otherScale = 1;
    Halide::Expr sum = weightedSum(same, element, scale),
                 difference = weightedSum(opposite, element, otherScale);
    sum = times(sum, scale);
    if (difference.defined())
      sum += times(difference, first ? otherScale : -otherScale);
    products.push_back(sum);
  }
  return Halide::mux(row, products);
}

/// Parts that cover an extent.
inline int64_t count(int64_t extent, int64_t part) {
  return (extent + part - 1) / part;
}

/// Bytes of the stack of a winograd_conv2d's task: `columns` x `rows` tiles of
/// each of so many images, filled up to `paddedTiles`; `channels` of the
/// result, `reduced` of the image.
int64_t bytesOnStack(int64_t columns, int64_t rows, int64_t images,
                     int64_t paddedTiles, int64_t channels, int64_t reduced);

/// How a winograd_conv2d is cut: the group of tiles, and the vectors of output
/// channels, with the fewest estimated cycles.
Parameters parameters(const KernelSpec &spec, const Node &node,
                      const Machine &machine);

} // namespace lathe::kernels::winograd

#endif // LATHE_COMPILER_KERNELS_WINOGRAD_H
