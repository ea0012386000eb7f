//===- GradientCheck.h - Gradients against finite differences ---*- C++ -*-===//
#ifndef LATHE_TEST_MODEL_GRADIENTCHECK_H
#define LATHE_TEST_MODEL_GRADIENTCHECK_H

#include "compiler/runner/Runner.h"
#include <cstdint>
#include <random>
#include <vector>

namespace lathe::test {

/// The gradients of a classifier of three classes are what one step of SGD with
/// learning rate 1 takes off the parameters; along random directions they must
/// agree with differences of the loss. Batches have four samples.
class GradientCheck {
public:
  explicit GradientCheck(Runner &model) : model(model) {}
  void run();

private:
  float normal(double deviation);
  void drawData();
  double loss();
  /// The gradients; afterwards the parameters are as before, and steps change
  /// them no more.
  std::vector<std::vector<float>> takeStep();
  /// The loss at `tensor` + step · direction, with the same random numbers.
  double lossAt(const Runner::Tensor &tensor, const std::vector<float> &origin,
                const std::vector<float> &direction, double step);
  void checkTensor(const Runner::Tensor &tensor,
                   const std::vector<float> &gradient);

  static constexpr int batch = 4;
  Runner &model;
  std::mt19937 random{7};
  std::vector<float> images;
  std::vector<int32_t> labels;
};

} // namespace lathe::test

#endif // LATHE_TEST_MODEL_GRADIENTCHECK_H
