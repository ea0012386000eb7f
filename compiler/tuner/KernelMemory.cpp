//===- KernelMemory.cpp - What a kernel is measured on --------------------===//
#include "compiler/tuner/KernelMemory.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

using namespace lathe;
using kernels::ElementType;

KernelMemory::Tensor KernelMemory::allocate(const kernels::TensorType &type,
                                            int64_t samples) {
  size_t elements = 1;
  for (int64_t extent : type.shape)
    elements *= size_t(extent == kernels::dynamicBatch ? samples : extent);
  size_t bytes = elements * size_t(kernels::bytesOf(type.element));
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
  for (const Tensor &tensor : outputs)
    results.emplace_back(tensor.data.get(), tensor.data.get() + tensor.bytes);
  return results;
}

template <typename Number>
static bool agreeingNumbers(const void *expectedData, const void *actualData,
                            size_t elements) {
  auto *expected = static_cast<const Number *>(expectedData),
       *actual = static_cast<const Number *>(actualData);
  double largest = 0, difference = 0;
  for (size_t i = 0; i < elements; ++i) {
    auto right = double(expected[i]), found = double(actual[i]);
    if (!std::isfinite(right) || !std::isfinite(found))
      return false;
    largest = std::max(largest, std::abs(right));
    difference = std::max(difference, std::abs(right - found));
  }
  return difference <= 1e-3 * largest;
}

/// Of two sums that are as good as equal, either may be the largest.
static bool agreeingPositions(const void *expectedData, const void *actualData,
                              size_t elements) {
  auto *expected = static_cast<const uint8_t *>(expectedData),
       *actual = static_cast<const uint8_t *>(actualData);
  size_t differing = 0;
  for (size_t i = 0; i < elements; ++i)
    differing += expected[i] != actual[i];
  return differing <= elements / 10000;
}

bool KernelMemory::agree(const Results &expected) const {
  for (size_t i = 0; i < outputs.size(); ++i) {
    auto compare = [&] {
      switch (outputs[i].element) {
      case ElementType::F32:
        return agreeingNumbers<float>;
      case ElementType::F64:
        return agreeingNumbers<double>;
      case ElementType::I32:
        return agreeingNumbers<int32_t>;
      case ElementType::I64:
        return agreeingNumbers<int64_t>;
      case ElementType::U8:
        return agreeingPositions;
      }
      return agreeingPositions;
    }();
    if (!compare(expected[i].data(), outputs[i].data.get(),
                 outputs[i].elements))
      return false;
  }
  return true;
}
