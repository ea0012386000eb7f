//===- Model.h - A model description, compiled and run here -----*- C++ -*-===//
#ifndef LATHE_TEST_MODEL_MODEL_H
#define LATHE_TEST_MODEL_MODEL_H

#include "compiler/runner/Runner.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lathe::test {

enum class Steps { Predict, All };

/// The description's text as a model that runs in this process; null, with
/// everything that the compiler said, when it does not compile. With
/// Steps::Predict, the network may end with anything.
std::unique_ptr<Runner> compileModel(const std::string &yaml, Steps steps,
                                     std::string &errors);

/// The ONNX graph of the file, trained by the recipe's text.
std::unique_ptr<Runner> compileGraph(const std::string &path,
                                     const std::string &recipe,
                                     std::string &errors);

/// Scores of `n` samples; `scores` has the model's result for each.
std::vector<float> predict(Runner &model, std::vector<float> images, int n);

/// Mean loss of `n` samples, without and with a training step.
double evaluate(Runner &model, std::vector<float> images,
                std::vector<int32_t> labels, int n);
double trainStep(Runner &model, std::vector<float> images,
                 std::vector<int32_t> labels, int n);

} // namespace lathe::test

#endif // LATHE_TEST_MODEL_MODEL_H
