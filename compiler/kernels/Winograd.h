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

#include <Halide.h>

#include <array>
#include <vector>

namespace lathe::kernels::winograd {

inline constexpr int outTile = 4, inTile = 6, frequencies = inTile * inTile;

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

/// Row `row` of a constant matrix times the vector of `element(i)`. The row's
/// number is known where the loop over it is unrolled.
template <size_t rows, size_t columns, typename Element>
Halide::Expr multiply(const Matrix<rows, columns> &matrix,
                      const Halide::Expr &row, const Element &element) {
  std::vector<Halide::Expr> products;
  for (const auto &factors : matrix) {
    Halide::Expr sum;
    for (size_t i = 0; i < columns; ++i) {
      if (factors[i] == 0)
        continue;
      Halide::Expr term = element(static_cast<int>(i));
      if (factors[i] != 1)
        term *= static_cast<float>(factors[i]);
      sum = sum.defined() ? sum + term : term;
    }
    products.push_back(sum);
  }
  return Halide::mux(row, products);
}

} // namespace lathe::kernels::winograd

#endif // LATHE_COMPILER_KERNELS_WINOGRAD_H
