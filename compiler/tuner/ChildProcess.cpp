//===- ChildProcess.cpp - Work whose end is uncertain ---------------------===//
#include "compiler/tuner/ChildProcess.h"
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace lathe;
using Clock = std::chrono::steady_clock;

void lathe::writeAll(int descriptor, const char *data, size_t size) {
  while (size > 0) {
    ssize_t written = write(descriptor, data, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return;
    data += written;
    size -= size_t(written);
  }
}

namespace {
struct Child {
  pid_t process;
  int descriptor;
  size_t index;
  Clock::time_point deadline;
  const char *given = nullptr; ///< why it was ended from outside
};

/// Whatever happens in the child, none of the parent's own business (buffered
/// output, temporary files, handlers of signals) is done a second time.
[[noreturn]] void runChild(const std::function<void(size_t, int)> &work,
                           size_t index, int descriptor) {
  // Ctrl-C reaches all processes of a terminal: the parent decides.
  signal(SIGINT, SIG_IGN);
  for (int fatal : {SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGABRT, SIGTRAP})
    signal(fatal, SIG_DFL);
  rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // What a compiler says about a schedule that it cannot use is no news.
  int silence = open("/dev/null", O_WRONLY);
  dup2(silence, STDOUT_FILENO);
  dup2(silence, STDERR_FILENO);
  work(index, descriptor);
  _exit(0);
}

class Children {
public:
  Children(std::vector<ChildResult> &results, const std::atomic<bool> &stop)
      : results(results), stop(stop) {}

  size_t running() const { return children.size(); }

  void start(size_t index, double seconds,
             const std::function<void(size_t, int)> &work) {
    int ends[2];
    pid_t process = -1;
    if (pipe2(ends, O_CLOEXEC) == 0 && (process = fork()) < 0) {
      close(ends[0]);
      close(ends[1]);
    }
    if (process < 0) {
      results[index].failure =
          std::string("could not be started: ") + std::strerror(errno);
      return;
    }
    if (process == 0) {
      close(ends[0]);
      runChild(work, index, ends[1]);
    }
    close(ends[1]);
    children.push_back(
        {process, ends[0], index,
         Clock::now() + std::chrono::milliseconds(int64_t(seconds * 1e3))});
  }

  /// Reads what the children have written, and buries the dead.
  void attend() {
    std::vector<pollfd> polled;
    for (const Child &child : children)
      polled.push_back({child.descriptor, POLLIN, 0});
    poll(polled.data(), polled.size(), 20);
    for (size_t i = children.size(); i-- > 0;)
      if ((polled[i].revents && !read(children[i])) || overdue(children[i])) {
        bury(children[i]);
        children.erase(children.begin() + ptrdiff_t(i));
      }
  }

private:
  bool read(Child &child) {
    char buffer[1 << 16];
    ssize_t size = ::read(child.descriptor, buffer, sizeof buffer);
    if (size < 0)
      return errno == EINTR || errno == EAGAIN;
    results[child.index].output.append(buffer, size_t(size));
    return size > 0;
  }

  bool overdue(Child &child) {
    if (stop)
      results[child.index].interrupted = true;
    else if (Clock::now() < child.deadline)
      return false;
    child.given = stop ? "interrupted" : "took too long";
    kill(child.process, SIGKILL);
    return true;
  }

  void bury(const Child &child) {
    close(child.descriptor);
    int status = 0;
    while (waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
    }
    std::string &failure = results[child.index].failure;
    if (child.given)
      failure = child.given;
    else if (WIFSIGNALED(status))
      failure = "crashed (signal " + std::to_string(WTERMSIG(status)) + ")";
    else if (WEXITSTATUS(status) != 0)
      failure = "failed";
  }

  std::vector<Child> children;
  std::vector<ChildResult> &results;
  const std::atomic<bool> &stop;
};
} // namespace

std::vector<ChildResult>
lathe::runChildren(size_t count, unsigned jobs, double seconds,
                   const std::atomic<bool> &stop,
                   const std::function<void(size_t, int)> &work) {
  std::vector<ChildResult> results(count);
  Children children(results, stop);
  size_t next = 0;
  while (next < count || children.running()) {
    while (next < count && children.running() < jobs && !stop)
      children.start(next++, seconds, work);
    for (; stop && next < count; ++next) {
      results[next].interrupted = true;
      results[next].failure = "interrupted";
    }
    if (children.running())
      children.attend();
  }
  return results;
}
