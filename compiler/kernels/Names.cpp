//===- Names.cpp - Names that do not tell what was compiled before --------===//

#include "compiler/kernels/Names.h"

#include <Halide.h>

#include <mutex>

using namespace Halide;

namespace lathe::kernels {

// Halide numbers what it names through the whole process ("t9", "sum$10"), and
// orders by name what a parallel loop captures, what is computed first, and the
// operands of sums. Among numbers of one length that order is the order in
// which names were made; between 9 and 10 it is not. So all counters begin
// where a process does not get from one length to the next.
void beginNamesAlike() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct Counter {
      char prefix;
      int start;
    };
    // Common subexpressions; functions, variables, domains, parameters.
    constexpr Counter counters[] = {{'t', 1000000}, {'f', 100000},
                                    {'v', 100000},  {'r', 100000},
                                    {'p', 10000},   {'b', 10000}};
    for (const Counter &counter : counters)
      for (int i = 0; i < counter.start; ++i)
        Internal::unique_name(counter.prefix);
    // What one kernel may have several of.
    for (const char *name :
         {"absorbed", "best", "better", "both", "gradients", "joined", "lanes",
          "partial", "power", "reduced", "row_value", "scores", "stream", "sum",
          "sums", "total", "weights"})
      for (int i = 0; i < 10000; ++i)
        Internal::unique_name(std::string(name));
  });
}

} // namespace lathe::kernels
