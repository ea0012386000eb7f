// train_command_test.cpp: what Keras's callbacks and validation_data do, as
// options and sections of the recipe.
#include "test/runtime/processes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

namespace {

namespace fs = std::filesystem;

// `held` with 30 samples, all of which validate.
void write_validation(const TemporaryFolder &folder) {
  ShapesData data(30, 7);
  std::string images(data.images.begin(), data.images.end());
  std::string labels(data.labels.begin(), data.labels.end());
  write_text(folder / "held/t10k-images-idx3-ubyte.gz",
             idx({30, 6, 6}, images));
  write_text(folder / "held/t10k-labels-idx1-ubyte.gz", idx({30}, labels));
}

Result train(const TemporaryFolder &folder, Arguments more,
             const char *program = "softmax") {
  more.insert(more.begin(), {"train", "--data", "data"});
  return run_program(program, folder, more);
}

std::vector<std::string> files_in(const std::string &folder) {
  std::vector<std::string> names;
  for (const auto &entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(TrainCommand, ValidatesOnDataOfTheirOwn) {
  TemporaryFolder folder;
  write_data(folder);
  write_validation(folder);
  Result result = train(
      folder, {"--validation-data", "held", "--epochs", "1", "--save", "x"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("300 to train on, 30 for validation (data of their "
                            "own)"),
            std::string::npos)
      << result.out;
  EXPECT_NE(result.err.find("held: is for validation, so `validation_split` "
                            "holds nothing out"),
            std::string::npos)
      << result.err;
  // A checkpoint keeps where they are.
  result = run(folder,
               {"train", "--data", "data", "--resume", "x", "--epochs", "2"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("30 for validation"), std::string::npos)
      << result.out;
}

// Which data these are, the checkpoint says, or else the recipe.
TEST(TrainCommand, EvaluateFindsTheDataToValidateOn) {
  TemporaryFolder folder;
  write_data(folder);
  write_validation(folder);
  auto samples = [&](const char *program, Arguments more) {
    more.insert(more.begin(),
                {"evaluate", "--data", "data", "--part", "validation"});
    const Result result = run_program(program, folder, more);
    EXPECT_EQ(result.code, 0) << result.err;
    return result.out.substr(0, result.out.find("\n"));
  };
  ASSERT_EQ(train(folder,
                  {"--validation-data", "held", "--epochs", "1", "--save", "x"})
                .code,
            0);
  EXPECT_EQ(samples("softmax", {"--weights", "x"}),
            "30 samples of 3 classes in held: what training validates on");
  fs::remove_all(folder / "saved");
  ASSERT_EQ(
      train(folder, {"--epochs", "1", "--save", "y"}, "each_epoch_softmax")
          .code,
      0);
  EXPECT_EQ(samples("each_epoch_softmax", {"--weights", "y"}),
            "30 samples of 3 classes in held: what training validates on");
  ASSERT_EQ(train(folder,
                  {"--validation-data", "data", "--epochs", "1", "--save", "z"},
                  "each_epoch_softmax")
                .code,
            0);
  EXPECT_EQ(samples("each_epoch_softmax", {"--weights", "z"}),
            "90 samples of 3 classes in data: what training validates on");
}

// The test part of the data that are trained on may be asked for.
TEST(TrainCommand, ValidatesOnTheTestPart) {
  TemporaryFolder folder;
  write_data(folder);
  Result result = train(folder, {"--validation-data", "data", "--epochs", "1"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("90 for validation"), std::string::npos)
      << result.out;
}

TEST(TrainCommand, DoesNotValidateOnWhatItTrainsOn) {
  TemporaryFolder folder;
  ShapesData data(40, 7);
  for (int i = 0; i < 40; ++i)
    write_text(folder / ("data/" + std::to_string(int(data.labels[size_t(i)])) +
                         "/" + std::to_string(i) + ".pgm"),
               "P5 6 6 255\n" +
                   std::string(data.images.begin() + i * 36,
                               data.images.begin() + (i + 1) * 36));
  Result result =
      train(folder, {"--validation-data", "data"}, "nameless_softmax");
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("data: is what the model is trained on"),
            std::string::npos)
      << result.err;
}

// ModelCheckpoint: {filepath: saved/{epoch:02d}-{val_loss:.2f}.safetensors},
// validation_data: held
TEST(TrainCommand, EachEpochHasItsFile) {
  TemporaryFolder folder;
  write_data(folder);
  write_validation(folder);
  Result result =
      train(folder, {"--epochs", "3", "--save", "x"}, "each_epoch_softmax");
  ASSERT_EQ(result.code, 0) << result.err;
  const std::vector<std::string> names = files_in(folder / "saved");
  ASSERT_EQ(names.size(), 3u);
  for (size_t i = 0; i < names.size(); ++i)
    EXPECT_TRUE(std::regex_match(
        names[i], std::regex("0" + std::to_string(i + 1) +
                             "-[0-9]+\\.[0-9]{2}\\.safetensors")))
        << names[i];
  EXPECT_TRUE(read_text(folder / ("saved/" + names[2])) ==
              read_text(folder / "x"));

  // Killed between an epoch's checkpoint and its file: --resume writes that.
  const std::string last = folder / ("saved/" + names[2]);
  const std::string saved = read_text(last);
  fs::remove(last);
  result = run_program(
      "each_epoch_softmax", folder,
      {"train", "--data", "data", "--resume", "x", "--epochs", "4"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(read_text(last) == saved);
  EXPECT_EQ(files_in(folder / "saved").size(), 4u);
}

TEST(TrainCommand, EndsWhenTheTimeIsOver) {
  TemporaryFolder folder;
  write_data(folder);
  Result result = train(
      folder, {"--epochs", "1000000", "--max-time", "0.01s", "--save", "x"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("The time is over in epoch "), std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("train --data data --resume x"), std::string::npos)
      << result.err;
  EXPECT_TRUE(fs::exists(folder / "x"));
  EXPECT_EQ(train(folder, {"--max-time", "soon"}).code, 2);
  EXPECT_EQ(train(folder, {"--max-time", "-1h"}).code, 2);
}

TEST(TrainCommand, ASignalSavesAndTrainingGoesOn) {
  TemporaryFolder folder;
  write_data(folder);
  bool saved = false;
  Result result =
      run(folder,
          {"train", "--data", "data", "--epochs", "1000000", "--batch-size",
           "1", "--save-every", "100000", "--save", "x"},
          [&](pid_t child) {
            wait_for(folder / "x"); // the first epoch's
            fs::remove(folder / "x");
            kill(child, SIGUSR1);
            wait_for(folder / "x");
            saved = fs::exists(folder / "x");
            kill(child, SIGTERM);
          });
  EXPECT_TRUE(saved);
  EXPECT_EQ(result.code, 130) << result.err;
}

} // namespace
