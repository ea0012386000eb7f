// finite.cpp: see finite.h.
#include "runtime/finite.h"

#include <cmath>
#include <cstring>

namespace lathe {

namespace {

// What is neither infinite nor NaN has an exponent with a zero bit.
template <typename Bits>
bool all_finite(const void *data, int64_t size, Bits exponent) {
  const auto *bytes = static_cast<const char *>(data);
  Bits found = 0;
  for (int64_t at = 0; at < size; at += int64_t(sizeof(Bits))) {
    Bits bits;
    std::memcpy(&bits, bytes + at, sizeof(bits));
    found |= Bits((bits & exponent) == exponent);
  }
  return found == 0;
}

bool all_finite(const lathe_tensor &tensor, const void *data) {
  switch (tensor.dtype) {
  case LATHE_F32:
    return all_finite<uint32_t>(data, tensor.size, 0x7f800000u);
  case LATHE_F64:
    return all_finite<uint64_t>(data, tensor.size, uint64_t(0x7ff) << 52);
  default:
    return true;
  }
}

// A constant of the network, like the minus infinity of a mask.
bool begins_finite(const lathe_tensor &tensor) {
  return tensor.initializer == LATHE_INIT_DATA
             ? all_finite(tensor, tensor.init_data)
             : std::isfinite(tensor.init_value);
}

} // namespace

const lathe_tensor *first_not_finite(const lathe_model &model,
                                     const ModelMemory &memory) {
  for (int32_t i = 0; i < model.tensor_count; ++i) {
    const lathe_tensor &tensor = model.tensors[i];
    if (!all_finite(tensor, memory.data(tensor)) && begins_finite(tensor))
      return &tensor;
  }
  return nullptr;
}

} // namespace lathe
