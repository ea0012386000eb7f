//===- RandomGraph.cpp - Graphs of elementwise and moving operators -------===//
#include "test/onnx/RandomGraph.h"
#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

using namespace lathe::test;
using naive::Shape;
using ::onnx::TensorProto;

/// More samples than the graph's batch, so that steps have remainders.
static constexpr int64_t samples = 5, graphBatch = 3;
static constexpr naive::Type types[] = {TensorProto::FLOAT, TensorProto::INT32,
                                        TensorProto::INT64, TensorProto::BOOL};

namespace {
/// Drawn again.
struct Unsuitable : std::invalid_argument {
  Unsuitable() : std::invalid_argument("unsuitable") {}
};

void require(bool condition) {
  if (!condition)
    throw Unsuitable();
}

/// Small, and exact in float32 with room for sums of products.
bool isSuitable(const naive::Value &value) {
  double parts = value.type == TensorProto::FLOAT ? 64 : 1;
  return value.rank() <= 4 && value.elements.size() <= 256 &&
         std::all_of(value.elements.begin(), value.elements.end(),
                     [&](double x) {
                       return std::fabs(x) <= 4096 &&
                              x * parts == std::floor(x * parts);
                     });
}
} // namespace

//===- Drawing ------------------------------------------------------------===//

int64_t RandomGraph::below(int64_t bound) {
  return int64_t(random() % uint64_t(std::max<int64_t>(bound, 1)));
}

naive::Type RandomGraph::drawType() { return types[below(4)]; }

Shape RandomGraph::drawShape() {
  Shape shape;
  if (batched)
    shape.push_back(samples);
  for (int64_t left = below(batched ? 4 : 5); left > 0; --left)
    shape.push_back(1 + below(4));
  return shape;
}

naive::Value RandomGraph::draw(naive::Type type, const Shape &shape) {
  Value value{type, shape, {}};
  for (int64_t i = 0; i < naive::count(shape); ++i)
    value.elements.push_back(type == TensorProto::FLOAT ? below(13) * 0.5 - 3
                             : type == TensorProto::BOOL
                                 ? double(below(2))
                                 : double(below(8) - 3));
  return value;
}

const RandomGraph::Named &
RandomGraph::pick(std::initializer_list<naive::Type> wanted) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    // Mostly the last ones, so that chains become long.
    int64_t back = std::min<int64_t>(below(pool.size()), below(pool.size()));
    size_t i = pool.size() - 1 - size_t(back);
    if (wanted.size() && std::find(wanted.begin(), wanted.end(),
                                   pool[i].value.type) == wanted.end())
      continue;
    return pool[i];
  }
  throw Unsuitable();
}

int64_t RandomGraph::pickAxis(const Value &x) {
  require(hasAxis(x));
  return batched ? 1 + below(x.rank() - 1) : below(x.rank());
}

//===- Building -----------------------------------------------------------===//

std::string RandomGraph::constant(const Value &value) {
  ::onnx::TensorProto &tensor = *graph.model.mutable_graph()->add_initializer();
  tensor.set_name("c" + std::to_string(constants++));
  tensor.set_data_type(value.type);
  for (int64_t extent : value.shape)
    tensor.add_dims(extent);
  for (double element : value.elements)
    if (value.type == TensorProto::FLOAT)
      tensor.add_float_data(float(element));
    else if (value.type == TensorProto::INT64)
      tensor.add_int64_data(int64_t(element));
    else
      tensor.add_int32_data(int32_t(element));
  return tensor.name();
}

std::string RandomGraph::list(const std::vector<int64_t> &numbers) {
  return constant({TensorProto::INT64,
                   {int64_t(numbers.size())},
                   {numbers.begin(), numbers.end()}});
}

