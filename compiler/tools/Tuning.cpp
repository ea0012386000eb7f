//===- Tuning.cpp - A model's kernels tuned -------------------------------===//
#include "compiler/tools/Tuning.h"
#include "compiler/tools/MachineOptions.h"
#include "compiler/tools/StagedModel.h"
#include "compiler/tuner/BusyMachine.h"
#include "compiler/tuner/ModelComparison.h"
#include "runtime/cli/roofline.h"
#include "runtime/thread_pool.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include <csignal>
#include <fmt/format.h>

using namespace llvm;
using namespace lathe;

/// What the search takes unless told otherwise. Measuring the defaults alone
/// takes half a second for each kernel where they are not compiled yet.
static double usualSeconds(size_t kernels) {
  return std::clamp(60 + 5 * (double(kernels) - 40), 60.0, 540.0);
}

namespace {
std::atomic<bool> interrupted;

/// Ctrl-C ends the search; a second one ends the process, as everywhere.
void endSearch(int) {
  interrupted = true;
  std::signal(SIGINT, SIG_DFL);
}

/// "conv2d_bias_add_relu_3x3x64", without the model's name.
std::string nameOf(const TuningTask &task) {
  return exec::KernelOp(task.kernel).getSymName().str();
}

class Tuning {
public:
  explicit Tuning(TuneRequest request) : request(std::move(request)) {}

  bool run() {
    std::string host = cantFail(resolveTarget("host"));
    if (!resolveMachine(options().codegen))
      return false;
    if (options().codegen.target != host)
      return fail("schedules for " + options().codegen.target +
                  " cannot be measured here: this machine's target is " + host);
    if (!model.load(request.model, request.graph) ||
        !model.runStages(options().codegen.machine(), "planned",
                         [](const Stage &, unsigned) { return true; }))
      return false;
    switch (request.mode) {
    case TuneRequest::DryRun:
      return dryRun();
    case TuneRequest::Show:
      return show();
    case TuneRequest::Export:
      return exportText();
    case TuneRequest::Search:
      return search();
    }
    return false;
  }

private:
  TuningOptions &options() { return request.options; }

  /// A database that is not there yet is no error to one who asks what is in
  /// it.
  std::optional<Database> open(Database::Access access) {
    if (request.database.empty() || request.database == "none") {
      fail("tuning needs a database; name a file with --tuning-db");
      return std::nullopt;
    }
    bool missing = !sys::fs::exists(request.database);
    bool empty = missing && access == Database::Read;
    Expected<Database> database =
        empty ? Database::open(":memory:", Database::Write)
              : Database::open(request.database, access);
    if (database)
      return std::move(*database);
    fail(database.takeError());
    return std::nullopt;
  }

  bool readTasks(const Database &database) {
    Expected<TuningTasks> read =
        tuningTasks(model.module(), database, options());
    if (!read)
      return fail(read.takeError());
    tasks = std::move(*read);
    return true;
  }

  bool dryRun() {
    std::optional<Database> database = open(Database::Read);
    if (!database || !readTasks(*database))
      return false;
    size_t candidates = 0;
    for (auto &task : tasks) {
      outs() << fmt::format("{}\n  calls {}, tried {}, next {}\n  {}\n",
                            nameOf(*task), task->calls, task->tried.size(),
                            task->queue.size(), kernels::toString(task->best));
      candidates += task->queue.size();
    }
    outs() << fmt::format("{} kernels, {} schedules next to be tried\n",
                          tasks.size(), candidates);
    return true;
  }

  bool exportText() {
    std::optional<Database> database = open(Database::Read);
    if (!database || !readTasks(*database))
      return false;
    for (auto &task : tasks)
      if (task->stored)
        outs() << fmt::format("# {}, {:.2f}x on {}\n", nameOf(*task),
                              task->stored->defaultMilliseconds /
                                  task->stored->milliseconds,
                              task->key.cpu)
               << printShippedSchedule({task->key.batch, task->key.threads,
                                        task->key.signature,
                                        task->stored->schedule});
    return true;
  }

