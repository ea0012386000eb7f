// thread_pool.cpp: see thread_pool.h.
#include "runtime/thread_pool.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

// As in every artifact: a program that has none, and only reads data, links
// too.
__attribute__((weak)) lathe_parallel_for_function lathe_parallel_for = nullptr;

namespace lathe {

namespace {

thread_local bool in_loop = false;

// Longer than the gap between two kernels of a step, shorter than anyone would
// notice as wasted.
constexpr std::chrono::microseconds spin_time(100);

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins until the condition holds or the time is over; says whether it holds.
// Where other programs keep the machine busy, the thread that is waited for may
// need this very CPU: about each microsecond it is offered.
template <typename Condition>
bool spin(Condition condition) {
  auto start = std::chrono::steady_clock::now();
  do {
    for (int i = 0; i < 32; ++i) {
      if (condition())
        return true;
      pause();
    }
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() - start < spin_time);
  return condition();
}

int run_serially(lathe_task task, void *closure, int min, int count) {
  int status = 0;
  for (int i = 0; i < count; ++i)
    if (int failed = task(closure, min + i))
      status = failed;
  return status;
}

} // namespace

ThreadPool::ThreadPool(int threads, int64_t stack) {
  workers_.reserve(threads > 1 ? size_t(threads) - 1 : 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  size_t usual = 0;
  pthread_attr_getstacksize(&attributes, &usual);
  constexpr int64_t own = 64 << 10; // of the pool, and of the thread itself
  if (size_t(stack + own) > usual)
    pthread_attr_setstacksize(&attributes, size_t(stack + own + 4095) & ~4095);
  auto run = [](void *pool) -> void * {
    static_cast<ThreadPool *>(pool)->work();
    return nullptr;
  };
  for (int i = 1; i < threads && shortage_.empty(); ++i) {
    pthread_t worker;
    int error = pthread_create(&worker, &attributes, run, this);
    if (error == 0)
      workers_.push_back(worker);
    else // a limit on processes, or memory
      shortage_ = std::strerror(error);
  }
  pthread_attr_destroy(&attributes);
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(sleep_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (pthread_t worker : workers_)
    pthread_join(worker, nullptr);
}

int ThreadPool::run(lathe_task task, void *closure, int min, int count) {
  std::unique_lock<std::mutex> caller(caller_, std::defer_lock);
  if (in_loop || count <= 1 || workers_.empty() || !caller.try_lock())
    return run_serially(task, closure, min, count);

  task_ = task;
  closure_ = closure;
  min_ = min;
  count_ = count;
  next_ = 0;
  status_ = 0;
  generation_ += 1;
  if (sleepers_ != 0) {
    std::lock_guard<std::mutex> lock(sleep_);
    wake_.notify_all();
  }
  take_indices();
  generation_ += 1;
  auto all_out = [this] { return inside_ == 0; };
  while (!spin(all_out)) {
  }
  return status_;
}

void ThreadPool::take_indices() {
  in_loop = true;
  for (int i; (i = next_.fetch_add(1)) < count_;)
    if (int failed = task_(closure_, min_ + i))
      status_ = failed;
  in_loop = false;
}

void ThreadPool::work() {
  unsigned seen = 0; // the last loop this worker took part in
  while (!stopping_) {
    auto fresh = [&] { return (open() && generation_ != seen) || stopping_; };
    if (!spin(fresh)) {
      std::unique_lock<std::mutex> lock(sleep_);
      sleepers_ += 1;
      wake_.wait(lock, fresh);
      sleepers_ -= 1;
    }
    inside_ += 1;
    seen = generation_;
    if (seen & 1)
      take_indices();
    inside_ -= 1;
  }
}

namespace {

std::unique_ptr<ThreadPool> pool;

int run_in_pool(lathe_task task, void *closure, int min, int count) {
  return pool->run(task, closure, min, count);
}

} // namespace

void set_threads(int threads, int64_t stack) {
  if (threads == 0)
    threads = int(std::thread::hardware_concurrency());
  lathe_parallel_for = nullptr;
  pool.reset();
  if (threads > 1) {
    pool = std::make_unique<ThreadPool>(threads, stack);
    lathe_parallel_for = run_in_pool;
    if (!pool->shortage().empty())
      fmt::print(stderr,
                 "{} of {} threads could be made ({}), and do the work; the "
                 "results are the same\n",
                 pool->threads(), threads, pool->shortage());
  }
}

} // namespace lathe
