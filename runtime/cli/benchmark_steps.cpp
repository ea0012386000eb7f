// benchmark_steps.cpp: see benchmark_steps.h.
#include "runtime/cli/benchmark_steps.h"

#include <algorithm>
#include <cstring>

namespace lathe {

PortMemory::PortMemory(const lathe_port *ports, int32_t count, int32_t n)
    : ports_(ports) {
  static constexpr size_t sizes[] = {4, 8, 4, 8, 1}; // by lathe_dtype
  for (int32_t i = 0; i < count; ++i) {
    size_t size = sizes[ports[i].dtype] * size_t(n);
    for (int32_t axis = 0; axis < ports[i].rank; ++axis)
      size *= size_t(ports[i].shape[axis]);
    bytes_.emplace_back(std::max<size_t>(size, 1));
    pointers_.push_back(bytes_.back().data());
  }
}

void PortMemory::fill(std::mt19937 &random) {
  for (size_t i = 0; i < bytes_.size(); ++i)
    for (size_t at = 0; at + 4 <= bytes_[i].size(); at += 4)
      if (float value = float(random() & 255); ports_[i].dtype == LATHE_F32)
        std::memcpy(&bytes_[i][at], &value, 4);
}

BenchmarkSteps::BenchmarkSteps(const lathe_model &model, int32_t n)
    : model_(model), n_(n), memory_(model, true),
      inputs_(model.input_ports, model.input_count, n),
      outputs_(model.output_ports, model.output_count, n),
      labels_(size_t(n) * size_t(model.label_size)) {
  std::mt19937 random(1);
  inputs_.fill(random);
  initialise();
  memory_.prepare();
  for (int32_t &label : labels_)
    label =
        int32_t(random() % uint32_t(model.label_size == 1 ? model.classes : 2));
}

void BenchmarkSteps::initialise() {
  check_status(model_, model_.init(memory_.params(), memory_.state(), 0),
               "initialising");
  if (model_.adapt)
    check_status(model_,
                 model_.adapt(memory_.params(), memory_.arena(),
                              static_cast<const float *>(inputs_.pointers()[0]),
                              n_),
                 "adapting");
}

bool BenchmarkSteps::train() {
  float loss;
  const auto *images = static_cast<const float *>(inputs_.pointers()[0]);
  int status =
      model_.train_step(memory_.params(), memory_.state(), memory_.arena(),
                        images, labels_.data(), n_, &loss);
  if (status == LATHE_ERROR_NOT_FINITE) {
    initialise();
    return false;
  }
  check_status(model_, status, "training");
  return true;
}

bool BenchmarkSteps::predict() {
  check_status(model_,
               model_.run_prepared(memory_.params(), memory_.prepared(),
                                   memory_.arena(), inputs_.pointers().data(),
                                   n_, outputs_.pointers().data()),
               "predicting");
  return true;
}

} // namespace lathe
