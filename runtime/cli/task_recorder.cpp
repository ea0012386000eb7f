// task_recorder.cpp: see task_recorder.h.
#include "runtime/cli/task_recorder.h"
#include "runtime/artifact.h"

#include <algorithm>
#include <chrono>

namespace lathe {

namespace {

using Clock = std::chrono::steady_clock;

double between(Clock::time_point start, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - start).count();
}

// Of one look at the clock: the best of some rounds, as others' work may be in
// the way.
double clock_cost() {
  constexpr int rounds = 20, looks = 200;
  double best = 1;
  for (int round = 0; round < rounds; ++round) {
    Clock::time_point start = Clock::now(), end;
    for (int i = 0; i < looks; ++i)
      end = Clock::now();
    best = std::min(best, between(start, end) / looks);
  }
  return best;
}

class Recorder {
public:
  Recorder() : cost_(clock_cost()) {}

  void begin() { last_ = Clock::now(); }

  void end_call(int32_t kernel) {
    current_.serial += lap();
    current_.kernel = kernel;
    calls_.push_back(std::move(current_));
    current_ = {};
    last_ = Clock::now();
  }

  int run_loop(lathe_task task, void *closure, int min, int count) {
    int status = 0;
    auto run = [&](int i) {
      if (int failed = task(closure, min + i))
        status = failed;
    };
    if (in_loop_) {
      for (int i = 0; i < count; ++i)
        run(i);
      return status;
    }
    current_.serial += lap();
    std::vector<double> times(size_t(std::max(count, 0)));
    in_loop_ = true;
    last_ = Clock::now();
    for (int i = 0; i < count; ++i) {
      run(i);
      times[size_t(i)] = lap();
    }
    in_loop_ = false;
    current_.loops.push_back(std::move(times));
    last_ = Clock::now();
    return status;
  }

  std::vector<RecordedCall> take() {
    end_call(-1);
    return std::move(calls_);
  }

private:
  // Since the last lap.
  double lap() {
    Clock::time_point now = Clock::now();
    double time = between(last_, now) - cost_;
    last_ = now;
    return std::max(time, 0.0);
  }

  double cost_;
  Clock::time_point last_;
  bool in_loop_ = false;
  RecordedCall current_;
  std::vector<RecordedCall> calls_;
};

// What artifacts call has no argument of the caller's.
Recorder *recorder = nullptr;

// Points artifacts at a recorder, and back.
class Recording {
public:
  explicit Recording(Recorder &here)
      : parallel_for_(lathe_parallel_for), watcher_(lathe_watch_kernel) {
    recorder = &here;
    lathe_parallel_for = [](lathe_task task, void *closure, int min,
                            int count) {
      return recorder->run_loop(task, closure, min, count);
    };
    lathe_watch_kernel = [](const lathe_model *, int32_t kernel) {
      recorder->end_call(kernel);
    };
  }
  ~Recording() {
    lathe_parallel_for = parallel_for_;
    lathe_watch_kernel = watcher_;
    recorder = nullptr;
  }
  Recording(const Recording &) = delete;
  Recording &operator=(const Recording &) = delete;

private:
  lathe_parallel_for_function parallel_for_;
  lathe_kernel_watcher watcher_;
};

} // namespace

std::vector<RecordedCall> record_tasks(const std::function<void()> &step) {
  Recorder here;
  {
    Recording recording(here);
    here.begin();
    step();
  }
  return here.take();
}

bool keep_shorter(std::vector<RecordedCall> &best,
                  const std::vector<RecordedCall> &other) {
  auto same_tasks = [](const std::vector<double> &a,
                       const std::vector<double> &b) {
    return a.size() == b.size();
  };
  auto same_loops = [&](const RecordedCall &a, const RecordedCall &b) {
    return a.kernel == b.kernel &&
           std::equal(a.loops.begin(), a.loops.end(), b.loops.begin(),
                      b.loops.end(), same_tasks);
  };
  if (!std::equal(best.begin(), best.end(), other.begin(), other.end(),
                  same_loops))
    return false;
  for (size_t i = 0; i < best.size(); ++i) {
    best[i].serial = std::min(best[i].serial, other[i].serial);
    for (size_t loop = 0; loop < best[i].loops.size(); ++loop)
      for (size_t task = 0; task < best[i].loops[loop].size(); ++task)
        best[i].loops[loop][task] =
            std::min(best[i].loops[loop][task], other[i].loops[loop][task]);
  }
  return true;
}

} // namespace lathe
