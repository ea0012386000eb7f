//===- SpecialValuesTest.cpp - NaN, infinities, zeros, subnormals --------===//
//
// What every operation makes of them, against the plain formulas in double.
// Every operation and function of the kernel room's tables has its row in
// SpecialKernels.cpp.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/FunctionNames.h"
#include "test/kernels/CppLibrary.h"
#include "test/kernels/Executor.h"
#include "test/kernels/SpecialKernels.h"

#include <algorithm>
#include <set>

using namespace lathe::kernels;

namespace {
constexpr int64_t n = 3;

struct Special {
  const char *name;
  double value;
};
const Special specials[] = {{"NaN", NAN},
                            {"infinity", INFINITY},
                            {"-infinity", -INFINITY},
                            {"-0", -0.0},
                            {"a subnormal", 1e-40}};

/// Winograd's algorithm sums other elements than the convolution does. What is
/// rounded to bytes by another way is in PicturesTest.cpp.
const std::set<std::string> elsewhere = {"convert_color", "winograd_conv2d",
                                         "winograd_filter"};

std::vector<SpecialKernel> allKernels() {
  std::vector<SpecialKernel> all = fusedSpecialKernels();
  for (const std::string &op : knownOps())
    for (const SpecialKernel &kernel : specialKernels(op))
      all.push_back(kernel);
  return all;
}

TEST(SpecialValues, EveryOperationHasItsRow) {
  for (const std::string &op : knownOps()) {
    std::vector<SpecialKernel> kernels = specialKernels(op);
    EXPECT_NE(kernels.empty(), elsewhere.count(op) == 0) << op;
    std::set<std::string> functions;
    for (const SpecialKernel &kernel : kernels)
      for (const char *name : {"function", "predicate"})
        if (auto it = kernel.spec.nodes[0].attributes.find(name);
            it != kernel.spec.nodes[0].attributes.end())
          functions.insert(std::get<std::string>(it->second));
    for (const std::string &function : knownFunctions(op))
      EXPECT_TRUE(functions.count(function)) << op << " " << function;
  }
}

bool isFloat(const TensorType &type) {
  return type.element == ElementType::F32;
}

/// A few elements of an input become special.
Call callWith(const SpecialKernel &kernel, size_t input, double value) {
  Call call(kernel.spec, n, 7);
  if (!kernel.drawn.empty()) {
    std::vector<double> drawn;
    for (int64_t i = 0; i < n; ++i)
      drawn.insert(drawn.end(), kernel.drawn.begin(), kernel.drawn.end());
    call.set(kernel.drawnInput, drawn);
  }
  std::vector<double> data = call.inputs[input].data;
  for (size_t at : {size_t{0}, data.size() / 2, data.size() - 1})
    data[at] = value;
  call.set(input, data);
  return call;
}

class Comparison {
public:
  Comparison(const SpecialKernel &kernel, const Special &special, size_t input,
             Call &call)
      : kernel(kernel), special(special), input(input), call(call) {}

  void run() {
    expected = evaluate(kernel.spec, call.inputs, n);
    for (size_t i = 0; i < expected.size(); ++i)
      compareResult(i, call.result(i));
  }

private:
  const SpecialKernel &kernel;
  const Special &special;
  size_t input;
  Call &call;

  std::vector<Tensor> expected;

  bool isOpen(size_t result, size_t k) const {
    const Node &first = kernel.spec.nodes.front(),
               &last = kernel.spec.nodes.back();
    // Which of a window's positions NaN has.
    if (last.op.rfind("max_pool2d", 0) == 0 && result == 1)
      return std::isnan(expected[0].data[k]);
    // The reference takes gradients from differences. In special rows, NaN has
    // to be where NaN was.
    if (first.op != "loss_backward" || input != 0)
      return false;
    size_t classes = static_cast<size_t>(call.inputs[0].shape[1]),
           row = k / classes * classes;
    for (size_t c = 0; c < classes; ++c) {
      double x = call.inputs[0].data[row + c];
      if (!std::isfinite(x) || std::fabs(x) < 1e-30)
        return !std::isnan(call.inputs[0].data[k]);
    }
    return false;
  }

  bool isRight(double expected, double actual, double scale) const {
    if (std::isnan(expected) != std::isnan(actual)) {
      bool ofInfinity =
          kernel.freedom != SpecialKernel::None && std::isinf(special.value);
      return ofInfinity ||
             (kernel.freedom == SpecialKernel::OfAll && std::isnan(actual));
    }
    if (std::isnan(expected))
      return true;
    if (kernel.signedZero && std::signbit(expected) != std::signbit(actual))
      return false;
    // Rounding to float may overflow.
    double rounded = static_cast<float>(expected);
    return actual == rounded || std::fabs(actual - expected) <= 1e-4 * scale;
  }

  void compareResult(size_t i, const Tensor &actual) {
    const std::vector<double> &right = expected[i].data;
    double scale = 1e-3;
    for (double value : right)
      if (std::isfinite(value) && std::fabs(value) < 1e30)
        scale = std::max(scale, std::fabs(value));
    size_t wrong = 0;
    for (size_t k = 0; k < actual.data.size(); ++k)
      if (!isOpen(i, k) && !isRight(right[k], actual.data[k], scale) &&
          ++wrong < 4)
        ADD_FAILURE() << special.name << " in input " << input << ": result "
                      << i << " element " << k << " is " << actual.data[k]
                      << " instead of " << right[k] << ", "
                      << signature(kernel.spec);
  }
};

/// A kernel's calls, one for every special value in every input of floats.
class Calls {
public:
  explicit Calls(const SpecialKernel &kernel) : kernel(kernel) {
    for (size_t input = 0; input < kernel.spec.inputs.size(); ++input) {
      if (!isFloat(kernel.spec.inputs[input]) ||
          (input == kernel.drawnInput && !kernel.drawn.empty()))
        continue;
      for (const Special &special : specials)
        if (takes(special)) {
          calls.push_back(callWith(kernel, input, special.value));
          places.emplace_back(&special, input);
        }
    }
  }

  std::vector<Call> calls;

  void compare() {
    for (size_t i = 0; i < calls.size(); ++i)
      Comparison(kernel, *places[i].first, places[i].second, calls[i]).run();
  }

private:
  bool takes(const Special &special) const {
    float value = static_cast<float>(special.value);
    return (std::isfinite(value) || !kernel.finite) &&
           (std::fpclassify(value) != FP_SUBNORMAL || kernel.subnormals);
  }

  const SpecialKernel &kernel;
  std::vector<std::pair<const Special *, size_t>> places;
};

TEST(SpecialValues, GoThroughEveryOperation) {
  for (const SpecialKernel &kernel : allKernels()) {
    Calls calls(kernel);
    if (calls.calls.empty() || !executor().takesNext())
      continue;
    std::string error = executor().run(
        kernel.spec, defaultSchedule(kernel.spec, executor().isa()),
        calls.calls);
    EXPECT_EQ(error, "") << signature(kernel.spec);
    if (error.empty())
      calls.compare();
  }
}

TEST(SpecialValues, GoThroughTheCppForm) {
  std::vector<SpecialKernel> kernels = allKernels();
  std::vector<KernelSpec> specs;
  for (const SpecialKernel &kernel : kernels)
    specs.push_back(kernel.spec);
  CppLibrary library(specs, "g++", "-O1");
  ASSERT_TRUE(library);
  for (const SpecialKernel &kernel : kernels) {
    Calls calls(kernel);
    for (Call &call : calls.calls)
      library.run(kernel.spec, call.pointers().data(), static_cast<int>(n));
    calls.compare();
  }
}
} // namespace
