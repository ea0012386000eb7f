// thread_pool_test.cpp: every index once, whatever happens around it.
#include "runtime/thread_pool.h"
#include "test/runtime/handwritten_models.h"

#include <gtest/gtest.h>

#include <dlfcn.h>

#include <cerrno>
#include <chrono>

// How many more threads can be made. Stands before the C library's.
static int threads_left = -1;

extern "C" int pthread_create(pthread_t *thread,
                              const pthread_attr_t *attributes,
                              void *(*start)(void *), void *argument) {
  if (threads_left == 0)
    return EAGAIN;
  threads_left -= threads_left > 0;
  using Create = decltype(&pthread_create);
  static const auto create =
      reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return create(thread, attributes, start, argument);
}

namespace {

using lathe::ThreadPool;

struct Counts {
  std::vector<std::atomic<int>> seen;
  int min;

  Counts(int count, int min) : seen(count), min(min) {}
  static int count(void *closure, int i) {
    auto *self = static_cast<Counts *>(closure);
    ++self->seen[i - self->min];
    return 0;
  }
  bool all(int times) const {
    for (const auto &n : seen)
      if (n != times)
        return false;
    return true;
  }
};

TEST(ThreadPool, RunsEveryIndexOnce) {
  for (int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (int count : {0, 1, 2, 3, 7, 64, 1000}) {
      for (int min : {-5, 0, 100}) {
        Counts counts(count, min);
        EXPECT_EQ(pool.run(Counts::count, &counts, min, count), 0);
        EXPECT_TRUE(counts.all(1)) << threads << " threads, " << count;
      }
    }
  }
}

TEST(ThreadPool, ManyShortLoopsWithPausesBetween) {
  ThreadPool pool(3);
  Counts counts(5, 0);
  for (int i = 0; i < 20000; ++i) {
    pool.run(Counts::count, &counts, 0, 5);
    if (i % 4000 == 0) // long enough for the workers to fall asleep
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
  EXPECT_TRUE(counts.all(20000));
}

TEST(ThreadPool, ALoopInsideOfALoopRuns) {
  ThreadPool pool(2);
  struct Nested {
    ThreadPool *pool;
    Counts counts{10, 0};
  } nested{&pool};
  auto outer = [](void *closure, int) {
    auto *nested = static_cast<Nested *>(closure);
    return nested->pool->run(Counts::count, &nested->counts, 0, 10);
  };
  pool.run(outer, &nested, 0, 20);
  EXPECT_TRUE(nested.counts.all(20));
}

TEST(ThreadPool, LoopsOfSeveralThreadsAtOnceRun) {
  ThreadPool pool(2);
  Counts counts(10, 0);
  std::vector<std::thread> callers;
  for (int t = 0; t < 3; ++t)
    callers.emplace_back([&] {
      for (int i = 0; i < 500; ++i)
        pool.run(Counts::count, &counts, 0, 10);
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_TRUE(counts.all(1500));
}

// The usual stack is 8 MiB.
TEST(ThreadPool, TasksGetTheStackTheyNeed) {
  auto touch = [](void *, int) {
    volatile char memory[12 << 20];
    for (size_t i = 0; i < sizeof(memory); i += 4096)
      memory[i] = 1;
    return 0;
  };
  auto call = [](void *task) -> void * {
    ThreadPool pool(2, 12 << 20);
    for (int i = 0; i < 20; ++i)
      pool.run(*static_cast<lathe_task *>(task), nullptr, 0, 8);
    return nullptr;
  };
  lathe_task task = touch;
  pthread_attr_t large; // as the caller works, too
  pthread_attr_init(&large);
  pthread_attr_setstacksize(&large, 16 << 20);
  pthread_t caller;
  ASSERT_EQ(pthread_create(&caller, &large, call, &task), 0);
  EXPECT_EQ(pthread_join(caller, nullptr), 0);
  pthread_attr_destroy(&large);
}

TEST(ThreadPool, ReturnsAFailure) {
  auto fail_at_7 = [](void *, int i) { return i == 7 ? 42 : 0; };
  for (int threads : {1, 2}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.run(fail_at_7, nullptr, 0, 20), 42);
    EXPECT_EQ(pool.run(fail_at_7, nullptr, 0, 7), 0);
  }
}

// As with a limit on processes or memory.
TEST(ThreadPool, DoesWithTheThreadsThatCanBeMade) {
  for (int possible : {0, 1, 3}) {
    threads_left = possible;
    ThreadPool pool(8);
    EXPECT_EQ(pool.threads(), possible + 1);
    EXPECT_NE(pool.shortage(), "");
    Counts counts(1000, 0);
    EXPECT_EQ(pool.run(Counts::count, &counts, 0, 1000), 0);
    EXPECT_TRUE(counts.all(1));
    testing::internal::CaptureStderr();
    threads_left = possible;
    lathe::set_threads(8);
    EXPECT_EQ(testing::internal::GetCapturedStderr().find(
                  std::to_string(possible + 1) + " of 8 threads could be made"),
              0u);
    lathe::set_threads(1);
  }
  threads_left = -1;
  ThreadPool pool(3);
  EXPECT_EQ(pool.threads(), 3);
  EXPECT_EQ(pool.shortage(), "");
}

TEST(ThreadPool, TrainingDoesNotDependOnTheNumberOfThreads) {
  ShapesData train(100);
  std::string serial;
  for (int threads : {1, 2, 5}) {
    lathe::set_threads(threads);
    EXPECT_EQ(lathe_parallel_for != nullptr, threads > 1);
    Instance instance(full_model);
    ASSERT_EQ(fit(instance, train.dataset()), LATHE_OK);
    if (threads == 1)
      serial = instance.bytes();
    EXPECT_TRUE(instance.bytes() == serial) << threads;
  }
  lathe::set_threads(1);
}

} // namespace