  bool show() {
    std::optional<Database> database = open(Database::Read);
    if (!database || !readTasks(*database) || !makeCache())
      return false;
    double peak = fmaPeak();
    options().seconds = 1e9;
    Tuner tuner(model.module(), tasks, *database, options(), interrupted,
                [](const TuningProgress &) {});
    std::signal(SIGINT, endSearch);
    if (Error error = tuner.measureKnown())
      return fail(std::move(error));
    outs() << fmt::format("{:<{}}{:>10}{:>10}{:>7}{:>9}{:>6}\n", "kernel",
                          nameWidth(), "default ms", "tuned ms", "gain",
                          "GFLOP/s", "peak");
    for (auto &task : tasks)
      outs() << tableLine(*task, peak);
    outs() << fmt::format(
        "{}, {} thread{}; multiply-adds in registers reach {:.0f} GFLOP/s. "
        "Winograd's\nproducts count as those that they replace, and may be "
        "more than that.\n",
        options().codegen.target, options().threads,
        options().threads > 1 ? "s" : "", peak);
    return !interrupted;
  }

  /// GFLOP/s, 0 where it is not known. No thread is left: measuring forks.
  double fmaPeak() {
    set_threads(int(options().threads));
    double peak = measure_roofline(int(options().threads)).gigaflops;
    set_threads(1);
    return peak;
  }

  /// Of the column that the longest name fits.
  size_t nameWidth() const {
    size_t longest = 0;
    for (const auto &task : tasks)
      longest = std::max(longest, nameOf(*task).size());
    return longest + 2;
  }

  std::string tableLine(const TuningTask &task, double peak) const {
    if (task.milliseconds <= 0)
      return fmt::format("{:<{}}{:>10}\n", nameOf(task), nameWidth(), "-");
    bool tuned = task.best != task.defaultSchedule();
    std::string line =
        fmt::format("{:<{}}{:>10.4f}{:>10}{:>7}", nameOf(task), nameWidth(),
                    task.defaultMilliseconds,
                    tuned ? fmt::format("{:.4f}", task.milliseconds) : "",
                    tuned ? fmt::format("{:.2f}x", task.defaultMilliseconds /
                                                       task.milliseconds)
                          : "");
    double flops = 2 * kernels::multiplyAdds(task.spec, task.key.batch);
    double gigaflops = flops / task.milliseconds / 1e6;
    if (flops > 0)
      line += fmt::format("{:>9.1f}", gigaflops);
    if (flops > 0 && peak > 0)
      line += fmt::format("{:>5.0f}%", 100 * gigaflops / peak);
    return line + "\n";
  }

  //===--------------------------------------------------------------------===//
  // The search
  //===--------------------------------------------------------------------===//

  /// Candidates are compiled into the cache, from where the final models and
  /// later compilations take them; without one, into a folder of this run.
  bool makeCache() {
    std::string &folder = options().codegen.cacheDirectory;
    if (!folder.empty() && !sys::fs::create_directories(folder) &&
        !sys::fs::access(folder, sys::fs::AccessMode::Write))
      return true;
    SmallString<128> path;
    if (auto error = sys::fs::createUniqueDirectory("lathe-kernels", path))
      return fail("cannot create a temporary folder: " + error.message());
    folder = temporaryCache = std::string(path);
    return true;
  }

  bool search() {
    std::optional<Database> database = open(Database::Write);
    if (!database || !makeCache())
      return false;
    std::signal(SIGINT, endSearch);
    if (std::string busy = warnIfBusy(); !busy.empty())
      warn(busy);
    Tuner tuner(model.module(), tasks, *database, options(), interrupted,
                [this](const TuningProgress &p) { tell(p); });
    Expected<UntunedModel> untuned =
        UntunedModel::link(model.module(), options().codegen);
    if (!untuned)
      return fail(untuned.takeError());
    if (!readTasks(*database))
      return false;
    if (options().seconds == 0)
      options().seconds = usualSeconds(tasks.size());
    Error error = tuner.search();
    clearLine();
    if (error)
      return fail(std::move(error));
    return conclude(tuner, *untuned, *database);
  }

