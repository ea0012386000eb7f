//===- NaiveArrays.cpp - Values of naive loops as arrays of ports ---------===//
#include "test/onnx/NaiveArrays.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

using namespace lathe::conformance;
using namespace lathe::test;
using ::onnx::TensorProto;

template <typename T>
static std::vector<char> bytesOf(const std::vector<double> &elements) {
  std::vector<char> bytes;
  for (double element : elements) {
    T value = static_cast<T>(element);
    const char *raw = reinterpret_cast<const char *>(&value);
    bytes.insert(bytes.end(), raw, raw + sizeof(T));
  }
  return bytes;
}

Array naive::toArray(const Value &value) {
  switch (value.type) {
  case TensorProto::FLOAT:
    return {"", LATHE_F32, value.shape, bytesOf<float>(value.elements)};
  case TensorProto::INT64:
    return {"", LATHE_I64, value.shape, bytesOf<int64_t>(value.elements)};
  case TensorProto::INT32:
    return {"", LATHE_I32, value.shape, bytesOf<int32_t>(value.elements)};
  default:
    return {"", LATHE_U8, value.shape, bytesOf<uint8_t>(value.elements)};
  }
}

std::string naive::difference(const Array &array, const Value &value,
                              double tolerance) {
  Array wanted = toArray(value);
  if (array.dtype != wanted.dtype)
    return fmt::format("it has type {}, not {}", array.dtype, wanted.dtype);
  if (array.shape != wanted.shape)
    return fmt::format("it has shape [{}], not [{}]",
                       fmt::join(array.shape, ","),
                       fmt::join(wanted.shape, ","));
  std::vector<double> got = numbersOf(array);
  for (size_t i = 0; i < got.size(); ++i) {
    double right = value.elements[i];
    bool same = got[i] == right || (std::isnan(got[i]) && std::isnan(right)) ||
                std::fabs(got[i] - right) <=
                    tolerance * std::max(1.0, std::fabs(right));
    if (!same)
      return fmt::format("element {} is {}, not {}", i, got[i], right);
  }
  return "";
}
