// benchmark_command.cpp: NAME benchmark.
#include "runtime/cli/commands.h"
#include "runtime/cli/profile.h"
#include "runtime/cli/timings.h"
#include "runtime/error.h"
#include "runtime/model_memory.h"
#include "runtime/thread_pool.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <thread>

namespace lathe {

namespace {

struct BenchmarkOptions {
  int32_t batch = 0;
  int threads = 0;
  double time = 3;
  std::string only; // "train", "predict", or both when empty
  bool profile = false;
  bool json = false;
};

constexpr size_t fewest_runs = 5;

// n samples of each input, or of each output.
class PortMemory {
public:
  PortMemory(const lathe_port *ports, int32_t count, int32_t n)
      : ports_(ports) {
    static constexpr size_t sizes[] = {4, 8, 4, 8, 1}; // by lathe_dtype
    for (int32_t i = 0; i < count; ++i) {
      size_t size = sizes[ports[i].dtype] * size_t(n);
      for (int32_t axis = 0; axis < ports[i].rank; ++axis)
        size *= size_t(ports[i].shape[axis]);
      bytes_.emplace_back(std::max<size_t>(size, 1));
      pointers_.push_back(bytes_.back().data());
    }
  }
  // Inputs of another type than float stay 0.
  template <typename Function>
  void fill(Function next) {
    for (size_t i = 0; i < bytes_.size(); ++i)
      for (size_t at = 0; at + 4 <= bytes_[i].size(); at += 4)
        if (float value = next(); ports_[i].dtype == LATHE_F32)
          std::memcpy(&bytes_[i][at], &value, 4);
  }
  const std::vector<void *> &pointers() const { return pointers_; }

private:
  const lathe_port *ports_;
  std::vector<std::vector<char>> bytes_;
  std::vector<void *> pointers_;
};

// As --json calls them.
void add_times(nlohmann::ordered_json &json, const std::string &step,
               const Timings &times) {
  json[step + "_ms"] = times.median();
  json[step + "_best_ms"] = times.best();
}

// The kernels of both steps, or of one.
void print_profile(const lathe_model &model, const BenchmarkOptions &options,
                   int32_t n, int threads, const std::function<void()> &train,
                   const std::function<void()> &predict) {
  const Roofline roofline = measure_roofline(threads);
  nlohmann::ordered_json json = {{"batch", n},
                                 {"threads", threads},
                                 {"peak_gflops", roofline.gigaflops},
                                 {"peak_gbytes", roofline.gigabytes}};
  if (!options.json)
    fmt::print("batch {}, {} threads; this machine does {:.0f} GFLOP/s in "
               "registers and reads {:.1f} GB/s\n",
               n, threads, roofline.gigaflops, roofline.gigabytes);
  auto profile = [&](const char *name, const char *key, int32_t parts,
                     const std::function<void()> &step) {
    StepProfile profile =
        profile_step(model, n, parts, roofline, options.time, step);
    if (!options.json)
      fmt::print("\n{}, by kernel (calls and ms of a step; Winograd's count as "
                 "what they replace, and may exceed the roofline)\n{}",
                 name, profile_table(profile.kernels));
    add_times(json, key, profile.times);
    json[name] = std::move(profile.kernels);
  };
  if (options.only != "predict" && model.train_step)
    profile("train", "train_step", 1, train);
  if (options.only != "train")
    profile("predict", "predict", (n - 1) / model.predict_batch + 1, predict);
  if (options.json)
    fmt::print("{}\n", json.dump());
}

int benchmark(const lathe_model &model, const BenchmarkOptions &options) {
  const int32_t n = options.batch ? options.batch : model.recipe.batch_size;
  if (n > model.batch)
    fail("--batch {}: the model was compiled for at most {}", n, model.batch);
  if (options.only == "train" && !model.train_step)
    fail("--only train: the model was compiled for inference alone");
  const int threads = options.threads
                          ? options.threads
                          : int(std::thread::hardware_concurrency());
  set_threads(threads, model.stack_size);
  ModelMemory memory(model, true);
  std::mt19937 random(1);
  PortMemory inputs(model.input_ports, model.input_count, n);
  PortMemory outputs(model.output_ports, model.output_count, n);
  inputs.fill([&] { return float(random() & 255); });
  auto initialise = [&] {
    check_status(model, model.init(memory.params(), memory.state(), 0),
                 "initialising");
    if (model.adapt)
      check_status(model,
                   model.adapt(memory.params(), memory.arena(),
                               static_cast<const float *>(inputs.pointers()[0]),
                               n),
                   "adapting");
  };
  initialise();
  memory.prepare();

  std::vector<int32_t> labels(size_t(n) * size_t(model.label_size));
  for (int32_t &label : labels)
    label =
        int32_t(random() % uint32_t(model.label_size == 1 ? model.classes : 2));

  auto train = [&] {
    float loss;
    const auto *images = static_cast<const float *>(inputs.pointers()[0]);
    int status =
        model.train_step(memory.params(), memory.state(), memory.arena(),
                         images, labels.data(), n, &loss);
    if (status == LATHE_ERROR_NOT_FINITE) // noise may not be learnable
      initialise();
    else
      check_status(model, status, "training");
  };
  auto predict = [&] {
    check_status(model,
                 model.run_prepared(memory.params(), memory.prepared(),
                                    memory.arena(), inputs.pointers().data(), n,
                                    outputs.pointers().data()),
                 "predicting");
  };
  const bool trains = options.only != "predict" && model.train_step;
  const bool predicts = options.only != "train";
  if (trains)
    train();
  if (predicts)
    predict();
  if (options.profile) {
    print_profile(model, options, n, threads, train, predict);
    return exit_ok;
  }
  // In turns, so that what disturbs the machine disturbs both.
  Timings train_times, predict_times;
  size_t runs = 0;
  auto start = std::chrono::steady_clock::now();
  auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  };
  for (; runs < fewest_runs || elapsed() < options.time; ++runs) {
    if (trains)
      train_times.measure(train);
    if (predicts)
      predict_times.measure(predict);
  }

