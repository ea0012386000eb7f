//===- FunctionsTest.cpp - Functions of any elements, along any axis -----===//

#include "test/kernels/Check.h"
#include "test/kernels/TypicalKernels.h"

using namespace lathe::kernels;

namespace lathe::kernels {

std::vector<KernelSpec> typicalFunctions() {
  std::vector<KernelSpec> all;
  TensorType t = f32({dynamicBatch, 14, 20}), truths = u8(t.shape);
  {
    SpecBuilder b("functions");
    int x = b.input(t), y = b.input(t);
    int m = b.op("math", {x}, {t}, {{"function", std::string("floor")}});
    int d = b.op("combine", {m, y}, {t}, {{"function", std::string("divide")}});
    int c =
        b.op("compare", {x, y}, {truths}, {{"predicate", std::string("gt")}});
    int s = b.op("select", {c, d, y}, {t});
    all.push_back(b.finish({b.op("cast", {s}, {i64(t.shape)})}));
  }
  {
    SpecBuilder b("axis_reduction"), c("axis_place"), d("picking");
    TensorType reduced = f32({dynamicBatch, 20});
    int x = b.input(t);
    all.push_back(b.finish({b.op("axis_reduce", {x}, {reduced},
                                 {{"function", std::string("sum")}})}));
    x = c.input(t);
    all.push_back(c.finish(
        {c.op("axis_arg", {x}, {i64(reduced.shape)},
              {{"function", std::string("maximum")}, {"last", int64_t{0}}})}));
    x = d.input(t);
    int numbers = d.input(i64({5}));
    all.push_back(
        d.finish({d.op("gather", {x, numbers}, {f32({dynamicBatch, 5, 20})})}));
  }
  return all;
}

} // namespace lathe::kernels

namespace {
/// The results of a kernel for given inputs against the reference.
void checkWith(const KernelSpec &spec, int64_t n,
               const std::vector<std::vector<double>> &inputs,
               double tolerance = 2e-5) {
  std::string error;
  std::optional<JitKernel> kernel =
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
  ASSERT_TRUE(kernel) << spec.name << ": " << error;
  Call call(spec, n, 1);
  for (size_t i = 0; i < inputs.size(); ++i)
    call.set(i, inputs[i]);
  kernel->run(call.pointers(), static_cast<int32_t>(n));
  compare(spec, call, tolerance);
}

/// 0, ±1/2, ±1, ±3/2, ...: halves, signs and zeros.
std::vector<double> halves(size_t count) {
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i)
    values.push_back((i % 2 ? -0.5 : 0.5) * static_cast<double>((i + 1) / 2));
  return values;
}

TensorType of(ElementType element, std::vector<int64_t> shape) {
  return {element, std::move(shape)};
}

KernelSpec unary(const std::string &function, ElementType element,
                 int64_t size) {
  SpecBuilder b("math");
  TensorType t = of(element, {dynamicBatch, size});
  int x = b.input(t);
  return b.finish({b.op("math", {x}, {t}, {{"function", function}})});
}

TEST(Math, FloatsIntegersTruths) {
  for (int64_t size : {1, 17, 64}) {
    for (std::string f : {"abs", "ceil", "cos", "erf", "floor", "negate",
                          "round", "sign", "sin"})
      checkWith(unary(f, ElementType::F32, size), 3, {halves(3 * size)});
    for (std::string f : {"log", "reciprocal", "sqrt"}) {
      std::vector<double> positive = halves(3 * size);
      for (double &value : positive)
        value = std::abs(value) + 0.25;
      checkWith(unary(f, ElementType::F32, size), 3, {positive});
    }
    std::vector<double> integers, truths;
    for (int64_t i = 0; i < 3 * size; ++i) {
      integers.push_back(static_cast<double>((i - size) * 1000000));
      truths.push_back(static_cast<double>(i % 2));
    }
    for (std::string f : {"abs", "negate", "sign"})
      for (ElementType element : {ElementType::I32, ElementType::I64})
        checkWith(unary(f, element, size), 3, {integers}, 0);
    checkWith(unary("not", ElementType::U8, size), 3, {truths}, 0);
  }
}

TEST(Math, ErrorFunctionNearZero) {
  std::vector<double> small;
  for (int i = -32; i < 32; ++i)
    small.push_back(i / 100.0);
  checkWith(unary("erf", ElementType::F32, 64), 1, {small}, 1e-6);
}