::onnx::NodeProto &RandomGraph::add(const std::string &kind,
                                    const std::vector<std::string> &operands,
                                    Value result) {
  require(isSuitable(result));
  for (size_t i = 0; i < pool.size(); ++i)
    if (std::find(operands.begin(), operands.end(), pool[i].name) !=
        operands.end())
      isRead[i] = true;
  std::string name = "v" + std::to_string(pool.size());
  pool.push_back({name, std::move(result)});
  isRead.push_back(false);
  return graph.node(kind, operands, name);
}

RandomGraph::Named RandomGraph::partner(const Value &x) {
  if (chance(50)) {
    const Named &other = pick({x.type});
    naive::broadcast(x.shape, other.value.shape);
    require(!batched || other.value.rank() == x.rank());
    return other;
  }
  // A constant of some of its dimensions, or of none.
  Shape shape(x.shape.begin() + below(x.rank() + 1), x.shape.end());
  for (size_t d = 0; d < shape.size(); ++d)
    if (chance(30) || (batched && int64_t(shape.size() - d) == x.rank()))
      shape[d] = 1;
  Value value = draw(x.type, shape);
  return {constant(value), value};
}

RandomGraph::RandomGraph(uint32_t seed, bool batched, int nodes)
    : graph(18), random(seed), batched(batched) {
  for (int i = 0; i < 6; ++i) {
    // The first is of floats and large enough to be reduced.
    Shape shape = drawShape();
    if (i == 0)
      shape = batched ? Shape{samples, 3, 4} : Shape{2, 3, 4};
    naive::Type type = i == 0 ? TensorProto::FLOAT : drawType();
    std::string name = "x" + std::to_string(i);
    inputs.push_back({name, draw(type, shape)});
    pool.push_back(inputs.back());
    isRead.push_back(false);
    if (batched)
      shape[0] = graphBatch;
    graph.input(name, shape, type);
  }
  while (graph.model.graph().node_size() < nodes)
    addNode();
  for (size_t i = inputs.size(); i < pool.size() && outputs.size() < 60; ++i)
    if (!isRead[i] || chance(25)) {
      outputs.push_back(pool[i]);
      graph.output(pool[i].name);
    }
}

void RandomGraph::addNode() {
  using Step = void (RandomGraph::*)();
  static constexpr Step steps[] = {
      &RandomGraph::addCast,       &RandomGraph::addCast,
      &RandomGraph::addUnary,      &RandomGraph::addArithmetic,
      &RandomGraph::addArithmetic, &RandomGraph::addComparison,
      &RandomGraph::addLogic,      &RandomGraph::addWhere,
      &RandomGraph::addReshape,    &RandomGraph::addReshape,
      &RandomGraph::addSqueeze,    &RandomGraph::addUnsqueeze,
      &RandomGraph::addTranspose,  &RandomGraph::addTranspose,
      &RandomGraph::addExpand,     &RandomGraph::addSlice,
      &RandomGraph::addGather,     &RandomGraph::addConcat,
      &RandomGraph::addPad,        &RandomGraph::addReduce,
      &RandomGraph::addReduce,     &RandomGraph::addArg};
  try {
    (this->*steps[below(std::size(steps))])();
  } catch (const std::invalid_argument &) {
  }
}

std::string RandomGraph::describe() const {
  std::string text;
  for (const ::onnx::NodeProto &node : graph.model.graph().node()) {
    text += node.output(0) + " = " + node.op_type() + "(";
    for (const std::string &input : node.input())
      text += (input == node.input(0) ? "" : ", ") + input;
    text += ")";
    for (const Named &named : pool)
      if (named.name == node.output(0)) {
        text += " " + TensorProto::DataType_Name(named.value.type) + "[";
        for (int64_t extent : named.value.shape)
          text += std::to_string(extent) + ",";
        text += "]";
      }
    text += "\n";
  }
  return text;
}

//===- Elements -----------------------------------------------------------===//

void RandomGraph::addCast() {
  Named x = pick();
  naive::Type to = drawType();
  GraphBuilder::set(add("Cast", {x.name}, naive::cast(x.value, to)), "to", to);
}

