//===- NaiveOps.cpp - ONNX's operators by their definitions ---------------===//
#include "test/onnx/NaiveOps.h"
#include <algorithm>
#include <cmath>
#include <stdexcept>

using namespace lathe::test;
using ::onnx::TensorProto;

int64_t naive::count(const Shape &shape) {
  int64_t product = 1;
  for (int64_t extent : shape)
    product *= extent;
  return product;
}

naive::Shape naive::broadcast(const Shape &a, const Shape &b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (const Shape *shape : {&a, &b})
    for (size_t i = 0; i < shape->size(); ++i) {
      int64_t own = (*shape)[shape->size() - 1 - i];
      int64_t &extent = result[result.size() - 1 - i];
      if (own != 1 && extent != 1 && own != extent)
        throw std::invalid_argument("the shapes do not broadcast");
      extent = extent == 1 ? own : extent;
    }
  return result;
}

/// Calls `visit` with each index of the shape in row-major order.
static void forIndices(const naive::Shape &shape,
                       const std::function<void(const naive::Shape &)> &visit) {
  naive::Shape index(shape.size(), 0);
  for (int64_t left = naive::count(shape); left > 0; --left) {
    visit(index);
    for (size_t d = shape.size(); d-- > 0 && ++index[d] == shape[d];)
      index[d] = 0;
  }
}

/// The element at an index of a shape that the value broadcasts to.
static double at(const naive::Value &x, const naive::Shape &index) {
  size_t missing = index.size() - x.shape.size();
  int64_t place = 0;
  for (size_t d = 0; d < x.shape.size(); ++d)
    place = place * x.shape[d] + (x.shape[d] == 1 ? 0 : index[missing + d]);
  return x.elements[size_t(place)];
}

/// A value of this shape whose elements are functions of their index.
static naive::Value
generate(naive::Type type, const naive::Shape &shape,
         const std::function<double(const naive::Shape &)> &f) {
  naive::Value result{type, shape, {}};
  forIndices(shape, [&](const naive::Shape &index) {
    result.elements.push_back(f(index));
  });
  return result;
}

//===- Elements -----------------------------------------------------------===//

naive::Value naive::map(const Value &x, Type type,
                        const std::function<double(double)> &f) {
  return generate(type, x.shape,
                  [&](const Shape &index) { return f(at(x, index)); });
}

naive::Value naive::zip(const Value &a, const Value &b, Type type,
                        const std::function<double(double, double)> &f) {
  return generate(type, broadcast(a.shape, b.shape), [&](const Shape &index) {
    return f(at(a, index), at(b, index));
  });
}

naive::Value naive::where(const Value &condition, const Value &a,
                          const Value &b) {
  Shape shape = broadcast(broadcast(condition.shape, a.shape), b.shape);
  return generate(a.type, shape, [&](const Shape &index) {
    return at(condition, index) != 0 ? at(a, index) : at(b, index);
  });
}

naive::Value naive::cast(const Value &x, Type type) {
  return map(x, type, [&](double element) {
    if (type == TensorProto::BOOL)
      return double(element != 0);
    return type == TensorProto::FLOAT ? element : std::trunc(element);
  });
}

//===- Movement -----------------------------------------------------------===//

naive::Value naive::reshape(Value x, Shape shape) {
  if (count(shape) != count(x.shape))
    throw std::invalid_argument("the shapes have different sizes");
  x.shape = std::move(shape);
  return x;
}

naive::Value naive::expand(const Value &x, const Shape &shape) {
  return generate(x.type, broadcast(x.shape, shape),
                  [&](const Shape &index) { return at(x, index); });
}

naive::Value naive::transpose(const Value &x,
                              const std::vector<int64_t> &permutation) {
  Shape shape;
  for (int64_t axis : permutation)
    shape.push_back(x.shape[size_t(axis)]);
  return generate(x.type, shape, [&](const Shape &index) {
    Shape own(index.size());
    for (size_t i = 0; i < index.size(); ++i)
      own[size_t(permutation[i])] = index[i];
    return at(x, own);
  });
}

