// roofline.cpp: what this machine can do at most.
#include "runtime/cli/roofline.h"
#include "runtime/artifact.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace lathe {

namespace {

// Independent sums: enough for two units of latency five.
constexpr int chains = 12;
constexpr int64_t rounds = 200000;

#ifdef __x86_64__
__attribute__((target("avx512f"))) float chain_avx512() {
  __m512 sums[chains], factor = _mm512_set1_ps(0.999f);
  for (__m512 &sum : sums)
    sum = factor;
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (int k = 0; k < chains; ++k)
      sums[k] = _mm512_fmadd_ps(sums[k], factor, factor);
  }
  __m512 total = sums[0];
  for (int k = 1; k < chains; ++k)
    total = _mm512_add_ps(total, sums[k]);
  return _mm512_cvtss_f32(total);
}

__attribute__((target("avx2,fma"))) float chain_avx2() {
  __m256 sums[chains], factor = _mm256_set1_ps(0.999f);
  for (__m256 &sum : sums)
    sum = factor;
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 12
    for (int k = 0; k < chains; ++k)
      sums[k] = _mm256_fmadd_ps(sums[k], factor, factor);
  }
  __m256 total = sums[0];
  for (int k = 1; k < chains; ++k)
    total = _mm256_add_ps(total, sums[k]);
  return _mm256_cvtss_f32(total);
}
#endif

struct Chain {
  float (*run)();
  int lanes;
};

Chain best_chain() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f"))
    return {chain_avx512, 16};
  if (__builtin_cpu_supports("fma"))
    return {chain_avx2, 8};
#endif
  return {nullptr, 0};
}

// Seconds that `task` takes on all threads at once, at best: for a while, as
// threads may still sleep, or others' work be in the way.
template <typename Task>
double time_on_threads(int threads, Task task) {
  auto body = [](void *closure, int index) {
    (*static_cast<Task *>(closure))(index);
    return 0;
  };
  constexpr int fewest_repetitions = 3;
  constexpr double long_enough = 0.05;
  double best = 1e9, total = 0;
  for (int repetition = 0;
       repetition < fewest_repetitions || total < long_enough; ++repetition) {
    auto start = std::chrono::steady_clock::now();
    if (lathe_parallel_for && threads > 1)
      lathe_parallel_for(body, &task, 0, threads);
    else
      task(0);
    std::chrono::duration<double> time =
        std::chrono::steady_clock::now() - start;
    best = std::min(best, time.count());
    total += time.count();
  }
  return best;
}

} // namespace

Roofline measure_roofline(int threads) {
  Roofline roofline{0, 0};
  Chain chain = best_chain();
  if (chain.run) {
    std::vector<float> sinks(size_t(threads) * 16);
    double seconds = time_on_threads(
        threads, [&](int index) { sinks[size_t(index) * 16] = chain.run(); });
    roofline.gigaflops =
        2e-9 * chain.lanes * chains * double(rounds) * threads / seconds;
  }
  // 64 MiB for each thread: sums of what is read.
  constexpr size_t elements = 16 << 20;
  std::vector<uint32_t> memory(elements * size_t(threads), 1);
  std::vector<uint32_t> sums(size_t(threads) * 16);
  double seconds = time_on_threads(threads, [&](int index) {
    const uint32_t *part = memory.data() + elements * size_t(index);
    uint32_t sum = 0;
    for (size_t i = 0; i < elements; ++i)
      sum += part[i];
    sums[size_t(index) * 16] = sum;
  });
  roofline.gigabytes = 4e-9 * double(elements) * threads / seconds;
  return roofline;
}

} // namespace lathe
