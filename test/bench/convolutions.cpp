//===- convolutions.cpp - Single convolutions against oneDNN --------------===//
//
// Both run in this process, in turns. Lathe's kernels are the machine code that
// an artifact would hold; oneDNN has its operands in the layouts it prefers,
// and the best of its algorithms counts.
//
//===----------------------------------------------------------------------===//
#include "compiler/kernels/Advice.h"
#include "compiler/tuner/LoadedKernel.h"
#include "runtime/thread_pool.h"
#include "test/bench/onednn.h"
#include "test/kernels/SpecBuilder.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <functional>
#include <optional>
#include <random>

using namespace lathe;
using namespace lathe::bench;

namespace {
// DESIGN's list: batch, channels in, size, channels out, window, stride, pad.
const std::vector<Shape> shapes = {
    {32, 32, 13, 64, 3, 1, 0},   {32, 32, 74, 64, 3, 1, 0},
    {32, 64, 36, 128, 3, 1, 0},  {128, 32, 16, 32, 3, 1, 1},
    {1, 64, 56, 64, 3, 1, 1},    {1, 128, 28, 128, 3, 1, 1},
    {1, 256, 14, 256, 3, 1, 1},  {1, 512, 7, 512, 3, 1, 1},
    {8, 64, 56, 64, 3, 1, 1},    {8, 512, 7, 512, 3, 1, 1},
    {1, 256, 14, 1024, 1, 1, 0}, {1, 3, 224, 64, 7, 2, 3}};

const char *nameOf(Direction direction) {
  static const char *names[] = {"forward", "backward data", "backward weights"};
  return names[int(direction)];
}

std::string nameOf(const Shape &s) {
  return fmt::format("{}x{}x{}x{} -> {}, {}x{}/{}+{}", s.batch, s.size, s.size,
                     s.inChannels, s.outChannels, s.window, s.window, s.stride,
                     s.padding);
}

/// With `winograd`, the kernel that has its filter transformed before.
kernels::KernelSpec specOf(const Shape &s, Direction direction,
                           bool winograd = false) {
  kernels::Geometry g{s.size,    s.size,    s.inChannels, s.outChannels,
                      s.window,  s.window,  s.stride,     s.stride,
                      s.padding, s.padding, s.padding,    s.padding};
  kernels::SpecBuilder b("convolution");
  if (winograd) {
    bool back = direction == Direction::BackwardData;
    int64_t padding = back ? 2 - s.padding : s.padding;
    int x = b.input(back ? g.y() : g.x());
    int u = b.input(kernels::f32({36, back ? s.outChannels : s.inChannels,
                                  back ? s.inChannels : s.outChannels}));
    return b.finish({b.op(
        "winograd_conv2d", {x, u}, {back ? g.x() : g.y()},
        {{"padding", kernels::list({padding, padding, padding, padding})}})});
  }
  switch (direction) {
  case Direction::Forward: {
    int x = b.input(g.x()), w = b.input(g.w());
    return b.finish({b.op("conv2d", {x, w}, {g.y()}, g.attributes())});
  }
  case Direction::BackwardData: {
    // Without strides, as the compiler does with large filters.
    if (s.stride == 1) {
      int64_t padding = s.window - 1 - s.padding;
      int dy = b.input(g.y()),
          t = b.input(
              kernels::f32({s.window, s.window, s.outChannels, s.inChannels}));
      return b.finish({b.op(
          "conv2d", {dy, t}, {g.x()},
          {{"strides", kernels::list({1, 1})},
           {"padding", kernels::list({padding, padding, padding, padding})}})});
    }
    int dy = b.input(g.y()), w = b.input(g.w());
    return b.finish(
        {b.op("conv2d_backward_data", {dy, w}, {g.x()}, g.attributes())});
  }
  default: {
    int x = b.input(g.x()), dy = b.input(g.y());
    return b.finish(
        {b.op("conv2d_backward_weights", {x, dy}, {g.w()}, g.attributes())});
  }
  }
}

std::vector<float> noise(size_t elements, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(elements);
  for (float &value : values)
    value = uniform(random);
  return values;
}

/// Milliseconds of the quickest of the calls that fit into a turn: what else
/// the machine does only ever adds to a call.
double measure(const std::function<void()> &work, double seconds) {
  using Clock = std::chrono::steady_clock;
  work(); // the caches, and threads that slept
  std::chrono::duration<double> best(INFINITY);
  auto end = Clock::now() + std::chrono::duration<double>(seconds);
  do {
    auto start = Clock::now();
    work();
    best = std::min<std::chrono::duration<double>>(best, Clock::now() - start);
  } while (Clock::now() < end);
  return 1e3 * best.count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle]
                           : (values[middle - 1] + values[middle]) / 2;
}