TEST(Math, RefusesOtherElements) {
  std::string error;
  KernelSpec spec = unary("sqrt", ElementType::I64, 8);
  EXPECT_FALSE(JitKernel::compile(spec, {"elementwise", {}}, error));
  EXPECT_NE(error.find("sqrt"), std::string::npos) << error;
}

KernelSpec binary(const std::string &op, const char *attribute,
                  const std::string &function, ElementType a, ElementType b,
                  ElementType result, int64_t columns, bool broadcast) {
  SpecBuilder s(op);
  TensorType left = of(a, {dynamicBatch, 5, columns});
  int x = s.input(left);
  int y =
      s.input(of(b, broadcast ? std::vector<int64_t>{columns} : left.shape));
  return s.finish(
      {s.op(op, {x, y}, {of(result, left.shape)}, {{attribute, function}})});
}

TEST(Combine, AndCompare) {
  for (int64_t columns : {1, 17, 32})
    for (bool broadcast : {false, true}) {
      size_t count = 2 * 5 * columns, other = broadcast ? columns : count;
      std::vector<double> a = halves(count), b, small;
      for (size_t i = 0; i < other; ++i) {
        b.push_back(static_cast<double>(static_cast<int64_t>(i % 7) - 3));
        small.push_back(b.back() == 0 ? 4 : b.back());
      }
      std::vector<double> whole;
      for (size_t i = 0; i < count; ++i)
        whole.push_back(static_cast<double>(static_cast<int64_t>(i) % 23 - 11));
      for (ElementType e :
           {ElementType::F32, ElementType::I32, ElementType::I64}) {
        const std::vector<double> &left = e == ElementType::F32 ? a : whole;
        for (std::string f : {"divide", "remainder"})
          checkWith(
              binary("combine", "function", f, e, e, e, columns, broadcast), 2,
              {left, small});
        for (std::string p : {"eq", "ne", "ge", "gt", "le", "lt"})
          checkWith(binary("compare", "predicate", p, e, e, ElementType::U8,
                           columns, broadcast),
                    2, {left, b}, 0);
      }
      std::vector<double> truthsA, truthsB;
      for (size_t i = 0; i < count; ++i)
        truthsA.push_back(static_cast<double>(i % 2));
      for (size_t i = 0; i < other; ++i)
        truthsB.push_back(static_cast<double>(i / 2 % 2));
      for (std::string f : {"and", "or", "xor"})
        checkWith(binary("combine", "function", f, ElementType::U8,
                         ElementType::U8, ElementType::U8, columns, broadcast),
                  2, {truthsA, truthsB}, 0);
    }
}

TEST(Combine, Powers) {
  std::vector<double> bases = {2, -2, 3, 1, -1, 0, 7, -3, 10, -1},
                      exponents = {10, 5, 0, 63, 7, 3, -1, 3, 9, 64};
  for (ElementType e : {ElementType::I32, ElementType::I64})
    checkWith(binary("combine", "function", "power", e, e, e, 1, false), 2,
              {bases, exponents}, 0);
  for (ElementType e : {ElementType::F32, ElementType::I32}) {
    std::vector<double> fractions = {2, 0.5, 3, -1.5, 9, 0.25, 7, -3, 1.5, 4};
    checkWith(binary("combine", "function", "power", ElementType::F32, e,
                     ElementType::F32, 1, false),
              2, {fractions, {2, 3, 2, 3, -1, 1, 0, 3, 2, 5}});
  }
  checkWith(
      binary("combine", "function", "power", ElementType::I64, ElementType::F32,
             ElementType::I64, 1, false),
      2,
      {{1, 2, 3, 4, 9, 16, 2, 5, 1, 0}, {4, 5, 6, 0.5, 0.5, 0.5, 3, 2, 9, 1}},
      0);
}

