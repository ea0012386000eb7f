//===- NaiveOps.h - ONNX's operators by their definitions -------*- C++ -*-===//
//
// What graphs of the tests are compared with: loops over elements, without
// anything of the compiler. Elements of all types are doubles, which hold the
// small numbers of the tests exactly.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_TEST_ONNX_NAIVEOPS_H
#define LATHE_TEST_ONNX_NAIVEOPS_H

#include <functional>
#include <onnx/onnx_pb.h>
#include <string>
#include <vector>

namespace lathe::test::naive {

using Type = ::onnx::TensorProto::DataType;
using Shape = std::vector<int64_t>;

struct Value {
  Type type = ::onnx::TensorProto::FLOAT;
  Shape shape;
  std::vector<double> elements;

  int64_t rank() const { return int64_t(shape.size()); }
};

int64_t count(const Shape &shape);
/// Throws std::invalid_argument where the two do not broadcast.
Shape broadcast(const Shape &a, const Shape &b);

// Elements:
Value map(const Value &x, Type type, const std::function<double(double)> &f);
Value zip(const Value &a, const Value &b, Type type,
          const std::function<double(double, double)> &f);
Value where(const Value &condition, const Value &a, const Value &b);
Value cast(const Value &x, Type type);

// Movement:
Value reshape(Value x, Shape shape);
Value expand(const Value &x, const Shape &shape);
Value transpose(const Value &x, const std::vector<int64_t> &permutation);
/// The elements with these numbers along the axis.
Value take(const Value &x, int64_t axis, const std::vector<int64_t> &numbers);
Value concatenate(const std::vector<Value> &parts, int64_t axis);
/// Zeros around it.
Value pad(const Value &x, const std::vector<int64_t> &low,
          const std::vector<int64_t> &high);

// Reductions: ONNX's name without "Reduce". What has no elements is neutral.
Value reduce(const std::string &kind, const Value &x,
             const std::vector<int64_t> &axes, bool keep);
/// The place of the largest, or of the least where the sign is -1.
Value arg(double sign, const Value &x, int64_t axis, bool keep, bool last);

} // namespace lathe::test::naive

#endif // LATHE_TEST_ONNX_NAIVEOPS_H