struct Options {
  std::string only, direction, schedule, json;
  std::vector<int> threads = {1, 2};
  int rounds = 5;
  double seconds = 0.05;
  bool alone = false;
  std::string winograd = "auto";
};

struct Figure {
  double ours = 0, theirs = 0, ratio = 1; ///< ms, ms, theirs / ours
  std::string implementation, schedule;
};

class Case {
public:
  Case(const Shape &shape, Direction direction)
      : shape(shape), direction(direction),
        first(noise(direction == Direction::BackwardData
                        ? shape.resultElements()
                        : shape.imageElements(),
                    1)),
        second(noise(direction == Direction::BackwardWeights
                         ? shape.resultElements()
                         : shape.filterElements(),
                     2)),
        result(direction == Direction::Forward ? shape.resultElements()
               : direction == Direction::BackwardData
                   ? shape.imageElements()
                   : shape.filterElements()) {}

  Figure run(const Options &options, int threads) {
    set_threads(threads);
    omp_set_num_threads(threads);
    Figure figure;
    bool winograd = usesWinograd(options);
    kernels::KernelSpec spec = specOf(shape, direction, winograd);
    spec.batch = shape.batch;
    bool transposed = direction == Direction::BackwardData && shape.stride == 1;
    if (winograd || transposed)
      compileFilter(winograd).run({second.data(), filter.data()}, 1);
    kernels::Schedule schedule =
        kernels::defaultSchedule(spec, kernels::hostIsa());
    if (!options.schedule.empty())
      schedule = kernels::parseSchedule(options.schedule).value();
    figure.schedule = kernels::toString(schedule);
    LoadedKernel kernel =
        llvm::cantFail(LoadedKernel::compile(spec, schedule), "no kernel");
    std::vector<void *> buffers = {
        first.data(), filter.empty() ? second.data() : filter.data(),
        result.data()};
    auto ours = [&] { kernel.run(buffers, shape.batch); };

    std::vector<std::unique_ptr<OneDnnConvolution>> peers;
    for (bool winograd : {false, true})
      if (auto peer = OneDnnConvolution::create(shape, direction, winograd,
                                                first, second))
        peers.push_back(std::move(peer));
    ours();
    for (auto &peer : peers)
      compare(*peer);

    std::vector<double> times, best, ratios;
    for (int round = 0; round < options.rounds; ++round) {
      times.push_back(measure(ours, options.seconds));
      if (options.alone)
        continue;
      double fastest = INFINITY;
      for (auto &peer : peers) {
        double time = measure([&] { peer->run(); }, options.seconds);
        if (time < fastest)
          figure.implementation = peer->implementation();
        fastest = std::min(fastest, time);
      }
      best.push_back(fastest);
      ratios.push_back(fastest / times.back());
    }
    figure.ours = median(times);
    if (!options.alone) {
      figure.theirs = median(best);
      figure.ratio = median(ratios);
    }
    return figure;
  }

private:
  bool usesWinograd(const Options &options) const {
    if (direction == Direction::BackwardWeights || shape.window != 3 ||
        shape.stride != 1 || options.winograd == "never")
      return false;
    bool back = direction == Direction::BackwardData;
    int size = back ? shape.size : shape.outSize();
    return options.winograd == "always" ||
           kernels::winogradPays(kernels::hostIsa(), shape.batch, size, size,
                                 back ? shape.outChannels : shape.inChannels,
                                 back ? shape.inChannels : shape.outChannels,
                                 /*prepared=*/true);
  }

