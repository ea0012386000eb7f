//===- RowReduction.h - One value for each row ------------------*- C++ -*-===//
//
// Reductions along the last dimension, and along others with it. Vectors of
// accumulators run along the last dimension and are then joined by halves: the
// tree depends on the shape and the instruction set alone.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_ROWREDUCTION_H
#define LATHE_COMPILER_KERNELS_ROWREDUCTION_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

/// Which dimensions of a tensor are reduced. Dimensions are Halide's: fastest
/// first.
struct ReducedDimensions {
  TensorType type;
  std::vector<bool> reduced;

  /// None.
  explicit ReducedDimensions(const TensorType &type)
      : type(type), reduced(type.shape.size()) {}
  /// Reads `axes`.
  ReducedDimensions(const Node &node, const TensorType &type);

  /// The variables of the dimensions that stay, fastest first.
  std::vector<Halide::Var> kept() const;
  /// The entries of an index of the tensor at dimensions that stay.
  Index keptOf(const Index &index) const;
  /// Number of reduced elements.
  Halide::Expr count(const Builder &builder) const;
  int64_t countPerSample() const;
};

enum class RowOperation { Sum, Maximum };

/// Reduces `element`, a function of the tensor's index; the last dimension must
/// be among the reduced ones.
class RowReduction {
public:
  RowReduction(Builder &builder, const ReducedDimensions &dimensions,
               RowOperation operation,
               const std::function<Halide::Expr(const Index &)> &element);

  /// The row's value; the index holds the dimensions that stay.
  Halide::Expr at(const Index &kept) const;

  /// All of the reduction's storage lives in this loop.
  void computeAt(const Halide::LoopLevel &level);

private:
  struct Level {
    Halide::Func func;
    int width;
  };
  int lanes;                 ///< of a vector register
  std::vector<Level> levels; ///< the accumulators, then their halves
  Halide::Func value;
};

/// Makes one loop of the variables, fastest first, and cuts it into parallel
/// tasks of `task_rows`; returns the variable of a row.
Halide::Var parallelRows(Builder &builder, Halide::Stage stage,
                         const std::vector<Halide::Var> &rows);

/// The parameter `task_rows` for rows of so many microseconds.
Parameters rowTasks(const Machine &machine, double microsecondsPerRow);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_ROWREDUCTION_H
