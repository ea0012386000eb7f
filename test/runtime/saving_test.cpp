// saving_test.cpp: what a training writes, whatever happens to it.
#include "test/runtime/processes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdlib>

namespace {

const Arguments long_training = {
    "train",        "--data", "data",         "--epochs", "8",
    "--save-every", "9",      "--batch-size", "1"};

Arguments with(Arguments arguments, const Arguments &more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::string uninterrupted(const TemporaryFolder &folder) {
  EXPECT_EQ(run(folder, with(long_training, {"--save", "whole"})).code, 0);
  return read_text(folder / "whole");
}

void expect_resumes_to(const TemporaryFolder &folder,
                       const std::string &whole) {
  Result rest =
      run(folder, {"train", "--data", "data", "--resume", "x.safetensors"});
  ASSERT_EQ(rest.code, 0) << rest.err;
  EXPECT_TRUE(read_text(folder / "x.safetensors") == whole);
}

TEST(Saving, KilledAtAnyMomentAndResumedEqualsUninterrupted) {
  TemporaryFolder folder;
  write_data(folder);
  std::string whole = uninterrupted(folder);
  int killed = 0;
  for (int delay : {0, 1, 3, 8, 21, 34}) {
    std::filesystem::remove(folder / "x.safetensors");
    Result first = run(folder, with(long_training, {"--save", "x.safetensors"}),
                       send(SIGKILL, folder / "x.safetensors", delay));
    killed += first.code == -SIGKILL;
    Result rest = run(folder, {"train", "--data", "data", "--resume",
                               "x.safetensors", "--save-every", "50"});
    ASSERT_EQ(rest.code, 0) << rest.err;
    EXPECT_TRUE(read_text(folder / "x.safetensors") == whole) << delay << " ms";
  }
  EXPECT_GT(killed, 0);
}

TEST(Saving, SignalsSaveAndSayHowToGoOn) {
  TemporaryFolder folder;
  write_data(folder);
  std::string whole = uninterrupted(folder);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    std::filesystem::remove(folder / "x.safetensors");
    Result first = run(folder, with(long_training, {"--save", "x.safetensors"}),
                       send(signal, folder / "x.safetensors", 1));
    ASSERT_EQ(first.code, 130) << first.err;
    EXPECT_NE(first.err.find("train --data data --resume x.safetensors"),
              std::string::npos)
        << first.err;
    expect_resumes_to(folder, whole);
  }
}

TEST(Saving, WhatNohupIgnoresStaysIgnored) {
  TemporaryFolder folder;
  write_data(folder);
  Start start;
  start.ignored = SIGHUP;
  start.meanwhile = send(SIGHUP, folder / "x.safetensors", 0);
  Result result =
      run(folder, with(long_training, {"--save", "x.safetensors"}), start);
  EXPECT_EQ(result.code, 0) << result.err;
}

// A checkpoint that cannot be written ends the training with a message, and the
// one before it stays.
TEST(Saving, AFullDiskIsOneMessage) {
  TemporaryFolder folder;
  write_data(folder);
  Arguments train = {"train", "--data", "data", "--epochs", "1", "--save", "x"};
  ASSERT_EQ(run(folder, train).code, 0);
  std::string old = read_text(folder / "x");
  Start start;
  start.largest_file = 1000;
  Result result = run(folder, train, start);
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find(": File too large"), std::string::npos)
      << result.err;
  EXPECT_TRUE(read_text(folder / "x") == old);
}

// The history is longer than the limit on the size of files, the checkpoint is
// not.
TEST(Saving, AFullDiskForTheHistoryLosesNoEpoch) {
  TemporaryFolder folder;
  write_data(folder);
  const Arguments train = {"train", "--data", "data", "--history", "h.csv"};
  ASSERT_EQ(run(folder, with(train, {"--epochs", "2", "--save", "x"})).code, 0);
  ASSERT_EQ(run(folder, with(train, {"--epochs", "3", "--save", "whole"})).code,
            0);
  std::string history = read_text(folder / "h.csv");
  const size_t rows = history.find('\n') + 1;
  const std::string first =
      history.substr(rows, history.find('\n', rows) + 1 - rows);
  while (history.size() < 2 * std::filesystem::file_size(folder / "x"))
    history.insert(rows, first);
  const std::string third =
      history.substr(history.rfind('\n', history.size() - 2) + 1);
  write_text(folder / "h.csv",
             history.substr(0, history.size() - third.size()));

  const Arguments resume = with(train, {"--epochs", "3", "--resume", "x"});
  Start start;
  start.largest_file = history.size() - third.size() + 4; // torn
  Result result = run(folder, resume, start);
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("cannot write h.csv: File too large"),
            std::string::npos)
      << result.err;
  EXPECT_FALSE(read_text(folder / "h.csv") == history);
  result = run(folder, resume);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out.find("Epoch"), std::string::npos); // it was saved
  EXPECT_TRUE(read_text(folder / "h.csv") == history);
  EXPECT_TRUE(read_text(folder / "x") == read_text(folder / "whole"));
}