  if (options.json) {
    nlohmann::ordered_json json = {{"batch", n}, {"threads", threads}};
    if (trains)
      add_times(json, "train_step", train_times);
    if (predicts)
      add_times(json, "predict", predict_times);
    json["runs"] = runs;
    fmt::print("{}\n", json.dump());
  } else {
    fmt::print("batch {}, {} threads, {} runs each, in milliseconds\n"
               "              median      best\n",
               n, threads, runs);
    if (trains)
      fmt::print("train step  {:>8.3f}  {:>8.3f}\n", train_times.median(),
                 train_times.best());
    if (predicts)
      fmt::print("predict     {:>8.3f}  {:>8.3f}\n", predict_times.median(),
                 predict_times.best());
  }
  return exit_ok;
}

} // namespace

void add_benchmark_command(CLI::App &app, const lathe_model &model,
                           Action &action) {
  CLI::App *command = app.add_subcommand(
      "benchmark", "Milliseconds for a training step and for a prediction");
  command->footer(
      fmt::format("Example:\n  {} benchmark --batch {} --threads 2 --json",
                  model.name, model.recipe.batch_size));
  auto options = std::make_shared<BenchmarkOptions>();
  command
      ->add_option("--batch", options->batch,
                   fmt::format("Samples, at most {} [{}]", model.batch,
                               model.recipe.batch_size))
      ->check(at_least_one())
      ->type_name("N");
  command->add_option("--threads", options->threads, "Threads [all CPUs]")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command->add_option("--time", options->time, "How long to measure [3]")
      ->check(CLI::Range(0.0, 3600.0))
      ->type_name("SECONDS");
  command
      ->add_option("--only", options->only,
                   "train or predict alone [both, in turns]")
      ->check(CLI::IsMember({"train", "predict"}))
      ->type_name("STEP");
  command->add_flag("--profile", options->profile,
                    "Show the time of each kernel, and what share that is of "
                    "what this machine can do");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options, &model, &action] {
    action = [options, &model] { return benchmark(model, *options); };
  });
}

} // namespace lathe