  bool conclude(const Tuner &tuner, const UntunedModel &untuned,
                Database &database) {
    unsigned improved = 0, open = 0;
    for (auto &task : tasks) {
      improved += task->improved;
      open += !task->queue.empty();
    }
    errs() << fmt::format(
        "{} schedules measured, {} kernels improved, {} of {} "
        "with more to try\n",
        tuner.trials(), improved, open, tasks.size());
    if (tuner.trials() == 0 && open && !interrupted)
      errs() << "compiling and measuring the defaults took all the time; a "
                "further run finds them compiled\n";
    return !improved || compare(tuner, untuned, database);
  }

  /// Both models, until no step of the tuned one is slower: what makes it so is
  /// taken back.
  bool compare(const Tuner &tuner, const UntunedModel &untuned,
               Database &database) {
    for (;;) {
      Expected<ModelComparison> compared =
          untuned.compare(model.module(), tasks, options(),
                          tuner.secondsLeft() - 2, interrupted);
      if (!compared && interrupted) {
        // Ctrl-C ends a terminal's other processes too.
        consumeError(compared.takeError());
        errs() << "kept in " << request.database
               << ", but not compared on the whole model\n";
        return true;
      }
      if (!compared) {
        consumeError(takeBack(improvedTasks(tasks), database));
        return fail(compared.takeError());
      }
      describe("training step", compared->train);
      describe("prediction", compared->predict);
      constexpr double steady = 0.05;
      if (compared->spread() > steady)
        warn(fmt::format("runs of the same code differ by {:.0f}%: the machine "
                         "is busy, and smaller gains and losses mean nothing",
                         100 * compared->spread()));
      std::vector<TuningTask *> slower = slowerTasks(tasks, *compared);
      if (slower.empty()) {
        errs() << "kept in " << request.database << "\n";
        if (compared->train.isSlower() || compared->predict.isSlower())
          warn("a step is slower with schedules that were known before this "
               "run; --show measures them");
        return true;
      }
      if (Error error = takeBack(slower, database))
        return fail(std::move(error));
      if (improvedTasks(tasks).empty()) {
        errs() << "the model is not faster: what this run found is taken "
                  "back\n";
        return true;
      }
      errs() << fmt::format(
          "{} schedules that make {} slower are taken back\n", slower.size(),
          compared->train.isSlower() ? "training steps" : "predictions");
    }
  }

  static void describe(const char *step, const StepComparison &compared) {
    double before = compared.untuned.best(), after = compared.tuned.best();
    if (before > 0 && after > 0)
      errs() << fmt::format("{:<14}{:>9.3f} ms -> {:>9.3f} ms ({:.2f}x)\n",
                            step, before, after, before / after);
  }

  void tell(const TuningProgress &p) {
    if (p.improvement) {
      clearLine();
      errs() << fmt::format("{:<{}}{:.4f} -> {:.4f} ms  {}\n", nameOf(*p.task),
                            nameWidth(), p.task->defaultMilliseconds,
                            p.task->milliseconds,
                            kernels::toString(p.task->best));
    }
    if (!sys::Process::StandardErrIsDisplayed())
      return;
    constexpr int width = 20;
    int done = std::clamp(int(width * p.seconds / options().seconds), 0, width);
    errs() << fmt::format(
        "\r\033[K[{:=<{}}{:{}}] {:.0f}/{:.0f} s, {} measured, kernels {:.3f} "
        "-> {:.3f} ms, {}",
        "", done, "", width - done, p.seconds, options().seconds, p.trials,
        p.defaultMilliseconds, p.milliseconds, nameOf(*p.task));
  }

  static void clearLine() {
    if (sys::Process::StandardErrIsDisplayed())
      errs() << "\r\033[K";
  }

public:
  ~Tuning() {
    if (!temporaryCache.empty())
      sys::fs::remove_directories(temporaryCache);
  }

private:
  TuneRequest request;
  StagedModel model;
  TuningTasks tasks;
  std::string temporaryCache;
};
} // namespace

bool lathe::tune(TuneRequest request) {
  return Tuning(std::move(request)).run();
}