TEST(Select, AndCast) {
  for (int64_t columns : {1, 17, 32}) {
    SpecBuilder b("select");
    TensorType t = f32({dynamicBatch, columns});
    int c = b.input(u8(t.shape)), x = b.input(t), y = b.input(f32({}));
    KernelSpec spec = b.finish({b.op("select", {c, x, y}, {t})});
    std::vector<double> truths;
    for (int64_t i = 0; i < 3 * columns; ++i)
      truths.push_back(static_cast<double>(i % 2));
    checkWith(spec, 3, {truths, halves(3 * columns), {7}}, 0);
    std::vector<double> whole;
    for (int64_t i = 0; i < 3 * columns; ++i)
      whole.push_back(static_cast<double>(i % 7 - 3));
    for (ElementType from : {ElementType::F32, ElementType::I32,
                             ElementType::I64, ElementType::U8})
      for (ElementType to : {ElementType::F32, ElementType::I32,
                             ElementType::I64, ElementType::U8}) {
        SpecBuilder d("cast");
        int z = d.input(of(from, t.shape));
        checkWith(d.finish({d.op("cast", {z}, {of(to, t.shape)})}), 3,
                  {from == ElementType::U8    ? truths
                   : from == ElementType::F32 ? halves(3 * columns)
                                              : whole},
                  0);
      }
  }
}

KernelSpec alongAxis(const std::string &op, const std::string &function,
                     ElementType element, int64_t outer, int64_t extent,
                     int64_t inner, bool last = false) {
  SpecBuilder b(op);
  int x = b.input(of(element, {outer, extent, inner}));
  Attributes attributes = {{"function", function}};
  if (op == "axis_arg")
    attributes["last"] = int64_t{last};
  TensorType result =
      of(op == "axis_arg" ? ElementType::I64 : element, {outer, inner});
  return b.finish({b.op(op, {x}, {result}, attributes)});
}

TEST(Axis, Reduce) {
  for (int64_t extent : {1, 2, 9, 100})
    for (int64_t inner : {1, 3, 16, 77})
      for (int64_t outer : {dynamicBatch, int64_t{5}})
        for (std::string f : {"sum", "product", "maximum", "minimum"}) {
          check(alongAxis("axis_reduce", f, ElementType::F32, outer, extent,
                          inner),
                {1, 3});
        }
  for (std::string f : {"sum", "maximum", "minimum"})
    for (ElementType element : {ElementType::I32, ElementType::I64})
      check(alongAxis("axis_reduce", f, element, 3, 7, 18), {1}, 0);
}

TEST(Axis, Places) {
  for (int64_t extent : {1, 2, 9})
    for (int64_t inner : {1, 3, 77})
      for (std::string f : {"maximum", "minimum"})
        for (bool last : {false, true}) {
          KernelSpec spec = alongAxis("axis_arg", f, ElementType::F32,
                                      dynamicBatch, extent, inner, last);
          check(spec, {1, 3}, 0);
          // Equal elements.
          std::vector<double> few;
          for (int64_t i = 0; i < 2 * extent * inner; ++i)
            few.push_back(static_cast<double>(i * i % 3));
          checkWith(spec, 2, {few}, 0);
        }
}

TEST(Gather, NumbersFromBothEnds) {
  for (ElementType element :
       {ElementType::F32, ElementType::I64, ElementType::U8})
    for (int64_t inner : {1, 3, 20}) {
      SpecBuilder b("gather");
      int x = b.input(of(element, {dynamicBatch, 6, inner}));
      int numbers = b.input(i64({7}));
      KernelSpec spec = b.finish({b.op(
          "gather", {x, numbers}, {of(element, {dynamicBatch, 7, inner})})});
      std::vector<double> values;
      for (int64_t i = 0; i < 2 * 6 * inner; ++i)
        values.push_back(static_cast<double>(i % 200));
      // Two of them are outside.
      checkWith(spec, 2, {values, {5, 0, -1, -6, 2, 9, -9}}, 0);
    }
}

TEST(Functions, ThreadsDoNotChangeResults) {
  checkThreads(
      alongAxis("axis_reduce", "sum", ElementType::F32, dynamicBatch, 300, 200),
      7);
  checkThreads(unary("erf", ElementType::F32, 5000), 7);
}

TEST(Rank, UpToSix) {
  SpecBuilder b("transpose");
  int x = b.input(f32({1, 2, 3, 4, 5, 6}));
  check(b.finish({b.op("transpose", {x}, {f32({1, 6, 2, 4, 3, 5})},
                       {{"permutation", list({0, 5, 1, 3, 2, 4})}})}),
        {1});
  SpecBuilder c("transpose");
  x = c.input(f32({dynamicBatch, 3, 4, 5, 6}));
  check(c.finish({c.op("transpose", {x}, {f32({dynamicBatch, 5, 3, 4, 6})},
                       {{"permutation", list({0, 3, 1, 2, 4})}})}),
        {1, 3});
}
} // namespace