TEST(Saving, PlacesThatCannotBeWrittenAreFoundBeforeTraining) {
  TemporaryFolder folder;
  write_data(folder);
  std::filesystem::create_directory(folder / "x.best.safetensors");
  const Arguments train = {"train", "--data", "data", "--save", "x"};
  Result result = run(folder, train);
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(
      result.err.find("cannot write x.best.safetensors: it is not a file"),
      std::string::npos)
      << result.err;
  std::filesystem::remove(folder / "x.best.safetensors");
  result = run(folder, with(train, {"--history", "x"}));
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("x and x are the same file"), std::string::npos)
      << result.err;
}

// The best weights of an epoch come after its checkpoint: what was killed
// between them, or had no room for them, writes them when it goes on.
TEST(Saving, BestWeightsThatWereNotWrittenAreWrittenOnResuming) {
  TemporaryFolder folder;
  write_data(folder);
  ASSERT_EQ(
      run(folder, {"train", "--data", "data", "--epochs", "1", "--save", "x"})
          .code,
      0);
  const std::string best = read_text(folder / "x.best.safetensors");
  EXPECT_FALSE(best.empty());
  // The last save of this run has the best weights restored; that of the epoch
  // itself is the same as the best one.
  std::filesystem::remove(folder / "x.best.safetensors");
  write_text(folder / "x", best);
  Result result = run(folder, {"train", "--data", "data", "--resume", "x"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(read_text(folder / "x.best.safetensors") == best);
}

// `| head -1` reads a line and goes away.
TEST(Saving, AReaderThatGoesAwayLosesNoEpoch) {
  TemporaryFolder folder;
  write_data(folder);
  std::string whole = uninterrupted(folder);
  std::string command =
      "cd " + folder.path() + " && " + LATHE_TEST_BIN + "/softmax";
  for (const std::string &argument : long_training)
    command += " " + argument;
  command =
      "bash -c '" + command +
      " --save x.safetensors 2>err | head -1 >out; exit ${PIPESTATUS[0]}'";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
  EXPECT_EQ(read_text(folder / "out").find("300 samples of 3 classes"), 0u);
  const std::string err = read_text(folder / "err");
  EXPECT_NE(err.find("--resume x.safetensors"), std::string::npos) << err;
  EXPECT_NE(err.find("cannot write standard output: Broken pipe"),
            std::string::npos)
      << err;
  expect_resumes_to(folder, whole);
}

TEST(Saving, OutputToAFullDeviceIsAnError) {
  TemporaryFolder folder;
  write_data(folder);
  std::string whole = uninterrupted(folder);
  for (const Arguments &arguments : std::vector<Arguments>{
           with(long_training, {"--save", "x.safetensors"}),
           {"evaluate", "--data", "data", "--weights", "whole"},
           {"evaluate", "--data", "data", "--weights", "whole", "--json"},
           {"benchmark", "--time", "0.01"},
           {"info"},
           {"info", "--json"},
           {"--help"},
           {"train", "--help"}}) {
    Start start;
    start.out = "/dev/full";
    Result result = run(folder, arguments, start);
    EXPECT_EQ(result.code, 1) << arguments[0];
    EXPECT_NE(result.err.find("No space left on device"), std::string::npos)
        << result.err;
  }
  expect_resumes_to(folder, whole);
}

TEST(Saving, TwoTrainingsDoNotWriteOneFile) {
  TemporaryFolder folder;
  write_data(folder);
  const Arguments train = {"train",    "--data", "data",         "--save", "x",
                           "--epochs", "100000", "--save-every", "9"};
  Result other, history;
  std::string holder;
  Result first =
      run(folder, with(train, {"--history", "h.csv"}), [&](pid_t child) {
        holder = "process " + std::to_string(child);
        wait_for(folder / "x");
        other = run(folder, {"train", "--data", "data", "--save", "x"});
        history = run(folder, {"train", "--data", "data", "--save", "y",
                               "--history", "h.csv"});
        kill(child, SIGKILL);
      });
  EXPECT_EQ(first.code, -SIGKILL);
  EXPECT_EQ(other.code, 1);
  EXPECT_NE(other.err.find("x is being written by " + holder),
            std::string::npos)
      << other.err;
  EXPECT_NE(history.err.find("h.csv is being written by " + holder),
            std::string::npos)
      << history.err;
  // The lock ended with its holder, and its file goes with the next one.
  std::filesystem::remove(folder / "h.csv");
  Result next = run(folder, {"train", "--data", "data", "--epochs", "1",
                             "--save", "x", "--history", "h.csv"});
  EXPECT_EQ(next.code, 0) << next.err;
  EXPECT_EQ(files_in(folder),
            (std::vector<std::string>{"data", "h.csv", "stderr", "stdout", "x",
                                      "x.best.safetensors"}));
}

// Where a tensor of floats stands in a checkpoint: first byte and size.
std::pair<size_t, size_t> place_of(const std::string &text,
                                   const std::string &tensor) {
  uint64_t length;
  std::memcpy(&length, text.data(), 8);
  const auto header = nlohmann::json::parse(text.substr(8, length));
  const auto &offsets = header[tensor]["data_offsets"];
  const size_t begin = offsets[0], end = offsets[1];
  return {8 + length + begin, end - begin};
}

// The tensor's first element becomes NaN.
void spoil(const std::string &path, const std::string &tensor) {
  std::string text = read_text(path);
  const float nan = std::nanf("");
  std::memcpy(&text[place_of(text, tensor).first], &nan, sizeof(nan));
  write_text(path, text);
}

bool all_finite(const std::string &path, const std::string &tensor) {
  const std::string text = read_text(path);
  const auto [begin, size] = place_of(text, tensor);
  std::vector<float> values(size / sizeof(float));
  std::memcpy(values.data(), &text[begin], size);
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::isfinite(value); });
}

