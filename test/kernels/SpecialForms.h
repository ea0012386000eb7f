//===- SpecialForms.h - How special kernels are written ---------*- C++ -*-===//
#ifndef LATHE_TEST_KERNELS_SPECIALFORMS_H
#define LATHE_TEST_KERNELS_SPECIALFORMS_H

#include "test/kernels/SpecialKernels.h"

namespace lathe::kernels::special {

inline constexpr int64_t n = dynamicBatch;
using Types = std::vector<TensorType>;
using Kernels = std::vector<SpecialKernel>;

inline const TensorType image = f32({n, 3, 4, 21}), rows = f32({n, 7, 21}),
                        channels = f32({21}), vector = f32({87}),
                        scalar = f32({});

/// A kernel of one operation on its inputs.
inline SpecialKernel single(const std::string &op, const Types &inputs,
                            const Types &results,
                            const Attributes &attributes = {}) {
  SpecBuilder b(op);
  std::vector<int> operands, values;
  for (const TensorType &input : inputs)
    operands.push_back(b.input(input));
  int first = b.op(op, operands, results, attributes);
  for (size_t i = 0; i < results.size(); ++i)
    values.push_back(first + static_cast<int>(i));
  return {b.finish(values)};
}
inline SpecialKernel with(SpecialKernel kernel,
                          SpecialKernel::Freedom freedom) {
  kernel.freedom = freedom;
  return kernel;
}
inline SpecialKernel copy(SpecialKernel kernel) {
  kernel.signedZero = true;
  return kernel;
}

/// An elementwise operation of so many images.
inline Kernels images(const std::string &op, size_t operands,
                      const Attributes &attributes = {}) {
  return {single(op, Types(operands, image), {image}, attributes)};
}

/// Windows without padding, where every product counts.
inline const Geometry plain{5, 6, 20, 21, 3, 3};

/// The kernels of an operation.
struct Row {
  const char *op;
  Kernels (*make)();
};
/// Of what prepares and augments pictures.
std::vector<Row> pictureRows();
/// Of convolutions, pooling, resizing and batch normalisation.
std::vector<Row> imageRows();

} // namespace lathe::kernels::special

#endif // LATHE_TEST_KERNELS_SPECIALFORMS_H
