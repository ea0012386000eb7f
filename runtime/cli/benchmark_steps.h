// benchmark_steps.h: the steps that NAME benchmark times, on noise.
#pragma once

#include "runtime/artifact.h"
#include "runtime/model_memory.h"

#include <random>
#include <vector>

namespace lathe {

// n samples of each input, or of each output.
class PortMemory {
public:
  PortMemory(const lathe_port *ports, int32_t count, int32_t n);
  // Of bytes; inputs of another type than float stay 0.
  void fill(std::mt19937 &random);
  const std::vector<void *> &pointers() const { return pointers_; }

private:
  const lathe_port *ports_;
  std::vector<std::vector<char>> bytes_;
  std::vector<void *> pointers_;
};

class BenchmarkSteps {
public:
  // Steps on n samples; initialises the model.
  BenchmarkSteps(const lathe_model &model, int32_t n);

  // False where the step met values that are not finite, and ended early: noise
  // may not be learnable. The model is then initialised again.
  bool train();
  bool predict();
  // Calls of each kernel of a prediction.
  int32_t predict_parts() const { return (n_ - 1) / model_.predict_batch + 1; }

private:
  void initialise();

  const lathe_model &model_;
  int32_t n_;
  ModelMemory memory_;
  PortMemory inputs_, outputs_;
  std::vector<int32_t> labels_;
};

} // namespace lathe
