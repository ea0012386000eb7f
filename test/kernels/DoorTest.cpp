//===- DoorTest.cpp - The kernel room's door -----------------------------===//
//
// Texts, errors, bitcode, C++ and threads.
//
//===----------------------------------------------------------------------===//

#include "test/kernels/Check.h"
#include "test/kernels/CppLibrary.h"
#include "test/kernels/TypicalKernels.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <thread>

using lathe::Isa;
using namespace lathe::kernels;

namespace {
/// Kernels of every family, as the compiler forms them.
std::vector<KernelSpec> typicalKernels() {
  std::vector<KernelSpec> all;
  Geometry g{13, 13, 32, 64, 3, 3}, p{11, 11, 64, 64, 2, 2, 2, 2};
  Geometry padded{14, 14, 3, 32, 3, 3, 2, 2, 0, 1, 0, 1};
  {
    SpecBuilder b("conv_pool");
    int x = b.input(g.x()), w = b.input(g.w()), bias = b.input(f32({64}));
    int y = b.op("conv2d", {x, w}, {g.y()}, g.attributes());
    y = b.op("bias_add", {y, bias}, {g.y()});
    y = b.op("max_pool2d_argmax", {y}, {p.y(), u8(p.y().shape)},
             p.poolAttributes());
    int z = b.op("relu", {y}, {p.y()});
    all.push_back(b.finish({z, y + 1}));
  }
  for (const Geometry &shape : {g, padded}) {
    std::string suffix = std::to_string(shape.inChannels);
    SpecBuilder b("conv_forward" + suffix), c("conv_data" + suffix),
        d("conv_weights" + suffix);
    int x = b.input(shape.x()), w = b.input(shape.w());
    all.push_back(
        b.finish({b.op("conv2d", {x, w}, {shape.y()}, shape.attributes())}));
    int dy = c.input(shape.y());
    w = c.input(shape.w());
    all.push_back(c.finish({c.op("conv2d_backward_data", {dy, w}, {shape.x()},
                                 shape.attributes())}));
    x = d.input(shape.x());
    dy = d.input(shape.y());
    all.push_back(d.finish({d.op("conv2d_backward_weights", {x, dy},
                                 {shape.w()}, shape.attributes())}));
  }
  {
    SpecBuilder b("pool_backward");
    int dy = b.input(p.y()), argmax = b.input(u8(p.y().shape));
    all.push_back(b.finish({b.op("max_pool2d_backward", {dy, argmax}, {p.x()},
                                 p.poolAttributes())}));
  }
  TensorType x = f32({dynamicBatch, 576}), w = f32({576, 60}),
             y = f32({dynamicBatch, 60});
  {
    SpecBuilder b("dense_dropout"), c("dense_data"), d("dense_weights");
    int xi = b.input(x), wi = b.input(w), iteration = b.input(i64({})),
        seed = b.input(i64({}));
    int yi = b.op("dense", {xi, wi}, {y});
    all.push_back(b.finish(
        {b.op("dropout", {yi, iteration, seed}, {y}, {{"rate", 0.3}})}));
    int dy = c.input(y);
    wi = c.input(w);
    all.push_back(c.finish({c.op("dense_backward_data", {dy, wi}, {x})}));
    xi = d.input(x);
    dy = d.input(y);
    all.push_back(d.finish({d.op("dense_backward_weights", {xi, dy}, {w})}));
  }
  {
    SpecBuilder b("bias"), c("loss"), d("loss_backward"), e("correct"),
        f("softmax");
    int dy = b.input(g.y());
    all.push_back(b.finish({b.op("bias_backward", {dy}, {f32({64})})}));
    int scores = c.input(y), labels = c.input(i32({dynamicBatch}));
    int loss = c.op("softmax_cross_entropy", {scores, labels}, {f32({}), y});
    all.push_back(c.finish({loss, loss + 1}));
    scores = d.input(y);
    labels = d.input(i32({dynamicBatch}));
    all.push_back(d.finish(
        {d.op("softmax_cross_entropy_backward", {scores, labels}, {y})}));
    scores = e.input(y);
    labels = e.input(i32({dynamicBatch}));
    all.push_back(
        e.finish({e.op("count_correct", {scores, labels}, {i32({})})}));
    scores = f.input(y);
    all.push_back(f.finish({f.op("softmax", {scores}, {y})}));
  }
  {
    TensorType t = f32({40007}), s = f32({});
    SpecBuilder b("rmsprop"), c("adam"), d("increment"), e("sgd");
    int param = b.input(t), gradient = b.input(t), velocity = b.input(t),
        rate = b.input(s);
    int first =
        b.op("rmsprop_update", {param, gradient, velocity, rate}, {t, t},
             {{"rho", 0.9}, {"epsilon", 1e2}, {"momentum", 0.0}});
    all.push_back(b.finish({first, first + 1}, {param, velocity}));
    param = c.input(t), gradient = c.input(t);
    int m = c.input(t), v = c.input(t), lr = c.input(s),
        iteration = c.input(i64({}));
    // The second moment of random slots is made positive first.
    int square = c.op("relu", {v}, {t});
    first = c.op("adam_update", {param, gradient, m, square, lr, iteration},
                 {t, t, t},
                 {{"beta_1", 0.9}, {"beta_2", 0.999}, {"epsilon", 1e-3}});
    all.push_back(c.finish({first, first + 1, first + 2}, {param, m, v}));
    int number = d.input(i64({}));
    all.push_back(d.finish({d.op("increment", {number}, {i64({})})}, {number}));
    param = e.input(t), gradient = e.input(t), lr = e.input(s);
    all.push_back(
        e.finish({e.op("sgd_update", {param, gradient, lr}, {t})}, {param}));
  }
  for (auto family : {typicalArithmetic, typicalAugmentations, typicalNoises,
                      typicalPictures, typicalFunctions, typicalLosses,
                      typicalResamplings, typicalShaping, typicalUpdates})
    for (const KernelSpec &spec : family())
      all.push_back(spec);
  return all;
}

std::vector<std::byte> runJit(const KernelSpec &spec, int n) {
  std::string error;
  std::optional<JitKernel> kernel =
      JitKernel::compile(spec, defaultSchedule(spec, hostIsa()), error);
  EXPECT_TRUE(kernel) << error;
  Call call(spec, n, 11);
  kernel->run(call.pointers(), n);
  std::vector<std::byte> all;
  for (size_t i = 0; i < spec.results.size(); ++i) {
    Bytes bytes = call.resultBytes(i);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

TEST(Texts, ScheduleRoundTrip) {
  for (const KernelSpec &spec : typicalKernels()) {
    Schedule schedule = defaultSchedule(spec, Isa::X86_64_V4);
    EXPECT_EQ(parseSchedule(toString(schedule)), schedule);
  }
  EXPECT_EQ(toString(Schedule{"direct", {{"columns", 14}, {"rows", 2}}}),
            "direct{columns=14, rows=2}");
  EXPECT_EQ(parseSchedule(" rows { a = -3 } "),
            (Schedule{"rows", {{"a", -3}}}));
  EXPECT_TRUE(parseSchedule("rows{}"));
  for (const char *bad : {"", "rows", "rows{", "rows{a}", "rows{a=}",
                          "rows{a=1,}", "rows{a=1 b=2}", "rows{a=1, a=2}",
                          "rows{a=99999999999999999999}", "rows{} x", "1{}"})
    EXPECT_FALSE(parseSchedule(bad)) << bad;
}

TEST(Texts, SignatureTellsKernelsApart) {
  std::vector<KernelSpec> kernels = typicalKernels();
  std::vector<std::string> texts;
  for (KernelSpec &spec : kernels) {
    texts.push_back(signature(spec));
    spec.name = "renamed";
    EXPECT_EQ(signature(spec), texts.back());
    spec.nodes[0].attributes["extra"] = 0.5;
    EXPECT_NE(signature(spec), texts.back());
  }
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(std::unique(texts.begin(), texts.end()), texts.end());
}

TEST(Errors, AreTexts) {
  KernelSpec none;
  EXPECT_EQ(defaultSchedule(none, hostIsa()), Schedule());
  EXPECT_EQ(refusal(none, Schedule(), hostIsa()),
            "the kernel has no operation");
  KernelSpec spec = typicalKernels()[0];
  Schedule schedule = defaultSchedule(spec, hostIsa()), wrong = schedule;
  wrong.strategy = "elsewise";
  EXPECT_NE(compileToBitcode(spec, wrong, hostIsa()).error, "");
  wrong = schedule;
  wrong.parameters.erase("columns");
  EXPECT_NE(compileToBitcode(spec, wrong, hostIsa()).error.find("columns"),
            std::string::npos);
  wrong = schedule;
  wrong.parameters["columns"] = 1000;
  EXPECT_NE(compileToBitcode(spec, wrong, hostIsa()).error.find("columns=1000"),
            std::string::npos);
  spec.nodes[0].op = "conv7d";
  EXPECT_NE(compileToBitcode(spec, schedule, hostIsa()).error.find("conv7d"),
            std::string::npos);
  EXPECT_NE(compileToCpp({{spec, schedule}}, hostIsa()).error.find("conv7d"),
            std::string::npos);
}

TEST(Bitcode, EveryIsaAndFromSeveralThreads) {
  std::vector<KernelSpec> kernels = typicalKernels();
  std::vector<std::string> errors(kernels.size());
  auto work = [&](size_t first) {
    for (size_t i = first; i < kernels.size(); i += 2)
      for (Isa isa : {Isa::X86_64_V2, Isa::X86_64_V3, Isa::AArch64}) {
        CompiledKernel compiled =
            compileToBitcode(kernels[i], defaultSchedule(kernels[i], isa), isa);
        errors[i] += compiled.error;
        if (compiled.bitcode.compare(0, 2, "BC") != 0)
          errors[i] += " no bitcode";
      }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  for (size_t i = 0; i < kernels.size(); ++i)
    EXPECT_EQ(errors[i], "") << kernels[i].name;
}

std::string outputOf(const std::string &command) {
  std::string output;
  FILE *pipe = popen(command.c_str(), "r");
  char buffer[4096];
  while (size_t size = fread(buffer, 1, sizeof buffer, pipe))
    output.append(buffer, size);
  pclose(pipe);
  return output;
}

TEST(Bitcode, NeedsNothingButTheParallelLoop) {
  if (!programExists("llvm-nm-22"))
    GTEST_SKIP();
  TestFolder folder;
  for (const KernelSpec &spec : typicalKernels()) {
    std::string file = folder.path / (spec.name + ".bc");
    std::ofstream(file, std::ios::binary)
        << compileToBitcode(spec, defaultSchedule(spec, hostIsa()), hostIsa())
               .bitcode;
    std::string undefined =
        outputOf("llvm-nm-22 --undefined-only --format=just-symbols " + file);
    EXPECT_TRUE(undefined.empty() || undefined == "halide_do_par_for\n")
        << spec.name << undefined;
    std::string defined =
        outputOf("llvm-nm-22 --defined-only --format=just-symbols " + file);
    EXPECT_NE(("\n" + defined).find("\n" + spec.name + "\n"), std::string::npos)
        << defined;
  }
}

TEST(Threads, DoNotChangeResults) {
  for (const KernelSpec &spec : typicalKernels()) {
    JitKernel::setThreads(1);
    std::vector<std::byte> one = runJit(spec, 24);
    JitKernel::setThreads(5);
    EXPECT_EQ(runJit(spec, 24), one) << spec.name;
  }
  JitKernel::setThreads(0);
}

/// Halide's names count through the process.
TEST(CppText, DoesNotTellWhatCameBefore) {
  std::vector<ScheduledKernel> scheduled;
  for (const KernelSpec &spec : typicalKernels())
    scheduled.push_back({spec, defaultSchedule(spec, Isa::X86_64_V3)});
  CppKernels first = compileToCpp(scheduled, Isa::X86_64_V3),
             next = compileToCpp(scheduled, Isa::X86_64_V3);
  ASSERT_EQ(first.error, "");
  EXPECT_EQ(next.prelude, first.prelude);
  ASSERT_EQ(next.kernels.size(), first.kernels.size());
  for (size_t i = 0; i < scheduled.size(); ++i)
    EXPECT_EQ(next.kernels[i], first.kernels[i]);
}

class Cpp : public testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(Compilers, Cpp, testing::Values("g++", "clang++-22"));

TEST_P(Cpp, ComputesTheSame) {
  if (!programExists(GetParam()))
    GTEST_SKIP();
  std::vector<KernelSpec> kernels = typicalKernels();
  CppLibrary library(kernels, GetParam(), "-O3");
  ASSERT_TRUE(library);
  for (const KernelSpec &spec : kernels) {
    SCOPED_TRACE(spec.name);
    for (int n : {1, 7}) {
      Call call(spec, n, 11);
      library.run(spec, call.pointers().data(), n);
      // Of L*a*b* in integers, two levels are near enough to the book.
      bool isLab = spec.nodes.front().op == "convert_color";
      compare(spec, call, isLab ? 0.02 : 2e-5);
    }
  }
}
} // namespace
