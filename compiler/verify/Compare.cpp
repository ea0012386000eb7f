//===- Compare.cpp - Whether two tensors are the same ---------------------===//
#include "compiler/verify/Compare.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>
#include <cmath>
#include <cstring>

using namespace lathe::verify;

template <typename T>
static void append(const Array &array, std::vector<double> &numbers) {
  for (size_t i = 0; i + sizeof(T) <= array.bytes.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, &array.bytes[i], sizeof(T));
    numbers.push_back(static_cast<double>(value));
  }
}

static std::vector<double> numbersOf(const Array &array) {
  std::vector<double> numbers;
  if (array.type == "float32")
    append<float>(array, numbers);
  else if (array.type == "int64")
    append<int64_t>(array, numbers);
  else if (array.type == "int32")
    append<int32_t>(array, numbers);
  else
    append<uint8_t>(array, numbers);
  return numbers;
}

std::string lathe::verify::describe(const std::vector<int64_t> &extents) {
  std::vector<std::string> parts;
  for (int64_t extent : extents)
    parts.push_back(std::to_string(extent));
  return "[" + llvm::join(parts, ",") + "]";
}

/// The index of the element with this number.
static std::vector<int64_t> indexOf(size_t number,
                                    const std::vector<int64_t> &shape) {
  std::vector<int64_t> index(shape.size());
  for (size_t d = shape.size(); d-- > 0;) {
    index[d] = int64_t(number % size_t(shape[d]));
    number /= size_t(shape[d]);
  }
  return index;
}

/// |a - b|; equal infinities and two NaNs are no difference, one of them is an
/// infinite one.
static double differenceOf(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  double difference = std::fabs(a - b);
  return std::isnan(difference) ? HUGE_VAL : difference;
}

Comparison lathe::verify::compare(const Array &ours, const Array &theirs,
                                  const Tolerance &tolerance) {
  Comparison result;
  if (ours.type != theirs.type || ours.shape != theirs.shape) {
    result.agrees = false;
    result.problem = "it is " + ours.type + describe(ours.shape) +
                     ", ONNX Runtime has " + theirs.type +
                     describe(theirs.shape);
    return result;
  }
  std::vector<double> a = numbersOf(ours), b = numbersOf(theirs);
  double scale = 1;
  for (double value : b)
    if (std::isfinite(value))
      scale = std::max(scale, std::fabs(value));
  double worst = -1;
  for (size_t i = 0; i < b.size(); ++i) {
    double size = std::isfinite(b[i]) ? std::fabs(b[i]) : 0;
    double allowed = ours.type == "float32" ? tolerance.absolute * scale +
                                                  tolerance.relative * size
                                            : 0.5;
    double difference = differenceOf(a[i], b[i]);
    if (difference / allowed <= worst)
      continue;
    worst = difference / allowed;
    result.agrees = worst <= 1;
    result.difference = difference;
    result.at = indexOf(i, ours.shape);
    result.ours = a[i];
    result.theirs = b[i];
  }
  return result;
}