TEST(Saving, WhatIsNotFiniteIsNeverSaved) {
  TemporaryFolder folder;
  write_data(folder);
  ASSERT_EQ(run(folder,
                {"train", "--data", "data", "--epochs", "1", "--save", "good"})
                .code,
            0);
  // Steps that overflow a little later, or at once.
  for (const char *rate : {"1e37", "3e38"}) {
    for (const char *every : {"1", "1000"}) {
      write_text(folder / "x", read_text(folder / "good"));
      Result result =
          run(folder, {"train", "--data", "data", "--resume", "x", "--epochs",
                       "3", "--learning-rate", rate, "--save-every", every});
      EXPECT_EQ(result.code, 1);
      EXPECT_NE(result.err.find("became infinite or NaN"), std::string::npos)
          << result.err;
      for (const char *tensor :
           {"dense/kernel", "dense/bias", "optimizer/velocity/dense/kernel"})
        EXPECT_TRUE(all_finite(folder / "x", tensor)) << rate << ", " << every;
      if (every == std::string("1000")) {
        EXPECT_TRUE(read_text(folder / "x") == read_text(folder / "good"));
      }
    }
  }
}

TEST(Saving, WeightsThatAreNotFiniteAreErrors) {
  TemporaryFolder folder;
  write_data(folder);
  ASSERT_EQ(run(folder, {"train", "--data", "data", "--save", "x"}).code, 0);
  spoil(folder / "x", "dense/kernel");
  for (const char *option : {"--resume", "--init-weights"}) {
    Result result = run(folder, {"train", "--data", "data", option, "x"});
    EXPECT_EQ(result.code, 1);
    EXPECT_NE(result.err.find("x: dense/kernel has elements that are infinite"),
              std::string::npos)
        << result.err;
  }
  const Arguments evaluate = {"evaluate", "--data", "data", "--weights", "x"};
  Result result = run(folder, evaluate);
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "90 samples of 3 classes in data\n"
                        "90 samples, the largest class 2.0 times the smallest "
                        "- balanced_accuracy: nan - macro_precision: nan - "
                        "macro_f1_score: nan - loss: nan - accuracy: nan\n");
  EXPECT_NE(result.err.find("90 of 90 predictions are not a number"),
            std::string::npos);
  result = run(folder, with(evaluate, {"--report"}));
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("90 of 90 predictions are not a number"),
            std::string::npos)
      << result.err;
  result = run(folder, with(evaluate, {"--json"}));
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(
      result.out,
      "{\"samples\":90,\"balanced_accuracy\":null,\"macro_precision\":null,"
      "\"macro_f1_score\":null,\"loss\":null,\"accuracy\":null}\n");
}

TEST(Saving, CheckpointsKeepTheirPermissions) {
  TemporaryFolder folder;
  write_data(folder);
  write_text(folder / "x", "");
  std::filesystem::permissions(folder / "x", std::filesystem::perms(0600));
  ASSERT_EQ(run(folder, {"train", "--data", "data", "--save", "x"}).code, 0);
  EXPECT_EQ(int(std::filesystem::status(folder / "x").permissions()), 0600);
}

} // namespace
