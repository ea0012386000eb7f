//===- main.cpp - Random models through lathe verify ----------------------===//
//
// Each model has a seed, which makes it again, and a process of its own: one
// that crashes or hangs is a finding as well.
//
//===----------------------------------------------------------------------===//
#include "compiler/kernels/Kernel.h"
#include "compiler/tuner/ChildProcess.h"
#include "test/generate/Examine.h"
#include "test/generate/Generator.h"
#include "test/generate/Minimize.h"
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iostream>
#include <map>

using namespace lathe;
using namespace lathe::test;

namespace {
using Clock = std::chrono::steady_clock;

struct Options {
  double seconds = 60;
  uint64_t seed = 1, models = UINT64_MAX;
  unsigned jobs = 1;
  double timeout = 120; ///< seconds for a model
  unsigned trials = 150;
  std::string findings; ///< a folder
  std::string model;    ///< a file to examine instead
  bool print = false;
};

std::atomic<bool> stop = false;

/// What a child writes: the texts that it tries, the model, the finding.
constexpr char separator = '\1';
std::string message(char kind, const std::string &text) {
  return std::string(1, kind) + text + separator;
}

struct Result {
  std::string model; ///< the last text that the compiler saw
  bool generated = false;
  Finding finding;
};

Result resultOf(const ChildResult &child) {
  Result result;
  for (size_t begin = 0; begin < child.output.size();) {
    size_t end = child.output.find(separator, begin);
    if (end == std::string::npos)
      break;
    std::string text = child.output.substr(begin + 1, end - begin - 1);
    switch (child.output[begin]) {
    case 'm':
      result.generated = true;
      [[fallthrough]];
    case 't':
      result.model = text;
      break;
    case 'k':
      result.finding.kind = text;
      break;
    case 'f':
      result.finding.text = text;
      break;
    }
    begin = end + 1;
  }
  if (!child.failure.empty())
    result.finding = {child.failure, result.generated
                                         ? "while it ran"
                                         : "while it was generated"};
  return result;
}

void write(int descriptor, const std::string &text) {
  writeAll(descriptor, text.data(), text.size());
}

void examineIn(int descriptor, const std::string &model, uint64_t seed) {
  kernels::JitKernel::setThreads(2);
  Finding finding = examine(model, seed);
  write(descriptor, message('f', finding.text) + message('k', finding.kind));
}

std::vector<Result> runSeeds(uint64_t first, size_t count,
                             const Options &options) {
  auto children = runChildren(count, options.jobs, options.timeout, stop,
                              [&](size_t index, int descriptor) {
                                uint64_t seed = first + index;
                                std::string model = generateModel(
                                    seed, [&](const std::string &text) {
                                      write(descriptor, message('t', text));
                                    });
                                write(descriptor, message('m', model));
                                examineIn(descriptor, model, seed);
                              });
  std::vector<Result> results;
  for (const ChildResult &child : children)
    results.push_back(resultOf(child));
  return results;
}

Result runModel(const std::string &model, uint64_t seed,
                const Options &options) {
  auto children =
      runChildren(1, 1, options.timeout, stop, [&](size_t, int descriptor) {
        write(descriptor, message('m', model));
        examineIn(descriptor, model, seed);
      });
  return resultOf(children[0]);
}

void report(uint64_t seed, const Result &result, const Options &options) {
  fmt::print("seed {}: {}\n{}\n", seed, result.finding.kind,
             result.finding.text);
  std::string smallest = result.model;
  if (options.trials)
    smallest =
        minimize(result.model, options.trials, [&](const std::string &model) {
          return runModel(model, seed, options).finding.kind ==
                 result.finding.kind;
        });
  fmt::print("{}\n", smallest);
  std::fflush(stdout);
  if (options.findings.empty())
    return;
  std::filesystem::create_directories(options.findings);
  std::ofstream(fmt::format("{}/{}.yaml", options.findings, seed))
      << "# " << result.finding.kind << "\n"
      << smallest;
}

int run(const Options &options) {
  auto end = Clock::now() + std::chrono::duration<double>(options.seconds);
  std::map<std::string, size_t> kinds;
  uint64_t done = 0;
  while (Clock::now() < end && done < options.models && !stop) {
    size_t count = std::min<uint64_t>(4 * options.jobs, options.models - done);
    uint64_t first = options.seed + done;
    std::vector<Result> results = runSeeds(first, count, options);
    if (stop) // in the middle of these
      break;
    for (size_t i = 0; i < count; ++i) {
      if (options.print)
        fmt::print("# seed {}\n{}\n", first + i, results[i].model);
      if (results[i].finding.kind.empty())
        continue;
      ++kinds[results[i].finding.kind];
      report(first + i, results[i], options);
    }
    done += count;
  }
  fmt::print("{} models, from seed {}:", done, options.seed);
  size_t failed = 0;
  for (const auto &[kind, count] : kinds) {
    fmt::print(" {} {},", count, kind);
    failed += count;
  }
  fmt::print(" {} agree with their references\n", done - failed);
  return failed ? 1 : 0;
}
} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app{"Random models, each trained and run beside its reference"};
  app.add_option("--seconds", options.seconds, "How long")
      ->capture_default_str();
  app.add_option("--models", options.models, "At most so many");
  app.add_option("--seed", options.seed, "Of the first model")
      ->capture_default_str();
  app.add_option("-j,--jobs", options.jobs, "Models at the same time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--timeout", options.timeout, "Seconds for a model")
      ->capture_default_str();
  app.add_option("--trials", options.trials,
                 "Smaller models to try for each finding")
      ->capture_default_str();
  app.add_option("--findings", options.findings,
                 "Folder for the smallest models that fail");
  app.add_option("--model", options.model, "Examine this file instead");
  app.add_flag("--print", options.print, "Print each model");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGINT, [](int) { stop = true; });
  if (options.model.empty())
    return run(options);
  std::ifstream file(options.model);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  Finding finding = runModel(text, options.seed, options).finding;
  fmt::print("{}\n{}\n", finding.kind, finding.text);
  return finding.kind.empty() ? 0 : 1;
}
