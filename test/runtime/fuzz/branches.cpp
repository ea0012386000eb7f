// branches.cpp: branches of instrumented code, for libFuzzer. gcc's
// -fsanitize-coverage=trace-pc calls a function at each; libFuzzer reads
// counters.
#include <cstddef>
#include <cstdint>

namespace {
constexpr size_t branch_count = 1 << 16;
__attribute__((section("__libfuzzer_extra_counters"), used))
uint8_t branches[branch_count];
} // namespace

extern "C" void __sanitizer_cov_trace_pc() {
  const auto place = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
  uint8_t &count = branches[(place ^ (place >> 16)) % branch_count];
  count = uint8_t(count + (count != UINT8_MAX));
}

extern "C" const char *__asan_default_options() {
  return "allocator_may_return_null=1";
}

extern "C" const char *__ubsan_default_options() {
  return "halt_on_error=1:print_stacktrace=1";
}
