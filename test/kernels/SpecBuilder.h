//===- SpecBuilder.h - Kernels written as they read -------------*- C++ -*-===//
#ifndef LATHE_TEST_KERNELS_SPECBUILDER_H
#define LATHE_TEST_KERNELS_SPECBUILDER_H

#include "compiler/kernels/Kernel.h"

namespace lathe::kernels {

using Attributes = std::map<std::string, Attribute>;

inline TensorType f32(std::vector<int64_t> shape) {
  return {ElementType::F32, std::move(shape)};
}
inline TensorType i32(std::vector<int64_t> shape) {
  return {ElementType::I32, std::move(shape)};
}
inline TensorType i64(std::vector<int64_t> shape) {
  return {ElementType::I64, std::move(shape)};
}
inline TensorType u8(std::vector<int64_t> shape) {
  return {ElementType::U8, std::move(shape)};
}
inline std::vector<int64_t> list(std::initializer_list<int64_t> values) {
  return values;
}

/// Builds a KernelSpec step by step. All inputs must be named before the first
/// operation, as the numbering of values demands.
class SpecBuilder {
public:
  explicit SpecBuilder(std::string name) { spec.name = std::move(name); }

  int input(TensorType type) {
    spec.inputs.push_back(std::move(type));
    return static_cast<int>(spec.inputs.size()) - 1;
  }
  /// Returns the number of the first result.
  int op(const std::string &name, std::vector<int> operands,
         std::vector<TensorType> results, Attributes attributes = {}) {
    int first = static_cast<int>(spec.inputs.size()) + produced;
    produced += static_cast<int>(results.size());
    spec.nodes.push_back(
        {name, std::move(attributes), std::move(operands), std::move(results)});
    return first;
  }
  KernelSpec finish(std::vector<int> results, std::vector<int> inPlace = {}) {
    spec.results = std::move(results);
    spec.inPlace = std::move(inPlace);
    return spec;
  }

  KernelSpec spec;

private:
  int produced = 0;
};

/// Geometry of a convolution or a pooling with `same`-type or explicit padding.
struct Geometry {
  int64_t height, width, inChannels, outChannels, sizeY, sizeX, strideY = 1,
                                                                strideX = 1;
  int64_t top = 0, bottom = 0, left = 0, right = 0;
  int64_t dilationY = 1, dilationX = 1, groups = 1;

  int64_t outHeight() const {
    return (height + top + bottom - (sizeY - 1) * dilationY - 1) / strideY + 1;
  }
  int64_t outWidth() const {
    return (width + left + right - (sizeX - 1) * dilationX - 1) / strideX + 1;
  }
  Attributes attributes() const {
    Attributes result = {{"strides", list({strideY, strideX})},
                         {"padding", list({top, bottom, left, right})}};
    if (dilationY != 1 || dilationX != 1)
      result["dilations"] = list({dilationY, dilationX});
    if (groups != 1)
      result["groups"] = groups;
    return result;
  }
  Attributes poolAttributes() const {
    Attributes result = attributes();
    result["pool_size"] = list({sizeY, sizeX});
    return result;
  }
  TensorType x() const {
    return f32({dynamicBatch, height, width, inChannels});
  }
  TensorType w() const {
    return f32({sizeY, sizeX, inChannels / groups, outChannels});
  }
  TensorType y() const {
    return f32({dynamicBatch, outHeight(), outWidth(), outChannels});
  }
};

/// The gradient of the weights for each slice of the batch.
inline KernelSpec slicedWeights(const Geometry &g, int64_t slices) {
  SpecBuilder b("backward_weights");
  int x = b.input(g.x()), dy = b.input(g.y());
  Attributes attributes = g.attributes();
  attributes["slices"] = slices;
  TensorType apart = g.w();
  apart.shape.insert(apart.shape.begin(), slices);
  return b.finish(
      {b.op("conv2d_backward_weights", {x, dy}, {apart}, attributes)});
}

} // namespace lathe::kernels

#endif // LATHE_TEST_KERNELS_SPECBUILDER_H
