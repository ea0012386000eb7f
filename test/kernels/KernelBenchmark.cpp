//===- KernelBenchmark.cpp - How fast the kernels are --------------------===//
//
// Prints milliseconds and GFLOP/s (or GB/s) of typical kernels with their
// default schedules, or one kernel with a given schedule:
//   lathe_kernel_bench [NAME-PART [SCHEDULE]]    HL_NUM_THREADS sets the
//   threads
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Kernel.h"
#include "test/kernels/SpecBuilder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace lathe::kernels;

namespace {
struct Case {
  KernelSpec spec;
  int n;
  double gigaflop; ///< per call; 0 shows GB/s
};

struct Free {
  void operator()(void *p) const { std::free(p); }
};

size_t bytesOf(const TensorType &type, int n) {
  static constexpr size_t sizes[] = {4, 8, 4, 8, 1};
  size_t bytes = sizes[static_cast<int>(type.element)];
  for (int64_t size : type.shape)
    bytes *= size == dynamicBatch ? n : size;
  return bytes;
}

double convFlop(const Geometry &g, int n) {
  return 2e-9 *
         static_cast<double>(n * g.outHeight() * g.outWidth() * g.outChannels *
                             g.sizeY * g.sizeX * g.inChannels);
}

Case forward(const std::string &name, const Geometry &g, int n, bool pool) {
  SpecBuilder b(name);
  int x = b.input(g.x()), w = b.input(g.w()),
      bias = b.input(f32({g.outChannels}));
  int y = b.op("conv2d", {x, w}, {g.y()}, g.attributes());
  y = b.op("bias_add", {y, bias}, {g.y()});
  y = b.op("relu", {y}, {g.y()});
  if (!pool)
    return {b.finish({y}), n, convFlop(g, n)};
  Geometry p{
      g.outHeight(), g.outWidth(), g.outChannels, g.outChannels, 2, 2, 2, 2};
  TensorType index = p.y();
  index.element = ElementType::U8;
  y = b.op("max_pool2d_argmax", {y}, {p.y(), index}, p.poolAttributes());
  return {b.finish({y, y + 1}), n, convFlop(g, n)};
}

Case backward(const std::string &name, const Geometry &g, int n, bool data) {
  SpecBuilder b(name);
  if (data) {
    int dy = b.input(g.y()), w = b.input(g.w());
    return {b.finish({b.op("conv2d_backward_data", {dy, w}, {g.x()},
                           g.attributes())}),
            n, convFlop(g, n)};
  }
  int x = b.input(g.x()), dy = b.input(g.y());
  return {b.finish({b.op("conv2d_backward_weights", {x, dy}, {g.w()},
                         g.attributes())}),
          n, convFlop(g, n)};
}

Case dense(const std::string &name, int64_t k, int64_t m, int n,
           const std::string &kind) {
  SpecBuilder b(name);
  TensorType x = f32({dynamicBatch, k}), w = f32({k, m}),
             y = f32({dynamicBatch, m});
  double flop = 2e-9 * static_cast<double>(n * k * m);
  if (kind == "forward") {
    int xi = b.input(x), wi = b.input(w);
    return {b.finish({b.op("dense", {xi, wi}, {y})}), n, flop};
  }
  if (kind == "data") {
    int dy = b.input(y), wi = b.input(w);
    return {b.finish({b.op("dense_backward_data", {dy, wi}, {x})}), n, flop};
  }
  int xi = b.input(x), dy = b.input(y);
  return {b.finish({b.op("dense_backward_weights", {xi, dy}, {w})}), n, flop};
}

std::vector<Case> cases() {
  std::vector<Case> all;
  auto conv = [&](const std::string &name, Geometry g, int n, bool pool,
                  bool data = true) {
    all.push_back(forward(name, g, n, false));
    if (pool)
      all.push_back(forward(name + "_pool", g, n, true));
    if (data)
      all.push_back(backward(name + "_data", g, n, true));
    all.push_back(backward(name + "_weights", g, n, false));
  };
  conv("fashion1_28x28x1_32", {28, 28, 1, 32, 3, 3}, 32, true, false);
  conv("fashion2_13x13x32_64", {13, 13, 32, 64, 3, 3}, 32, true);
  conv("fashion3_5x5x64_64", {5, 5, 64, 64, 3, 3}, 32, false);
  conv("cats1_150x150x3_32", {150, 150, 3, 32, 3, 3}, 8, true, false);
  conv("cats2_74x74x32_64", {74, 74, 32, 64, 3, 3}, 8, true);
  conv("cats3_36x36x64_128", {36, 36, 64, 128, 3, 3}, 8, true);
  conv("resnet1_224x224x3_64", {224, 224, 3, 64, 7, 7, 2, 2, 2, 3, 2, 3}, 8,
       false, false);
  conv("resnet2_56x56x64_64", {56, 56, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1}, 8,
       false);
  conv("resnet3s_56x56x64_128", {56, 56, 64, 128, 3, 3, 2, 2, 0, 1, 0, 1}, 8,
       false);
  conv("resnet5_7x7x512_512", {7, 7, 512, 512, 3, 3, 1, 1, 1, 1, 1, 1}, 8,
       false);
  for (const char *kind : {"forward", "data", "weights"}) {
    all.push_back(
        dense(std::string("dense_576_64_") + kind, 576, 64, 32, kind));
    all.push_back(dense(std::string("dense_64_10_") + kind, 64, 10, 32, kind));
    all.push_back(
        dense(std::string("dense_36992_512_") + kind, 36992, 512, 32, kind));
  }

  Geometry p{26, 26, 32, 32, 2, 2, 2, 2};
  TensorType index = p.y();
  index.element = ElementType::U8;
  {
    SpecBuilder b("pool_26x26x32_backward_relu");
    int dy = b.input(p.y()), argmax = b.input(index), y = b.input(p.y());
    int d = b.op("relu_backward", {dy, y}, {p.y()});
    d = b.op("max_pool2d_backward", {d, argmax}, {p.x()}, p.poolAttributes());
    all.push_back({b.finish({d}), 32, 0});
  }
  {
    SpecBuilder b("bias_backward_26x26x32");
    int dy = b.input(p.x());
    all.push_back(
        {b.finish({b.op("bias_backward", {dy}, {f32({32})})}), 32, 0});
  }
  {
    SpecBuilder b("dropout_576");
    TensorType t = f32({dynamicBatch, 576});
    int x = b.input(t), iteration = b.input(i64({})), seed = b.input(i64({}));
    int y = b.op("dropout", {x, iteration, seed}, {t},
                 {{"rate", 0.3}, {"key", int64_t{1}}});
    all.push_back({b.finish({y}), 32, 0});
  }
  {
    SpecBuilder b("scale_28x28");
    TensorType t = f32({dynamicBatch, 28, 28, 1});
    int x = b.input(t);
    all.push_back(
        {b.finish({b.op("scale", {x}, {t}, {{"scale", 1 / 255.0}})}), 32, 0});
  }
  {
    SpecBuilder b("loss_10");
    TensorType t = f32({dynamicBatch, 10});
    int x = b.input(t), labels = b.input(i32({dynamicBatch}));
    int loss = b.op("softmax_cross_entropy", {x, labels}, {f32({}), t});
    all.push_back({b.finish({loss, loss + 1}), 32, 0});
  }
  {
    SpecBuilder b("rmsprop_93322");
    TensorType t = f32({93322});
    int param = b.input(t), gradient = b.input(t), velocity = b.input(t),
        lr = b.input(f32({}));
    int first = b.op("rmsprop_update", {param, gradient, velocity, lr}, {t, t},
                     {{"rho", 0.9}, {"epsilon", 1e-7}, {"momentum", 0.0}});
    all.push_back({b.finish({first, first + 1}, {param, velocity}), 1, 0});
  }
  return all;
}

void measure(const Case &c, const Schedule &schedule) {
  auto begin = std::chrono::steady_clock::now();
  std::string error;
  std::optional<JitKernel> kernel = JitKernel::compile(c.spec, schedule, error);
  auto seconds = [](auto since) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         since)
        .count();
  };
  double compile = seconds(begin);
  if (!kernel) {
    fmt::print("{:32} {}\n", c.spec.name, error);
    return;
  }
  std::vector<std::unique_ptr<void, Free>> owned;
  std::vector<void *> buffers;
  double bytes = 0;
  auto allocate = [&](const TensorType &type) {
    size_t size = bytesOf(type, c.n);
    bytes += static_cast<double>(size);
    owned.emplace_back(std::aligned_alloc(64, (size + 127) / 64 * 64));
    std::memset(owned.back().get(), 0, size);
    buffers.push_back(owned.back().get());
  };
  for (size_t i = 0; i < c.spec.inputs.size(); ++i)
    if (std::find(c.spec.inPlace.begin(), c.spec.inPlace.end(),
                  static_cast<int>(i)) == c.spec.inPlace.end())
      allocate(c.spec.inputs[i]);
  std::vector<TensorType> types = c.spec.inputs;
  for (const Node &node : c.spec.nodes)
    types.insert(types.end(), node.results.begin(), node.results.end());
  for (int result : c.spec.results)
    allocate(types[result]);

  double best = 1e9;
  auto start = std::chrono::steady_clock::now();
  for (int run = 0; run < 5 || (seconds(start) < 0.3 && run < 3000); ++run) {
    auto t = std::chrono::steady_clock::now();
    kernel->run(buffers, c.n);
    best = std::min(best, seconds(t));
  }
  CompiledKernel bitcode = compileToBitcode(c.spec, schedule, hostIsa());
  fmt::print(
      "{:32} {:9.4f} ms  {:7.1f} {}  compile {:5.2f} s  bitcode {:4} KB  {}\n",
      c.spec.name, best * 1e3,
      (c.gigaflop > 0 ? c.gigaflop : bytes * 1e-9) / best,
      c.gigaflop > 0 ? "GFLOP/s" : "GB/s   ", compile,
      bitcode.bitcode.size() / 1024, toString(schedule));
}
} // namespace

int main(int argc, char **argv) {
  for (const Case &c : cases()) {
    if (argc > 1 && c.spec.name.find(argv[1]) == std::string::npos)
      continue;
    Schedule schedule = defaultSchedule(c.spec, hostIsa());
    if (argc > 2) {
      std::optional<Schedule> given = parseSchedule(argv[2]);
      if (!given) {
        fmt::print(stderr, "cannot read the schedule '{}'\n", argv[2]);
        return 1;
      }
      schedule = *given;
    }
    measure(c, schedule);
    std::fflush(stdout);
  }
}
