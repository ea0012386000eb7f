// error.h: a mistake of the user.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace lathe {

// what() is the one message that the user sees: it names the file and the place
// in it, or the option, and says what was expected.
class Error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args &&...args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

} // namespace lathe
