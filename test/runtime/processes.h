// processes.h: executables as their users start them, as processes of their
// own. LATHE_TEST_BIN is their folder.
#pragma once

#include "test/runtime/handwritten_models.h"
#include "test/runtime/temporary_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

using Arguments = std::vector<std::string>;

struct Result {
  int code = -1; // -signal when killed
  std::string out, err;
};

// How a process is started, besides its arguments.
struct Start {
  std::string program = "softmax";
  std::string out; // where standard output goes, if not read
  std::function<void(pid_t)> meanwhile; // gets the process
  int ignored = 0;                      // a signal
  size_t largest_file = 0;              // bytes that a file may have
};

// Runs in `folder`.
inline Result run(const TemporaryFolder &folder, Arguments arguments,
                  const Start &start = {}) {
  const std::string path = std::string(LATHE_TEST_BIN) + "/" + start.program;
  arguments.insert(arguments.begin(), path);
  std::vector<char *> argv;
  for (std::string &argument : arguments)
    argv.push_back(&argument[0]);
  argv.push_back(nullptr);
  const std::string out = start.out.empty() ? folder / "stdout" : start.out;
  const std::string err = folder / "stderr";
  pid_t child = fork();
  if (child == 0) {
    // A test that runs in the background has these ignored.
    for (int number : {SIGINT, SIGHUP})
      signal(number, number == start.ignored ? SIG_IGN : SIG_DFL);
    if (start.largest_file) {
      rlimit limit = {start.largest_file, start.largest_file};
      setrlimit(RLIMIT_FSIZE, &limit);
    }
    dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), 1);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), 2);
    if (chdir(folder.path().c_str()) == 0)
      execv(argv[0], argv.data());
    _exit(127);
  }
  if (start.meanwhile)
    start.meanwhile(child);
  int status = 0;
  waitpid(child, &status, 0);
  Result result;
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  if (start.out.empty())
    result.out = read_text(out);
  result.err = read_text(err);
  return result;
}

inline Result run(const TemporaryFolder &folder, Arguments arguments,
                  const std::function<void(pid_t)> &meanwhile) {
  Start start;
  start.meanwhile = meanwhile;
  return run(folder, std::move(arguments), start);
}

inline Result run_program(const std::string &program,
                          const TemporaryFolder &folder, Arguments arguments) {
  Start start;
  start.program = program;
  return run(folder, std::move(arguments), start);
}

// `data` with 300 training and 90 test samples as IDX files.
inline void write_data(const TemporaryFolder &folder) {
  for (auto [part, count] : {std::pair{"train", 300}, {"t10k", 90}}) {
    ShapesData data(count, uint32_t(count));
    std::string images(data.images.begin(), data.images.end());
    std::string labels(data.labels.begin(), data.labels.end());
    std::string path = folder / ("data/" + std::string(part));
    write_text(path + "-images-idx3-ubyte.gz",
               idx({uint32_t(count), 6, 6}, images));
    write_text(path + "-labels-idx1-ubyte.gz", idx({uint32_t(count)}, labels));
  }
}

// Waits for a file, at most some seconds.
inline void wait_for(const std::string &file) {
  for (int i = 0; i < 5000 && !std::filesystem::exists(file); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// Sends the signal once the file exists and some milliseconds are over.
inline std::function<void(pid_t)> send(int signal, std::string file,
                                       int delay) {
  return [=](pid_t child) {
    wait_for(file);
    std::this_thread::sleep_for(std::chrono::milliseconds(delay));
    kill(child, signal);
  };
}