void RandomGraph::addUnary() {
  struct Row {
    const char *kind;
    double (*f)(double);
    bool integers;
  };
  static const Row rows[] = {
      {"Abs", [](double x) { return std::fabs(x); }, true},
      {"Neg", [](double x) { return -x; }, true},
      {"Sign", [](double x) { return double((x > 0) - (x < 0)); }, true},
      {"Floor", [](double x) { return std::floor(x); }, false},
      {"Ceil", [](double x) { return std::ceil(x); }, false},
      {"Relu", [](double x) { return std::max(x, 0.0); }, false},
  };
  const Row &row = rows[below(std::size(rows))];
  Named x =
      row.integers
          ? pick({TensorProto::FLOAT, TensorProto::INT32, TensorProto::INT64})
          : pick({TensorProto::FLOAT});
  add(row.kind, {x.name}, naive::map(x.value, x.value.type, row.f));
}

namespace {
struct Pair {
  const char *kind;
  double (*f)(double, double);
};
} // namespace

void RandomGraph::addArithmetic() {
  static const Pair rows[] = {
      {"Add", [](double a, double b) { return a + b; }},
      {"Sub", [](double a, double b) { return a - b; }},
      {"Mul", [](double a, double b) { return a * b; }},
      {"Max", [](double a, double b) { return std::max(a, b); }},
      {"Min", [](double a, double b) { return std::min(a, b); }},
      {"Div", [](double a, double b) { return a / b; }},
      {"Mod", [](double a, double b) { return a - std::floor(a / b) * b; }},
  };
  Named a = pick({TensorProto::FLOAT, TensorProto::INT32, TensorProto::INT64});
  const Pair &row = rows[below(std::size(rows))];
  Named b = partner(a.value);
  bool isFloat = a.value.type == TensorProto::FLOAT;
  std::string kind = row.kind;
  require(kind != "Mod" || !isFloat);
  if (kind == "Div" || kind == "Mod")
    require(std::all_of(b.value.elements.begin(), b.value.elements.end(),
                        [](double x) { return x != 0; }));
  if (chance(20))
    std::swap(a, b);
  if (kind == "Div" || kind == "Mod")
    require(std::all_of(b.value.elements.begin(), b.value.elements.end(),
                        [](double x) { return x != 0; }));
  Value result =
      naive::zip(a.value, b.value, a.value.type, [&](double x, double y) {
        double z = row.f(x, y);
        return kind == "Div" && !isFloat ? std::trunc(z) : z;
      });
  add(kind, {a.name, b.name}, result);
}

void RandomGraph::addComparison() {
  static const Pair rows[] = {
      {"Equal", [](double a, double b) { return double(a == b); }},
      {"Greater", [](double a, double b) { return double(a > b); }},
      {"GreaterOrEqual", [](double a, double b) { return double(a >= b); }},
      {"Less", [](double a, double b) { return double(a < b); }},
      {"LessOrEqual", [](double a, double b) { return double(a <= b); }},
  };
  Named a = pick();
  const Pair &row = a.value.type == TensorProto::BOOL
                        ? rows[0]
                        : rows[below(std::size(rows))];
  Named b = partner(a.value);
  if (chance(20))
    std::swap(a, b);
  add(row.kind, {a.name, b.name},
      naive::zip(a.value, b.value, TensorProto::BOOL, row.f));
}

void RandomGraph::addLogic() {
  static const Pair rows[] = {
      {"And", [](double a, double b) { return double(a != 0 && b != 0); }},
      {"Or", [](double a, double b) { return double(a != 0 || b != 0); }},
      {"Xor", [](double a, double b) { return double(a != b); }},
  };
  Named a = pick({TensorProto::BOOL});
  if (chance(25)) {
    add("Not", {a.name},
        naive::map(a.value, a.value.type, [](double x) { return 1 - x; }));
    return;
  }
  const Pair &row = rows[below(std::size(rows))];
  Named b = partner(a.value);
  add(row.kind, {a.name, b.name},
      naive::zip(a.value, b.value, TensorProto::BOOL, row.f));
}

