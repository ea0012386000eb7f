// timings.h: how long the runs of something took.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace lathe {

struct Timings {
  std::vector<double> milliseconds;

  template <typename Function>
  void measure(Function function) {
    auto start = std::chrono::steady_clock::now();
    function();
    std::chrono::duration<double, std::milli> time =
        std::chrono::steady_clock::now() - start;
    milliseconds.push_back(time.count());
  }
  double best() const {
    return *std::min_element(milliseconds.begin(), milliseconds.end());
  }
  double median() const {
    std::vector<double> sorted = milliseconds;
    std::sort(sorted.begin(), sorted.end());
    size_t middle = sorted.size() / 2;
    return sorted.size() % 2 ? sorted[middle]
                             : (sorted[middle - 1] + sorted[middle]) / 2;
  }
};

} // namespace lathe
