//===- GradientCheck.cpp - Gradients against finite differences -----------===//
#include "test/model/GradientCheck.h"
#include "test/model/Model.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace lathe;
using namespace lathe::test;

void GradientCheck::run() {
  drawData();
  std::vector<std::vector<float>> gradients = takeStep();
  size_t number = 0;
  for (const Runner::Tensor &tensor : model.tensors())
    if (tensor.trainable)
      checkTensor(tensor, gradients[number++]);
}

float GradientCheck::normal(double deviation) {
  return static_cast<float>(
      std::normal_distribution<double>(0, deviation)(random));
}

void GradientCheck::drawData() {
  images.resize(model.argumentElements("train_step", 0, batch));
  for (float &pixel : images)
    pixel = normal(1);
  for (int32_t i = 0; i < batch; ++i)
    labels.push_back(i % 3);
  for (const Runner::Tensor &tensor : model.tensors())
    if (tensor.isParameter)
      for (float &value : tensor.floats())
        value = tensor.name.find("variance") != std::string::npos
                    ? 1 + std::fabs(normal(0.1))
                    : value + normal(0.4);
}

double GradientCheck::loss() { return trainStep(model, images, labels, batch); }

std::vector<std::vector<float>> GradientCheck::takeStep() {
  std::vector<std::vector<float>> before, gradients;
  for (const Runner::Tensor &tensor : model.tensors())
    if (tensor.isParameter)
      before.emplace_back(tensor.floats().begin(), tensor.floats().end());
  loss();
  size_t number = 0;
  for (const Runner::Tensor &tensor : model.tensors()) {
    if (!tensor.isParameter)
      continue;
    std::vector<float> &old = before[number++];
    if (tensor.trainable) {
      std::vector<float> &gradient = gradients.emplace_back();
      for (size_t i = 0; i < old.size(); ++i)
        gradient.push_back(old[i] - tensor.floats()[i]);
    }
    std::copy(old.begin(), old.end(), tensor.floats().begin());
  }
  *static_cast<float *>(model.find("optimizer/learning_rate")->data) = 0;
  return gradients;
}

double GradientCheck::lossAt(const Runner::Tensor &tensor,
                             const std::vector<float> &origin,
                             const std::vector<float> &direction, double step) {
  for (size_t i = 0; i < origin.size(); ++i)
    tensor.floats()[i] = static_cast<float>(origin[i] + step * direction[i]);
  *static_cast<int64_t *>(model.find("optimizer/iteration")->data) = 0;
  double result = loss();
  std::copy(origin.begin(), origin.end(), tensor.floats().begin());
  return result;
}

void GradientCheck::checkTensor(const Runner::Tensor &tensor,
                                const std::vector<float> &gradient) {
  std::vector<float> origin(tensor.floats().begin(), tensor.floats().end());
  double size = 0;
  for (float g : gradient)
    size += double(g) * g;
  size = std::sqrt(size);
  for (int trial = 0; trial < 3; ++trial) {
    // Partly along the gradient, so that there is something to measure.
    std::vector<float> direction(origin.size());
    double length = 0;
    for (size_t i = 0; i < direction.size(); ++i) {
      direction[i] = normal(1) / std::sqrt(float(direction.size())) +
                     (size > 0 ? gradient[i] / float(size) : 0);
      length += double(direction[i]) * direction[i];
    }
    double expected = 0;
    for (size_t i = 0; i < direction.size(); ++i) {
      direction[i] /= static_cast<float>(std::sqrt(length));
      expected += double(direction[i]) * gradient[i];
    }
    auto difference = [&](double step) {
      return (lossAt(tensor, origin, direction, step) -
              lossAt(tensor, origin, direction, -step)) /
             (2 * step);
    };
    // The error of both is of the second order in the step.
    double step = 2e-3;
    double found = (4 * difference(step / 2) - difference(step)) / 3;
    // The loss is a float: a unit in the last place of one of the four makes
    // 1.6e-4 of 1 to 2.
    EXPECT_NEAR(found, expected, 1e-2 * size + 6e-4)
        << tensor.name << ", trial " << trial;
  }
}
