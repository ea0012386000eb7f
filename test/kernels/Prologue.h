//===- Prologue.h - Images that kernels compute on the way in ---*- C++ -*-===//
#ifndef LATHE_TEST_KERNELS_PROLOGUE_H
#define LATHE_TEST_KERNELS_PROLOGUE_H

#include "test/kernels/SpecBuilder.h"

namespace lathe::kernels {

enum class Prologue { None, Normalize, NormalizeBackward, MaxPoolBackward };
inline constexpr Prologue prologues[] = {Prologue::Normalize,
                                         Prologue::NormalizeBackward,
                                         Prologue::MaxPoolBackward};

/// An image of this type: an input of its own, or computed from inputs, which
/// must all be named before the first operation.
class ComputedImage {
public:
  ComputedImage(SpecBuilder &b, const TensorType &type, Prologue prologue)
      : b(b), type(type), prologue(prologue) {
    TensorType vector = f32({type.shape[3]});
    TensorType pooled = f32({dynamicBatch, (type.shape[1] + 1) / 2,
                             (type.shape[2] + 1) / 2, type.shape[3]});
    TensorType winners = pooled;
    winners.element = ElementType::U8;
    std::map<Prologue, std::vector<TensorType>> types = {
        {Prologue::None, {type}},
        {Prologue::Normalize, {type, vector, vector, vector}},
        {Prologue::NormalizeBackward,
         {type, type, vector, vector, vector, vector}},
        {Prologue::MaxPoolBackward, {pooled, winners}}};
    for (const TensorType &input : types[prologue])
      inputs.push_back(b.input(input));
  }

  int value() {
    // Windows at an odd border reach over it.
    Attributes pool = {
        {"pool_size", list({2, 2})},
        {"strides", list({2, 2})},
        {"padding", list({0, type.shape[1] % 2, 0, type.shape[2] % 2})}};
    switch (prologue) {
    case Prologue::None:
      return inputs[0];
    case Prologue::Normalize:
      return b.op("relu", {b.op("normalize", inputs, {type})}, {type});
    case Prologue::NormalizeBackward:
      return b.op("normalize_backward", inputs, {type});
    case Prologue::MaxPoolBackward:
      return b.op("max_pool2d_backward", inputs, {type}, pool);
    }
    return -1;
  }

private:
  SpecBuilder &b;
  TensorType type;
  Prologue prologue;
  std::vector<int> inputs;
};

} // namespace lathe::kernels

#endif // LATHE_TEST_KERNELS_PROLOGUE_H