  LoadedKernel compileFilter(bool winograd) {
    bool transposed = direction == Direction::BackwardData;
    int64_t in = shape.inChannels, out = shape.outChannels;
    kernels::SpecBuilder b("filter");
    int w = b.input(kernels::f32({shape.window, shape.window, in, out}));
    int k = static_cast<int>(shape.window);
    filter.resize((winograd ? 36 : k * k) * in * out);
    kernels::KernelSpec spec =
        b.finish({winograd ? b.op("winograd_filter", {w},
                                  {kernels::f32({36, transposed ? out : in,
                                                 transposed ? in : out})},
                                  {{"transposed", int64_t{transposed}}})
                           : b.op("transpose_filter", {w},
                                  {kernels::f32({k, k, out, in})})});
    return llvm::cantFail(LoadedKernel::compile(
        spec, kernels::defaultSchedule(spec, kernels::hostIsa())));
  }

  /// Winograd's transforms cost digits; a wrong element costs all of them.
  void compare(OneDnnConvolution &peer) {
    peer.run();
    std::vector<float> theirs = peer.result();
    double largest = 0, difference = 0;
    for (size_t i = 0; i < result.size(); ++i) {
      largest = std::max(largest, double(std::abs(theirs[i])));
      difference =
          std::max(difference, double(std::abs(theirs[i] - result[i])));
    }
    if (!(difference <= 1e-3 * largest)) {
      fmt::print(stderr, "error: {} {}: the results differ by {} of {}\n",
                 nameOf(shape), nameOf(direction), difference, largest);
      std::exit(1);
    }
  }

  Shape shape;
  Direction direction;
  std::vector<float> first, second, result, filter;
};

void printRow(const std::string &name, const Figure &figure, double gigaflop,
              const Options &options) {
  fmt::print("{:34}{:9.3f}{:9.0f}", name, figure.ours,
             1e3 * gigaflop / figure.ours);
  if (options.alone)
    fmt::print("  {}\n", figure.schedule);
  else
    fmt::print("{:9.3f}{:9.0f}{:7.2f}  {}\n", figure.theirs,
               1e3 * gigaflop / figure.theirs, figure.ratio,
               figure.implementation);
  std::fflush(stdout);
}

int run(const Options &options) {
  nlohmann::ordered_json json;
  for (int threads : options.threads)
    for (Direction direction : {Direction::Forward, Direction::BackwardData,
                                Direction::BackwardWeights}) {
      if (std::string(nameOf(direction)).find(options.direction) ==
          std::string::npos)
        continue;
      fmt::print("\n{}, {} thread{}\n{:34}{:>9}{:>9}{}\n", nameOf(direction),
                 threads, threads > 1 ? "s" : "", "", "Lathe ms", "GFLOP/s",
                 options.alone ? "" : "   oneDNN  GFLOP/s      x");
      double logarithms = 0;
      int count = 0;
      for (const Shape &shape : shapes) {
        std::string name = nameOf(shape);
        if (name.find(options.only) == std::string::npos)
          continue;
        Figure f = Case(shape, direction).run(options, threads);
        printRow(name, f, shape.gigaflop(), options);
        logarithms += std::log(f.ratio);
        ++count;
        json["convolutions"].push_back({{"shape", name},
                                        {"direction", nameOf(direction)},
                                        {"threads", threads},
                                        {"lathe_ms", f.ours},
                                        {"onednn_ms", f.theirs},
                                        {"ratio", f.ratio},
                                        {"schedule", f.schedule},
                                        {"onednn", f.implementation}});
      }
      if (!options.alone && count)
        fmt::print("{:34}{:>43.2f}\n", "geometric mean",
                   std::exp(logarithms / count));
    }
  if (!options.json.empty())
    std::ofstream(options.json) << json.dump(1) << "\n";
  return 0;
}
} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Single convolutions, fp32, against oneDNN: milliseconds of a "
               "call, and oneDNN's time over Lathe's. Both have their filters "
               "in the form they want");
  app.add_option("--only", options.only, "Shapes whose name has this text");
  app.add_option("--direction", options.direction,
                 "Directions whose name has this text");
  app.add_option("--threads", options.threads, "Numbers of threads [1 2]");
  app.add_option("--rounds", options.rounds, "Turns of both sides [5]");
  app.add_option("--seconds", options.seconds, "Of each turn [0.05]");
  app.add_option("--schedule", options.schedule,
                 "Instead of the default, e.g. 'direct{columns=14, ...}'");
  app.add_option("--winograd", options.winograd,
                 "winograd_conv2d where the compiler uses it (auto), always "
                 "or never [auto]; transforming the filter counts")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("--alone", options.alone, "Without oneDNN; prints schedules");
  app.add_option("--json", options.json, "Write the figures there as well");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
