//===- SameEverywhereTest.cpp - Operands without a pattern ---------------===//
//
// A kernel may compute an operand that is the same at all places: the gradient
// that comes back from a pooling of whole images, a token that every sequence
// begins with. What sums over places must still add as often as there are some.
//
//===----------------------------------------------------------------------===//

#include "test/kernels/Check.h"
#include "test/kernels/TypicalKernels.h"

using lathe::Isa;
using namespace lathe::kernels;

namespace {
using Shape = std::vector<int64_t>;

/// The kernel with its floats broadcast from tensors of one element each, or of
/// one for each sample.
KernelSpec sameEverywhere(const KernelSpec &spec) {
  KernelSpec same = spec;
  same.nodes.clear();
  auto inputs = static_cast<int>(spec.inputs.size());
  std::vector<int> numbers;
  for (int i = 0; i < inputs; ++i) {
    TensorType type = spec.inputs[static_cast<size_t>(i)];
    numbers.push_back(i);
    if (type.element != ElementType::F32 || type.shape.empty())
      continue;
    Shape one(type.shape.size(), 1);
    if (type.shape.front() == dynamicBatch)
      one.front() = dynamicBatch;
    same.inputs[static_cast<size_t>(i)] = f32(one);
    numbers.back() = inputs + static_cast<int>(same.nodes.size());
    same.nodes.push_back({"broadcast", {}, {i}, {type}});
  }
  auto added = static_cast<int>(same.nodes.size());
  auto renumber = [&](int &value) {
    value =
        value < inputs ? numbers[static_cast<size_t>(value)] : value + added;
  };
  for (Node node : spec.nodes) {
    std::for_each(node.operands.begin(), node.operands.end(), renumber);
    same.nodes.push_back(node);
  }
  std::for_each(same.results.begin(), same.results.end(), renumber);
  same.name += "_same";
  return same;
}

/// Whether a result does not follow from equal values: variances of nothing but
/// rounding, and the gradient of a largest one among equals.
bool isUndetermined(const KernelSpec &spec) {
  return std::any_of(
      spec.nodes.begin(), spec.nodes.end(), [](const Node &node) {
        auto function = node.attributes.find("function");
        return node.op.rfind("standardize", 0) == 0 ||
               (node.op == "loss_backward" &&
                function != node.attributes.end() &&
                std::get<std::string>(function->second) == "categorical_hinge");
      });
}

/// How many of the kernels can be built so.
int checkAll(const std::vector<KernelSpec> &specs) {
  int checked = 0;
  for (const KernelSpec &spec : specs) {
    if (!spec.inPlace.empty() || isUndetermined(spec))
      continue;
    KernelSpec same = sameEverywhere(spec);
    Isa isa = hostIsa();
    if (!refusal(same, defaultSchedule(same, isa), isa).empty())
      continue;
    SCOPED_TRACE(signature(same));
    check(same, {1, 5}, 2e-5);
    ++checked;
  }
  return checked;
}

TEST(SameEverywhere, Arithmetic) {
  EXPECT_GT(checkAll(typicalArithmetic()), 10);
}
TEST(SameEverywhere, Functions) { EXPECT_GT(checkAll(typicalFunctions()), 3); }
TEST(SameEverywhere, Shaping) { EXPECT_GT(checkAll(typicalShaping()), 5); }
TEST(SameEverywhere, Losses) { EXPECT_GT(checkAll(typicalLosses()), 5); }
TEST(SameEverywhere, Pictures) { EXPECT_GT(checkAll(typicalPictures()), 5); }

TEST(SameEverywhere, Resamplings) {
  EXPECT_EQ(checkAll(typicalResamplings()), 2);
}

TEST(SameEverywhere, Products) {
  std::vector<KernelSpec> specs;
  for (const Geometry &g :
       {Geometry{10, 13, 16, 32, 3, 3}, Geometry{7, 9, 5, 6, 2, 3},
        Geometry{1, 1, 24, 10, 1, 1}}) {
    for (auto [op, first, second, result] :
         {std::tuple{"conv2d", g.x(), g.w(), g.y()},
          std::tuple{"conv2d_backward_data", g.y(), g.w(), g.x()},
          std::tuple{"conv2d_backward_weights", g.x(), g.y(), g.w()}}) {
      SpecBuilder b(op);
      int x = b.input(first), y = b.input(second);
      specs.push_back(b.finish({b.op(op, {x, y}, {result}, g.attributes())}));
    }
  }
  EXPECT_GT(checkAll(specs), 5);
}
} // namespace
