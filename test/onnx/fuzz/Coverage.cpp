//===- Coverage.cpp - Branches of instrumented code, for libFuzzer --------===//
//
// gcc's -fsanitize-coverage=trace-pc calls a function at each branch; libFuzzer
// reads counters, and its own function of that name only says so.
//
//===----------------------------------------------------------------------===//
#include <cstddef>
#include <cstdint>

namespace {
constexpr size_t branchCount = 1 << 17;
__attribute__((section("__libfuzzer_extra_counters"), used))
uint8_t branches[branchCount];
} // namespace

extern "C" void __sanitizer_cov_trace_pc() {
  auto place = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
  uint8_t &count = branches[(place ^ (place >> 17)) % branchCount];
  count += count != UINT8_MAX;
}

/// The libraries around are not instrumented: their vectors look overrun.
extern "C" const char *__asan_default_options() {
  return "detect_container_overflow=0:detect_leaks=0:allocator_may_return_null="
         "1";
}

extern "C" const char *__ubsan_default_options() {
  return "halt_on_error=1:print_stacktrace=1";
}
