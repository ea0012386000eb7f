// thread_pool.h: threads for the kernels of all artifacts in the process.
#pragma once

#include "runtime/artifact.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

namespace lathe {

// Runs loops on `threads` threads, the calling one included. Workers spin for a
// moment after each loop, so that the next one starts within a microsecond or
// so, and then sleep. A loop that is started inside of a loop, or while another
// thread's loop is running, runs serially on its caller. Where not as many
// threads can be made, it does with those that can.
class ThreadPool {
public:
  // `stack`: bytes that a task may take, lathe_model's stack_size.
  explicit ThreadPool(int threads, int64_t stack = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int threads() const { return int(workers_.size()) + 1; }
  // Why there are fewer than asked for; "" when there are not.
  const std::string &shortage() const { return shortage_; }

  // Calls task(closure, i) once for each i in [min, min + count); returns 0, or
  // a non-zero result of one of the calls.
  int run(lathe_task task, void *closure, int min, int count);

private:
  void work();
  void take_indices();
  bool open() const { return generation_.load() & 1; }

  std::vector<pthread_t> workers_; // std::thread has the system's usual stack
  std::string shortage_;
  std::mutex caller_; // held by the thread whose loop it is

  // The loop. Written only while generation_ is even and inside_ is 0.
  lathe_task task_ = nullptr;
  void *closure_ = nullptr;
  int min_ = 0;
  int count_ = 0;

  // Odd while a loop is open to workers. A worker first counts itself in and
  // then looks whether the loop is still open; the caller first closes and then
  // waits until nobody is in. Sequential consistency makes one see the other.
  alignas(64) std::atomic<unsigned> generation_{0};
  alignas(64) std::atomic<int> next_{0};
  alignas(64) std::atomic<int> inside_{0};
  std::atomic<int> status_{0};

  alignas(64) std::atomic<int> sleepers_{0};
  std::atomic<bool> stopping_{false};
  std::mutex sleep_;
  std::condition_variable wake_;
};

// Points lathe_parallel_for at a pool of this many threads; 0 means one for
// each CPU that the process may use. `stack`: lathe_model's stack_size. Says so
// on stderr where they cannot all be made. To be called while no step is
// running.
void set_threads(int threads, int64_t stack = 0);

} // namespace lathe