void RandomGraph::addWhere() {
  Named condition = pick({TensorProto::BOOL});
  Named a = pick();
  require(!batched || a.value.rank() == condition.value.rank());
  naive::broadcast(condition.value.shape, a.value.shape);
  Named b = partner(a.value);
  if (chance(50))
    std::swap(a, b);
  add("Where", {condition.name, a.name, b.name},
      naive::where(condition.value, a.value, b.value));
}

//===- Movement -----------------------------------------------------------===//

void RandomGraph::addReshape() {
  Named x = pick();
  Shape sample(x.value.shape.begin() + batched, x.value.shape.end());
  int64_t left = naive::count(sample);
  require(left > 0);
  Shape shape;
  for (int64_t factor = 2; left > 1; ++factor)
    for (; left % factor == 0; left /= factor)
      shape.push_back(factor);
  std::shuffle(shape.begin(), shape.end(), random);
  while (shape.size() > 1 &&
         (int64_t(shape.size()) > 4 - batched || chance(40))) {
    shape[shape.size() - 2] *= shape.back();
    shape.pop_back();
  }
  while (int64_t(shape.size()) < 4 - batched && chance(30))
    shape.insert(shape.begin() + below(int64_t(shape.size()) + 1), 1);
  Shape written = shape;
  if (batched) {
    shape.insert(shape.begin(), samples);
    written.insert(written.begin(), chance(50) ? -1 : 0);
  }
  add("Reshape", {x.name, list(written)}, naive::reshape(x.value, shape));
}

void RandomGraph::addSqueeze() {
  Named x = pick();
  std::vector<int64_t> axes;
  Shape shape;
  for (int64_t axis = 0; axis < x.value.rank(); ++axis)
    if (x.value.shape[size_t(axis)] == 1 && !(batched && axis == 0) &&
        chance(70))
      axes.push_back(chance(30) ? axis - x.value.rank() : axis);
    else
      shape.push_back(x.value.shape[size_t(axis)]);
  require(!axes.empty());
  add("Squeeze", {x.name, list(axes)}, naive::reshape(x.value, shape));
}

void RandomGraph::addUnsqueeze() {
  Named x = pick();
  int64_t axis = batched + below(x.value.rank() + 1 - batched);
  Shape shape = x.value.shape;
  shape.insert(shape.begin() + axis, 1);
  add("Unsqueeze", {x.name, list({axis})}, naive::reshape(x.value, shape));
}

void RandomGraph::addTranspose() {
  Named x = pick();
  std::vector<int64_t> permutation(size_t(x.value.rank()));
  std::iota(permutation.begin(), permutation.end(), 0);
  std::shuffle(permutation.begin() + (batched || chance(30)
                                          ? std::min<int64_t>(1, x.value.rank())
                                          : 0),
               permutation.end(), random);
  GraphBuilder::set(
      add("Transpose", {x.name}, naive::transpose(x.value, permutation)),
      "perm", permutation);
}

void RandomGraph::addExpand() {
  Named x = pick();
  Shape shape = x.value.shape;
  for (size_t d = batched; d < shape.size(); ++d)
    if (shape[d] == 1)
      shape[d] = !batched && chance(4) ? 0 : 1 + below(3);
  if (!batched && chance(40))
    shape.insert(shape.begin(), 1 + below(3));
  Shape written = shape;
  if (batched)
    written[0] = 1;
  add("Expand", {x.name, list(written)}, naive::expand(x.value, shape));
}

