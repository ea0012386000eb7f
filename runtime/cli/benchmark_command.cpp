// benchmark_command.cpp: NAME benchmark.
#include "runtime/cli/benchmark_steps.h"
#include "runtime/cli/commands.h"
#include "runtime/cli/core_costs.h"
#include "runtime/cli/profile.h"
#include "runtime/cli/scaling_report.h"
#include "runtime/error.h"
#include "runtime/thread_pool.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace lathe {

namespace {

struct BenchmarkOptions {
  int32_t batch = 0;
  int threads = 0;
  double time = 3;
  std::string only; // "train", "predict", or both when empty
  bool profile = false;
  bool scaling = false;
  int cores = 16;
  double bandwidth = 0; // GB/s; 0: as measured
  bool json = false;
};

using Json = nlohmann::ordered_json;

constexpr size_t fewest_runs = 5;

// As --json calls them.
void add_times(Json &json, const std::string &step, const Timings &times) {
  json[step + "_ms"] = times.median();
  json[step + "_best_ms"] = times.best();
}

// Calls function(name, key, parts, step) for each step that is asked for.
template <typename Function>
void for_each_step(const lathe_model &model, const BenchmarkOptions &options,
                   BenchmarkSteps &steps, Function function) {
  if (options.only != "predict" && model.train_step)
    function("train", "train_step", 1, [&] { return steps.train(); });
  if (options.only != "train")
    function("predict", "predict", steps.predict_parts(),
             [&] { return steps.predict(); });
}

void print_profile(const lathe_model &model, const BenchmarkOptions &options,
                   int32_t n, int threads, BenchmarkSteps &steps) {
  const Roofline roofline = measure_roofline(threads);
  Json json = {{"batch", n},
               {"threads", threads},
               {"peak_gflops", roofline.gigaflops},
               {"peak_gbytes", roofline.gigabytes}};
  if (!options.json)
    fmt::print("batch {}, {} threads; this machine does {:.0f} GFLOP/s in "
               "registers and reads {:.1f} GB/s\n",
               n, threads, roofline.gigaflops, roofline.gigabytes);
  for_each_step(
      model, options, steps,
      [&](const char *name, const char *key, int32_t parts, auto step) {
        StepProfile profile =
            profile_step(model, n, parts, roofline, options.time, step);
        if (!options.json)
          fmt::print(
              "\n{}, by kernel (calls and ms of a step; Winograd's count as "
              "what they replace, and may exceed the roofline)\n{}",
              name, profile_table(profile.kernels));
        add_times(json, key, profile.times);
        json[name] = std::move(profile.kernels);
      });
  if (options.json)
    fmt::print("{}\n", json.dump());
}

// Bytes that a step on so many samples needs: of the arena, their share.
double footprint(const lathe_model &model, bool trains, double samples) {
  if (trains)
    return double(model.params_size + model.state_size) +
           double(model.train_arena_size) * samples / model.batch;
  return double(model.params_size + model.prepared_size) +
         double(model.predict_arena_size) * samples / model.predict_batch;
}

void print_scaling(const lathe_model &model, const BenchmarkOptions &options,
                   int32_t n, int threads, BenchmarkSteps &steps) {
  const MeasuredCosts costs = measure_core_costs(threads, options.bandwidth);
  Json json = {{"batch", n}, {"threads", threads}, {"cores", options.cores}};
  json.update(costs.json());
  if (!options.json)
    fmt::print("batch {}\n{}", n, costs.text());
  for_each_step(
      model, options, steps,
      [&](const char *name, const char *, int32_t parts, auto step) {
        ScalingQuestion question;
        question.cores = options.cores;
        question.threads = threads;
        question.samples = double(n) / parts;
        question.footprint =
            footprint(model, name == std::string("train"), question.samples);
        question.costs = costs.costs;
        json[name] = scaling_json(
            model, measure_scaling(step, threads, options.time), question);
        if (!options.json)
          fmt::print("{}", scaling_text(name, json[name], options.cores));
      });
  if (options.json)
    fmt::print("{}\n", json.dump());
}

// In turns, so that what disturbs the machine disturbs both steps.
void print_times(const lathe_model &model, const BenchmarkOptions &options,
                 int32_t n, int threads, BenchmarkSteps &steps) {
  Timings train_times, predict_times;
  auto start = std::chrono::steady_clock::now();
  auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  };
  size_t runs = 0;
  for (; runs < fewest_runs || elapsed() < options.time; ++runs)
    for_each_step(
        model, options, steps,
        [&](const std::string &name, const char *, int32_t, auto step) {
          (name == "train" ? train_times : predict_times).measure(step);
        });

  Json json = {{"batch", n}, {"threads", threads}};
  if (!options.json)
    fmt::print("batch {}, {} threads, {} runs each, in milliseconds\n"
               "              median      best\n",
               n, threads, runs);
  for_each_step(model, options, steps,
                [&](const std::string &name, const char *key, int32_t, auto) {
                  const bool trains = name == "train";
                  const Timings &times = trains ? train_times : predict_times;
                  add_times(json, key, times);
                  if (!options.json)
                    fmt::print("{:<10}  {:>8.3f}  {:>8.3f}\n",
                               trains ? "train step" : "predict",
                               times.median(), times.best());
                });
  json["runs"] = runs;
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
  BenchmarkSteps steps(model, n);
  for_each_step(model, options, steps,
                [](const char *, const char *, int32_t, auto step) { step(); });
  auto print = options.profile   ? print_profile
               : options.scaling ? print_scaling
                                 : print_times;
  print(model, options, n, threads, steps);
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
  CLI::Option *profile = command->add_flag(
      "--profile", options->profile,
      "Show the time of each kernel, and what share that is of what this "
      "machine can do");
  CLI::Option *scaling =
      command
          ->add_flag("--scaling", options->scaling,
                     "Predict the speed-up on 2 to 64 cores from the time of "
                     "each task on one, and list the kernels that hold it back")
          ->excludes(profile);
  command
      ->add_option("--cores", options->cores,
                   "Cores for which --scaling lists kernels [16]")
      ->check(CLI::Range(2, 1024))
      ->needs(scaling)
      ->type_name("N");
  command
      ->add_option("--bandwidth", options->bandwidth,
                   "GB/s that all cores of the predicted machine read from "
                   "memory [as measured with all threads]")
      ->check(above_zero())
      ->needs(scaling)
      ->type_name("GB/s");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options, &model, &action] {
    action = [options, &model] { return benchmark(model, *options); };
  });
}

} // namespace lathe
