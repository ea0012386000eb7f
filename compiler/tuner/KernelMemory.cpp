//===- KernelMemory.cpp - What a kernel is measured on --------------------===//
#include "compiler/tuner/KernelMemory.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

using namespace lathe;
using kernels::ElementType;

static size_t sizeOf(ElementType element) {
  switch (element) {
  case ElementType::F64:
  case ElementType::I64:
    return 8;
  case ElementType::U8:
    return 1;
  default:
    return 4;
  }
}

KernelMemory::Tensor KernelMemory::allocate(const kernels::TensorType &type,
                                            int64_t samples) {
  size_t elements = 1;
  for (int64_t extent : type.shape)
    elements *= size_t(extent == kernels::dynamicBatch ? samples : extent);
  size_t bytes = elements * sizeOf(type.element);
  // Aligned as tensors in an artifact's memory are.
  void *data = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!data)
    throw std::bad_alloc();
  return {
      type.element, elements, bytes, {static_cast<std::byte *>(data), free}};
}

void KernelMemory::fill(Tensor &tensor, unsigned seed, bool positive) {
  std::minstd_rand random(seed);
  std::uniform_real_distribution<float> uniform(positive ? 0.1f : -1.0f, 1);
  auto write = [&](auto *elements, auto next) {
    std::generate_n(elements, tensor.elements, next);
  };
  void *data = tensor.data.get();
  switch (tensor.element) {
  case ElementType::F32:
    return write(static_cast<float *>(data), [&] { return uniform(random); });
  case ElementType::F64:
    return write(static_cast<double *>(data), [&] { return uniform(random); });
  case ElementType::U8: // positions in a window
    return write(static_cast<uint8_t *>(data), [&] { return random() & 3; });
  default: // labels, seeds, numbers of steps
    std::memset(data, 0, tensor.bytes);
  }
}

KernelMemory::KernelMemory(const kernels::KernelSpec &spec, int64_t samples)
    : spec(spec) {
  for (const kernels::TensorType &type : spec.inputs)
    inputs.push_back(allocate(type, samples));
  for (size_t i = 0; i < inputs.size(); ++i) {
    auto inPlace = std::find(spec.inPlace.begin(), spec.inPlace.end(), int(i));
    // Vectors may be variances, what is in place sums of squares.
    bool positive =
        spec.inputs[i].shape.size() < 2 || inPlace != spec.inPlace.end();
    fill(inputs[i], unsigned(i + 1), positive);
    if (inPlace == spec.inPlace.end())
      arguments.push_back(inputs[i].data.get());
  }
  std::vector<kernels::TensorType> types = spec.inputs;
  for (const kernels::Node &node : spec.nodes)
    types.insert(types.end(), node.results.begin(), node.results.end());
  for (int result : spec.results) {
    outputs.push_back(allocate(types.at(size_t(result)), samples));
    arguments.push_back(outputs.back().data.get());
  }
}

void KernelMemory::reset() {
  for (size_t i = 0; i < outputs.size(); ++i) {
    int input = i < spec.inPlace.size() ? spec.inPlace[i] : -1;
    if (input >= 0)
      std::memcpy(outputs[i].data.get(), inputs[size_t(input)].data.get(),
                  outputs[i].bytes);
    else
      std::memset(outputs[i].data.get(), 0x55, outputs[i].bytes);
  }
}

KernelMemory::Results KernelMemory::results() const {
  Results results;
  for (const Tensor &tensor : outputs) {
    std::vector<double> &numbers = results.emplace_back(tensor.elements);
    const void *data = tensor.data.get();
    auto read = [&](const auto *elements) {
      std::copy_n(elements, tensor.elements, numbers.begin());
    };
    switch (tensor.element) {
    case ElementType::F32:
      read(static_cast<const float *>(data));
      break;
    case ElementType::F64:
      read(static_cast<const double *>(data));
      break;
    case ElementType::I32:
      read(static_cast<const int32_t *>(data));
      break;
    case ElementType::I64:
      read(static_cast<const int64_t *>(data));
      break;
    case ElementType::U8:
      read(static_cast<const uint8_t *>(data));
      break;
    }
  }
  return results;
}

static bool agreeingNumbers(const std::vector<double> &expected,
                            const std::vector<double> &actual) {
  double largest = 0, difference = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!std::isfinite(expected[i]) || !std::isfinite(actual[i]))
      return false;
    largest = std::max(largest, std::abs(expected[i]));
    difference = std::max(difference, std::abs(expected[i] - actual[i]));
  }
  return difference <= 1e-3 * largest;
}

/// Of two sums that are as good as equal, either may be the largest.
static bool agreeingPositions(const std::vector<double> &expected,
                              const std::vector<double> &actual) {
  size_t differing = 0;
  for (size_t i = 0; i < expected.size(); ++i)
    differing += expected[i] != actual[i];
  return differing <= expected.size() / 10000;
}

bool KernelMemory::agree(const Results &expected, const Results &actual) const {
  for (size_t i = 0; i < outputs.size(); ++i) {
    bool positions = outputs[i].element == ElementType::U8;
    if (!(positions ? agreeingPositions : agreeingNumbers)(expected[i],
                                                           actual[i]))
      return false;
  }
  return true;
}
