//===- main.cpp - Runs a conformance suite --------------------------------===//
//
// Each case runs in a process of its own, so that a crash or an endless loop
// costs itself alone; kernels are shared through the cache.
//
//===----------------------------------------------------------------------===//
#include "test/conformance/Report.h"
#include "test/model/RealData.h"
#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <sstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace lathe::conformance;
namespace fs = std::filesystem;
namespace test = lathe::test;

namespace {
/// What ctest takes for a test that could not be run.
constexpr int skipped = 77;

struct Options {
  std::string suite, data, cache, json, filter, floors;
  unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
  unsigned seconds = 120; ///< of CPU for a case
  bool refused = false;
};

std::vector<Case> listCases(const Options &options) {
  std::vector<Case> cases;
  auto add = [&](const Case &test) {
    if ((test.category + " " + test.name).find(options.filter) !=
        std::string::npos)
      cases.push_back(test);
  };
  // What takes longest comes first.
  for (const char *model : {"mnist-burn", "mnist-8"})
    if (fs::exists(options.suite + "/models/" + model))
      add({"models", model, options.suite + "/models/" + model});
  std::ifstream list(options.suite + "/onnx-backend/tests.tsv");
  std::string line;
  std::getline(list, line); // the columns' names
  while (std::getline(list, line)) {
    size_t tab = line.find('\t');
    std::string name = line.substr(tab + 1);
    add({line.substr(0, tab), name, options.suite + "/onnx-backend/" + name});
  }
  std::stable_partition(cases.begin(), cases.end(), [](const Case &test) {
    return test.category == "light";
  });
  return cases;
}

/// Runs cases in children, so many at a time.
class Children {
public:
  Children(const Options &options, std::vector<Result> &results)
      : options(options), results(results) {}

  void start(size_t number) {
    if (running.size() == options.jobs)
      finishOne();
    int ends[2];
    if (pipe(ends) != 0)
      throw std::runtime_error("cannot create a pipe");
    std::fflush(nullptr);
    pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      runChild(number, ends[1]);
    }
    close(ends[1]);
    running[child] = {number, ends[0]};
  }

  void finishOne() {
    int status = 0;
    pid_t child = wait(&status);
    auto it = running.find(child);
    if (it == running.end())
      return;
    auto [number, pipe] = it->second;
    running.erase(it);
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = read(pipe, buffer, sizeof(buffer))) > 0;)
      text.append(buffer, size_t(n));
    close(pipe);
    Outcome &outcome = results[number].outcome;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !text.empty())
      outcome = {Verdict(text[0] - '0'), text.substr(1)};
    else if (WIFSIGNALED(status))
      outcome = {Verdict::Crashed,
                 WTERMSIG(status) == SIGXCPU
                     ? fmt::format("takes too long: more than {} s of CPU time",
                                   options.seconds)
                     : fmt::format("signal {}", WTERMSIG(status))};
    else
      outcome = {Verdict::Crashed, "ended without a result"};
  }

  bool any() const { return !running.empty(); }

private:
  [[noreturn]] void runChild(size_t number, int end) {
    // SIGXCPU comes at the soft limit; at the hard one it is SIGKILL, which
    // does not say why.
    rlimit limit{options.seconds, options.seconds + 5};
    setrlimit(RLIMIT_CPU, &limit);
    rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    Outcome outcome =
        runCase(results[number].test, options.cache, options.data);
    // A pipe's buffer holds this much without a reader.
    std::string text = std::string(1, char('0' + int(outcome.verdict))) +
                       outcome.message.substr(0, 4000);
    bool written = write(end, text.data(), text.size()) == ssize_t(text.size());
    _exit(written ? 0 : 1);
  }

  struct Child {
    size_t number;
    int pipe;
  };
  const Options &options;
  std::vector<Result> &results;
  std::map<pid_t, Child> running;
};

/// `category passed` in each line: how many must pass at least.
bool reachesFloors(const std::string &path,
                   const std::vector<Result> &results) {
  std::ifstream file(path);
  std::string category;
  unsigned least;
  bool reached = true;
  while (file >> category >> least) {
    unsigned passed = 0;
    for (const Result &result : results)
      passed += result.test.category == category &&
                result.outcome.verdict == Verdict::Passed;
    if (passed >= least)
      continue;
    fmt::print("{}: {} pass, {} did before\n", category, passed, least);
    reached = false;
  }
  return reached;
}
} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Runs the cases of a conformance suite");
  app.add_option("SUITE", options.suite,
                 "Folder with onnx-backend and models (default: conformance "
                 "beside the data sets)")
      ->check(CLI::ExistingDirectory);
  app.add_option("--data", options.data,
                 "Folder of data sets (default: $LATHE_DATA)");
  app.add_option("--cache", options.cache, "Folder of compiled kernels");
  app.add_option("--filter", options.filter, "Only cases with this text");
  app.add_option("--json", options.json, "Write outcomes to this file");
  app.add_option("--floors", options.floors,
                 "File that says how many must pass of each category");
  app.add_option("-j,--jobs", options.jobs, "Cases at the same time")
      ->check(CLI::Range(1, 64));
  app.add_option("--seconds", options.seconds, "CPU time that a case may take")
      ->check(CLI::PositiveNumber);
  app.add_flag("--refused", options.refused, "Say why cases are refused");
  CLI11_PARSE(app, argc, argv);
  if (options.suite.empty())
    options.suite = test::conformanceFolder();
  if (options.suite.empty()) {
    fmt::print("there are no cases: $LATHE_DATA/../conformance is missing\n");
    return skipped;
  }
  if (options.data.empty())
    options.data = options.suite + "/../data";

  std::vector<Result> results;
  for (const Case &test : listCases(options))
    results.push_back({test, {}});
  Children children(options, results);
  for (size_t i = 0; i < results.size(); ++i)
    children.start(i);
  while (children.any())
    children.finishOne();

  fmt::print("{}", table(results, options.refused));
  if (!options.json.empty())
    std::ofstream(options.json) << json(results) << "\n";
  bool right =
      std::none_of(results.begin(), results.end(), [](const Result &r) {
        return r.outcome.verdict > Verdict::Refused;
      });
  if (!options.floors.empty())
    right &= reachesFloors(options.floors, results);
  return right && !results.empty() ? 0 : 1;
}