naive::Value naive::take(const Value &x, int64_t axis,
                         const std::vector<int64_t> &numbers) {
  Shape shape = x.shape;
  shape[size_t(axis)] = int64_t(numbers.size());
  return generate(x.type, shape, [&](Shape index) {
    int64_t number = numbers[size_t(index[size_t(axis)])];
    index[size_t(axis)] = number < 0 ? number + x.shape[size_t(axis)] : number;
    return at(x, index);
  });
}

naive::Value naive::concatenate(const std::vector<Value> &parts, int64_t axis) {
  Shape shape = parts.front().shape;
  shape[size_t(axis)] = 0;
  for (const Value &part : parts)
    shape[size_t(axis)] += part.shape[size_t(axis)];
  return generate(parts.front().type, shape, [&](Shape index) {
    int64_t &place = index[size_t(axis)];
    const Value *part = parts.data();
    for (; place >= part->shape[size_t(axis)]; ++part)
      place -= part->shape[size_t(axis)];
    return at(*part, index);
  });
}

naive::Value naive::pad(const Value &x, const std::vector<int64_t> &low,
                        const std::vector<int64_t> &high) {
  Shape shape = x.shape;
  for (size_t d = 0; d < shape.size(); ++d)
    shape[d] += low[d] + high[d];
  return generate(x.type, shape, [&](Shape index) {
    for (size_t d = 0; d < index.size(); ++d) {
      index[d] -= low[d];
      if (index[d] < 0 || index[d] >= x.shape[d])
        return 0.0;
    }
    return at(x, index);
  });
}

//===- Reductions ---------------------------------------------------------===//

namespace {
struct Reduction {
  const char *kind;
  double neutral;
  double (*combine)(double sum, double x);
};
const Reduction reductions[] = {
    {"L1", 0, [](double sum, double x) { return sum + std::fabs(x); }},
    {"Max", -INFINITY, [](double sum, double x) { return std::max(sum, x); }},
    {"Mean", 0, [](double sum, double x) { return sum + x; }},
    {"Min", INFINITY, [](double sum, double x) { return std::min(sum, x); }},
    {"Prod", 1, [](double sum, double x) { return sum * x; }},
    {"Sum", 0, [](double sum, double x) { return sum + x; }},
    {"SumSquare", 0, [](double sum, double x) { return sum + x * x; }},
};
} // namespace

naive::Value naive::reduce(const std::string &kind, const Value &x,
                           const std::vector<int64_t> &axes, bool keep) {
  const Reduction *row = std::find_if(
      std::begin(reductions), std::end(reductions),
      [&](const Reduction &reduction) { return kind == reduction.kind; });
  Shape kept = x.shape, remaining;
  double number = 1; // of elements that become one
  for (int64_t axis : axes) {
    number *= double(kept[size_t(axis)]);
    kept[size_t(axis)] = 1;
  }
  for (int64_t axis = 0; axis < x.rank(); ++axis)
    if (std::find(axes.begin(), axes.end(), axis) == axes.end())
      remaining.push_back(x.shape[size_t(axis)]);
  Value result{x.type, kept,
               std::vector<double>(size_t(count(kept)), row->neutral)};
  size_t from = 0;
  forIndices(x.shape, [&](const Shape &index) {
    int64_t place = 0;
    for (size_t d = 0; d < index.size(); ++d)
      place = place * kept[d] + (kept[d] == 1 ? 0 : index[d]);
    double &sum = result.elements[size_t(place)];
    sum = row->combine(sum, x.elements[from++]);
  });
  if (kind == "Mean")
    for (double &sum : result.elements)
      sum /= number;
  result.shape = keep ? kept : remaining;
  return result;
}

naive::Value naive::arg(double sign, const Value &x, int64_t axis, bool keep,
                        bool last) {
  Shape kept = x.shape;
  kept[size_t(axis)] = 1;
  Value result = generate(TensorProto::INT64, kept, [&](Shape index) {
    double best = 0;
    int64_t place = 0;
    for (int64_t i = 0; i < x.shape[size_t(axis)]; ++i) {
      index[size_t(axis)] = i;
      double element = sign * at(x, index);
      if (i > 0 && (last ? element < best : element <= best))
        continue;
      best = element;
      place = i;
    }
    return double(place);
  });
  if (!keep)
    result.shape.erase(result.shape.begin() + axis);
  return result;
}