void RandomGraph::addSlice() {
  Named x = pick();
  int64_t axis = pickAxis(x.value), extent = x.value.shape[size_t(axis)];
  int64_t step = chance(30) ? -1 : 1 + below(2);
  std::vector<int64_t> numbers;
  int64_t start = below(extent + 1), end = below(extent + 1);
  if (step > 0 && !(!batched && chance(6)))
    std::tie(start, end) = std::minmax({start, end});
  start = step < 0 ? std::min(start, extent - 1) : start;
  for (int64_t i = start; step > 0 ? i < end : i > end; i += step)
    numbers.push_back(i);
  require(!batched || !numbers.empty());
  require(!numbers.empty() || chance(10));
  add("Slice", {x.name, list({start}), list({end}), list({axis}), list({step})},
      naive::take(x.value, axis, numbers));
}

void RandomGraph::addGather() {
  Named x = pick();
  int64_t axis = pickAxis(x.value), extent = x.value.shape[size_t(axis)];
  require(extent > 0);
  std::vector<int64_t> numbers;
  for (int64_t left = 1 + below(3); left > 0; --left)
    numbers.push_back(below(2 * extent) - extent);
  Value result = naive::take(x.value, axis, numbers);
  std::string which = list(numbers);
  if (numbers.size() == 1 && chance(50)) { // one number, without a dimension
    result.shape.erase(result.shape.begin() + axis);
    which = constant({TensorProto::INT64, {}, {double(numbers[0])}});
  }
  GraphBuilder::set(add("Gather", {x.name, which}, result), "axis", axis);
}

void RandomGraph::addConcat() {
  Named a = pick();
  int64_t axis = pickAxis(a.value);
  Named b = pick({a.value.type});
  require(a.value.rank() == b.value.rank());
  for (int64_t d = 0; d < a.value.rank(); ++d)
    require(d == axis || a.value.shape[size_t(d)] == b.value.shape[size_t(d)]);
  GraphBuilder::set(add("Concat", {a.name, b.name},
                        naive::concatenate({a.value, b.value}, axis)),
                    "axis", chance(30) ? axis - a.value.rank() : axis);
}

void RandomGraph::addPad() {
  Named x = pick();
  int64_t axis = pickAxis(x.value);
  std::vector<int64_t> low(size_t(x.value.rank())), high(low), pads;
  low[size_t(axis)] = below(3) - 1;
  high[size_t(axis)] = below(3);
  require(x.value.shape[size_t(axis)] + low[size_t(axis)] + high[size_t(axis)] >
          0);
  pads = low;
  pads.insert(pads.end(), high.begin(), high.end());
  add("Pad", {x.name, list(pads)}, naive::pad(x.value, low, high));
}

//===- Reductions ---------------------------------------------------------===//

void RandomGraph::addReduce() {
  static constexpr const char *kinds[] = {"Sum",  "Sum",  "Max", "Min",
                                          "Prod", "Mean", "L1",  "SumSquare"};
  std::string kind = kinds[below(std::size(kinds))];
  Named x =
      kind == "Mean"
          ? pick({TensorProto::FLOAT})
          : pick({TensorProto::FLOAT, TensorProto::INT32, TensorProto::INT64});
  std::vector<int64_t> axes;
  for (int64_t axis = batched; axis < x.value.rank(); ++axis)
    if (chance(60))
      axes.push_back(axis);
  // An empty list stands for all axes.
  require(!axes.empty() || x.value.rank() == 0);
  bool keep = chance(40);
  GraphBuilder::set(add("Reduce" + kind, {x.name, list(axes)},
                        naive::reduce(kind, x.value, axes, keep)),
                    "keepdims", keep);
}

void RandomGraph::addArg() {
  Named x = pick({TensorProto::FLOAT, TensorProto::INT32, TensorProto::INT64});
  int64_t axis = pickAxis(x.value);
  require(naive::count(x.value.shape) > 0);
  bool keep = chance(50), last = chance(30), least = chance(50);
  auto &node = add(least ? "ArgMin" : "ArgMax", {x.name},
                   naive::arg(least ? -1 : 1, x.value, axis, keep, last));
  GraphBuilder::set(node, "axis", axis);
  GraphBuilder::set(node, "keepdims", keep);
  GraphBuilder::set(node, "select_last_index", last);
}
