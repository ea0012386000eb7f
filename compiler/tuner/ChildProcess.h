//===- ChildProcess.h - Work whose end is uncertain -------------*- C++ -*-===//
#ifndef LATHE_COMPILER_TUNER_CHILDPROCESS_H
#define LATHE_COMPILER_TUNER_CHILDPROCESS_H

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace lathe {

/// What a child process wrote until it ended, and how it ended.
struct ChildResult {
  std::string output;
  std::string
      failure; ///< "crashed (signal 11)"; empty where it ended by itself
  bool interrupted = false; ///< ended because the user wanted to
};

/// Runs work(0), work(1), ... in forked copies of this process, `jobs` at a
/// time: one that crashes, or takes longer than `seconds`, costs itself alone.
/// `work` writes its result to the descriptor. Once `stop` is set the rest is
/// given up.
///
/// This process must have no other thread: only the forking one lives in a
/// child, and locks that others hold would stay locked.
std::vector<ChildResult>
runChildren(size_t count, unsigned jobs, double seconds,
            const std::atomic<bool> &stop,
            const std::function<void(size_t index, int descriptor)> &work);

/// Writes all of the text, as far as somebody reads it.
void writeAll(int descriptor, const char *data, size_t size);

} // namespace lathe

#endif // LATHE_COMPILER_TUNER_CHILDPROCESS_H
