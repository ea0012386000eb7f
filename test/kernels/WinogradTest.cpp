//===- WinogradTest.cpp - 3x3 convolutions with fewer multiplications ----===//

#include "test/kernels/Check.h"
#include "test/kernels/Prologue.h"

using lathe::Isa;
using namespace lathe::kernels;

namespace {
/// What is fused behind the convolution, and before it.
struct Fused {
  bool activation = false, residual = false, pooled = false;
  Prologue before = Prologue::None;
};

/// The kernel that both sides compute, `op` and its filter aside. The filter is
/// input 0.
KernelSpec kernelOf(const Geometry &g, const Fused &fused,
                    const std::string &op, const TensorType &filter,
                    Attributes attributes, bool backward) {
  SpecBuilder b("kernel");
  TensorType result = backward ? g.x() : g.y();
  int w = b.input(filter), bias = b.input(f32({result.shape[3]})),
      other = b.input(result);
  ComputedImage x(b, backward ? g.y() : g.x(), fused.before);
  int image = x.value();
  int y = b.op(op, {image, w}, {result}, std::move(attributes));
  if (fused.activation)
    y = b.op("relu", {b.op("bias_add", {y, bias}, {result})}, {result});
  if (fused.residual)
    y = b.op("add", {y, other}, {result});
  if (!fused.pooled)
    return b.finish({y});
  Geometry p{result.shape[1],
             result.shape[2],
             result.shape[3],
             result.shape[3],
             2,
             2,
             2,
             2};
  TensorType index = p.y();
  index.element = ElementType::U8;
  y = b.op("max_pool2d_argmax", {y}, {p.y(), index}, p.poolAttributes());
  return b.finish({y});
}

KernelSpec direct(const Geometry &g, const Fused &fused, bool backward) {
  return kernelOf(g, fused, backward ? "conv2d_backward_data" : "conv2d", g.w(),
                  g.attributes(), backward);
}

TensorType frequencies(const Geometry &g, bool backward) {
  return f32({36, backward ? g.outChannels : g.inChannels,
              backward ? g.inChannels : g.outChannels});
}

KernelSpec winograd(const Geometry &g, const Fused &fused, bool backward) {
  std::vector<int64_t> padding = list({g.top, g.bottom, g.left, g.right});
  for (int64_t &side : padding)
    side = backward ? 2 - side : side;
  return kernelOf(g, fused, "winograd_conv2d", frequencies(g, backward),
                  {{"padding", padding}}, backward);
}

KernelSpec filterKernel(const Geometry &g, bool backward) {
  SpecBuilder b("filter");
  int w = b.input(g.w());
  return b.finish({b.op("winograd_filter", {w}, {frequencies(g, backward)},
                        {{"transposed", int64_t{backward}}})});
}

JitKernel compiled(const KernelSpec &spec, const Schedule &schedule) {
  std::string error;
  std::optional<JitKernel> kernel = JitKernel::compile(spec, schedule, error);
  if (!kernel)
    throw std::runtime_error(error + " in " + signature(spec));
  return std::move(*kernel);
}

/// What is computed from the transformed filter against the plain convolution
/// by naive loops, one thread against two.
void checkWinograd(const Geometry &g, const Fused &fused = {},
                   bool backward = false, const Schedule *given = nullptr) {
  KernelSpec filterSpec = filterKernel(g, backward),
             spec = winograd(g, fused, backward),
             plain = direct(g, fused, backward);
  Schedule schedule = given ? *given : defaultSchedule(spec, hostIsa());
  SCOPED_TRACE(toString(schedule) + " " + signature(spec));
  JitKernel toFrequencies =
      compiled(filterSpec, defaultSchedule(filterSpec, hostIsa()));
  JitKernel kernel = compiled(spec, schedule);
  for (int64_t n : {1, 5}) {
    Call reference(plain, n, 3), filter(filterSpec, 1, 1);
    filter.set(0, reference.inputs[0].data);
    toFrequencies.run(filter.pointers(), 1);
    Call one(spec, n, 1), two(spec, n, 1);
    for (Call *call : {&one, &two}) {
      for (size_t i = 1; i < reference.inputs.size(); ++i)
        call->set(i, reference.inputs[i].data);
      call->set(0, filter.result(0).data);
      JitKernel::setThreads(call == &one ? 1 : 2);
      kernel.run(call->pointers(), static_cast<int32_t>(n));
    }
    JitKernel::setThreads(0);
    EXPECT_EQ(one.resultBytes(0), two.resultBytes(0));
    Tensor expected = evaluate(plain, reference.inputs, n)[0],
           actual = one.result(0);
    double largest = 1e-3, worst = 0;
    for (size_t i = 0; i < expected.data.size(); ++i) {
      largest = std::max(largest, std::fabs(expected.data[i]));
      double error = std::fabs(expected.data[i] - actual.data[i]);
      worst = error <= worst ? worst : error; // NaN becomes the worst
    }
    // The bound that the documentation states.
    EXPECT_LE(worst, 2e-5 * largest) << "n=" << n;
  }
}

Geometry image(int64_t height, int64_t width, int64_t in, int64_t out,
               int64_t padding) {
  Geometry g{height, width, in, out, 3, 3};
  g.top = g.bottom = g.left = g.right = padding;
  return g;
}

TEST(Winograd, Channels) {
  for (int64_t in : {1, 3, 17, 32})
    for (int64_t out : {1, 8, 17, 48})
      checkWinograd(image(9, 10, in, out, 1));
}

TEST(Winograd, Extents) {
  for (int64_t height : {1, 4, 7, 13})
    for (int64_t width : {2, 5, 12, 37})
      checkWinograd(image(height, width, 16, 32, 1));
}

TEST(Winograd, Paddings) {
  for (int64_t padding : {0, 1, 2})
    checkWinograd(image(11, 8, 16, 16, padding));
  Geometry uneven = image(9, 9, 16, 16, 0);
  uneven.top = 2, uneven.right = 1;
  checkWinograd(uneven);
}

TEST(Winograd, GradientForTheData) {
  for (int64_t padding : {0, 1, 2})
    for (int64_t in : {3, 32})
      checkWinograd(image(10, 7, in, 20, padding), {}, true);
}

TEST(Winograd, BlocksOfChannels) {
  checkWinograd(image(14, 14, 96, 64, 1));
  Geometry g = image(8, 8, 32, 32, 1);
  Schedule schedule = defaultSchedule(winograd(g, {}, false), hostIsa());
  schedule.parameters["block"] = 8;
  checkWinograd(g, {}, false, &schedule);
}

TEST(Winograd, TilesBeyondRegisters) {
  Geometry g = image(20, 20, 16, 16, 1);
  Schedule schedule{"winograd",
                    {{"channel_vectors", 1},
                     {"columns", 4},
                     {"tiles_x", 5},
                     {"tiles_y", 2},
                     {"task_images", 1},
                     {"block", 16}}};
  checkWinograd(g, {}, false, &schedule);
}

TEST(Winograd, Epilogues) {
  checkWinograd(image(12, 12, 16, 32, 1), {true, false, false});
  checkWinograd(image(7, 9, 16, 17, 1), {true, true, false});
  checkWinograd(image(10, 10, 16, 32, 0), {false, true, false}, true);
}

TEST(Winograd, Pooling) {
  for (int64_t size : {8, 13, 15})
    checkWinograd(image(size, size + 1, 16, 32, 0), {true, false, true});
}

TEST(Winograd, GroupsOneAfterTheOther) {
  Geometry g = image(30, 32, 16, 16, 1);
  Schedule schedule{"winograd",
                    {{"channel_vectors", 1},
                     {"columns", 8},
                     {"tiles_x", 8},
                     {"tiles_y", 1},
                     {"task_images", 1},
                     {"row_groups", 8},
                     {"image_groups", 3},
                     {"block", 16}}};
  checkWinograd(g, {true, true, false}, false, &schedule);
  schedule.parameters["image_groups"] = 1;
  schedule.parameters["row_groups"] = 3;
  schedule.parameters["tiles_x"] = 5;
  schedule.parameters["columns"] = 5;
  schedule.parameters["block"] = 8;
  checkWinograd(g, {}, false, &schedule);
}

TEST(Winograd, LargeBatchesOfSmallImagesAreReadAhead) {
  Geometry g = image(32, 32, 16, 16, 1);
  KernelSpec spec = winograd(g, {}, false);
  EXPECT_EQ(defaultSchedule(spec, Isa::X86_64_V4).parameters.at("row_groups"),
            1);
  spec.batch = 64;
  Schedule schedule = defaultSchedule(spec, Isa::X86_64_V4);
  EXPECT_EQ(schedule.parameters.at("row_groups"), 8);
  // Two tasks for each of the sixteen cores that are planned for.
  EXPECT_EQ(schedule.parameters.at("image_groups"), 2);
  checkWinograd(g, {}, false, &schedule);
  std::string statement = dumpStatement(spec, schedule, Isa::X86_64_V4);
  // Both what the next image reads and where it is written, within the loop
  // over the frequencies.
  size_t loop = statement.find("s0.k, 0, 36)");
  EXPECT_LT(loop, statement.find("prefetch(input1"));
  EXPECT_LT(loop, statement.find("prefetch(out"));
  EXPECT_NE(statement.find("prefetch(out"), std::string::npos);
}

TEST(Winograd, Prologues) {
  for (Prologue before : prologues) {
    checkWinograd(image(12, 9, 16, 32, 1), {false, false, false, before});
    checkWinograd(image(10, 11, 32, 16, 0), {true, true, false, before}, true);
  }
}

TEST(Winograd, OtherPoolingIsRefused) {
  Geometry g = image(13, 13, 16, 16, 1);
  KernelSpec spec = winograd(g, {false, false, true}, false);
  spec.nodes.back().attributes["strides"] = list({1, 1});
  spec.nodes.back().results = {f32({dynamicBatch, 12, 12, 16}),
                               u8({dynamicBatch, 12, 12, 16})};
  std::string error;
  EXPECT_FALSE(
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error));
  EXPECT_NE(error.find("divide a tile"), std::string::npos) << error;
}
} // namespace
