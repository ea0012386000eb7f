// parts_command_test.cpp: a model whose section `data` splits pictures into
// three parts: 0.2 for validation, 0.3 for the test, seed 5, on_error skip.
#include "test/runtime/processes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::json;

Result parted(const TemporaryFolder &folder, const Arguments &arguments) {
  return run_program("parted_softmax", folder, arguments);
}

// 40 pictures of each class in `data`.
void write_pictures(const TemporaryFolder &folder) {
  ShapesData data(400);
  int written[3] = {};
  for (size_t i = 0; i < data.labels.size(); ++i) {
    const int32_t label = data.labels[i];
    if (written[label] == 40)
      continue;
    std::string picture = "P5 6 6 255\n";
    for (int pixel = 0; pixel < 36; ++pixel)
      picture += char(uint8_t(data.images[36 * i + size_t(pixel)]));
    write_text(folder / ("data/" + std::string(1, char('a' + label)) + "/" +
                         std::to_string(written[label]++) + ".pgm"),
               picture);
  }
}

Arguments evaluate(const Arguments &more) {
  Arguments arguments = {"evaluate", "--data", "data", "--weights", "x"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(Parts, AreTrainedOnAndEvaluated) {
  TemporaryFolder folder;
  write_pictures(folder);
  Result train = parted(folder, {"train", "--data", "data", "--save", "x"});
  ASSERT_EQ(train.code, 0) << train.err;
  EXPECT_EQ(train.out.find("120 pictures of 3 classes in data: 60 to train on, "
                           "24 for validation, 36 for test (0.2 for validation "
                           "and 0.3 for test of each class, seed 5)\nEpoch 1/"),
            0u)
      << train.out;
  EXPECT_EQ(train.err, "");
  const std::string begin = "120 pictures of 3 classes in data: ",
                    end = " part (0.2 for validation and 0.3 for test of each "
                          "class, seed 5)\n";
  for (auto [part, count] :
       {std::pair{"train", 60}, {"validation", 24}, {"test", 36}}) {
    Result text = parted(folder, evaluate({"--part", part}));
    EXPECT_EQ(text.out.find(begin + std::to_string(count) +
                            " of them are the " + part + end +
                            std::to_string(count) + " samples"),
              0u)
        << text.out;
    EXPECT_EQ(text.err, "");
  }
  // The test part is what evaluate is for.
  EXPECT_EQ(parted(folder, evaluate({})).out,
            parted(folder, evaluate({"--part", "test"})).out);
  // The last epoch's validation is that of the part.
  Json figures = Json::parse(
      parted(folder, evaluate({"--part", "validation", "--json"})).out);
  EXPECT_EQ(figures["samples"], 24);
}

TEST(Parts, SayThatTheyHaveChanged) {
  TemporaryFolder folder;
  write_pictures(folder);
  ASSERT_EQ(parted(folder, {"train", "--data", "data", "--save", "x"}).code, 0);
  std::filesystem::rename(folder / "data", folder / "moved");
  Arguments moved = evaluate({"--part", "test"});
  moved[2] = "moved";
  EXPECT_EQ(parted(folder, moved).err, "");
  for (int i = 0; i < 10; ++i)
    std::filesystem::copy(folder / "moved/a/0.pgm",
                          folder / ("moved/a/x" + std::to_string(i) + ".pgm"));
  EXPECT_EQ(parted(folder, moved).err,
            "moved: the test part is not that of when x was saved: 39 samples "
            "now, 36 then, 3 more; samples that it was trained on may be among "
            "them\n");
  for (int i = 0; i < 20; ++i)
    std::filesystem::remove(folder / ("moved/a/" + std::to_string(i) + ".pgm"));
  EXPECT_NE(parted(folder, moved).err.find("33 samples now, 36 then, 3 fewer"),
            std::string::npos);
  for (int i = 20; i < 30; ++i)
    std::filesystem::copy(folder / "moved/a/x0.pgm",
                          folder / ("moved/a/y" + std::to_string(i) + ".pgm"));
  EXPECT_NE(parted(folder, moved)
                .err.find("36 samples now, 36 then, as many, but others"),
            std::string::npos);
}

TEST(Parts, OfTheirOwnAreNotHeldOut) {
  TemporaryFolder folder;
  write_pictures(folder);
  std::filesystem::create_directories(folder / "all");
  std::filesystem::rename(folder / "data", folder / "all/train");
  write_pictures(folder);
  std::filesystem::rename(folder / "data", folder / "all/test");
  Result train = parted(folder, {"train", "--data", "all", "--save", "x"});
  EXPECT_EQ(
      train.out.find("120 pictures of 3 classes in all/train: 96 to train "
                     "on, 24 for validation (0.2 for validation of each "
                     "class, seed 5)\n"),
      0u)
      << train.out;
  EXPECT_EQ(train.err, "all: has a part for the test, so `test: 0.3` holds "
                       "nothing out\n");
  Arguments arguments = evaluate({});
  arguments[2] = "all";
  EXPECT_EQ(parted(folder, arguments)
                .out.find("120 pictures of 3 classes in all/test\n120 samples"),
            0u);
}

TEST(Parts, ThatAreNotThereAreAnError) {
  TemporaryFolder folder;
  write_pictures(folder);
  ASSERT_EQ(parted(folder, {"train", "--data", "data", "--save", "x"}).code, 0);
  Result none =
      run_program("nameless_softmax", folder, evaluate({"--part", "test"}));
  EXPECT_EQ(none.code, 1);
  EXPECT_NE(none.err.find("data: there is no test part, and the model holds "
                          "none out; `data: {split: {test: 0.15}}`"),
            std::string::npos)
      << none.err;
}

// What validation_split holds out follows from the seed that the checkpoint
// has.
TEST(Parts, OfValidationSplitAreEvaluated) {
  TemporaryFolder folder;
  write_pictures(folder);
  ASSERT_EQ(run_program("nameless_softmax", folder,
                        {"train", "--data", "data", "--save", "x", "--seed",
                         "3", "--history", "h"})
                .code,
            0);
  Result part = run_program("nameless_softmax", folder,
                            evaluate({"--part", "validation"}));
  EXPECT_EQ(part.out.find("120 pictures of 3 classes in data: 24 of them are "
                          "the validation part (0.2 of each class held out, "
                          "seed 3)\n24 samples"),
            0u)
      << part.out;
  EXPECT_EQ(part.err, "");
  part = run_program("nameless_softmax", folder,
                     evaluate({"--part", "validation", "--json"}));
  const std::string history = read_text(folder / "h");
  const std::string loss = Json::parse(part.out)["loss"].dump().substr(0, 8);
  EXPECT_NE(history.find(loss), std::string::npos) << loss << history;
}

// Arrays are divided in the seed's order, too.
TEST(Parts, OfArrays) {
  TemporaryFolder folder;
  write_data(folder);
  Result train = parted(folder, {"train", "--data", "data", "--save", "x"});
  ASSERT_EQ(train.code, 0) << train.err;
  EXPECT_EQ(train.out.find("300 samples of 3 classes in data: 240 to train on, "
                           "60 for validation (0.2 for validation of each "
                           "class, seed 5)\n"),
            0u)
      << train.out;
  EXPECT_EQ(train.err,
            "data: without effect: the model's `data: {on_error: ...}`\n"
            "data: has a part for the test, so `test: 0.3` holds nothing "
            "out\n");
  EXPECT_EQ(parted(folder, evaluate({}))
                .out.find("90 samples of 3 classes in data\n90 samples"),
            0u);
}

// `on_error: skip` of the model, until the command line says otherwise.
TEST(Parts, TheCommandLineWins) {
  TemporaryFolder folder;
  write_pictures(folder);
  write_text(folder / "data/a/7.pgm", "P5 6 6 255\n");
  Result train = parted(folder, {"train", "--data", "data", "--save", "x"});
  EXPECT_EQ(train.code, 0);
  EXPECT_NE(train.err.find("left out: 1 of 120 pictures cannot be read"),
            std::string::npos)
      << train.err;
  train = parted(
      folder, {"train", "--data", "data", "--save", "y", "--on-error", "fail"});
  EXPECT_EQ(train.code, 1);
  Json info = Json::parse(parted(folder, {"info", "--json"}).out);
  EXPECT_EQ(info["data"]["split"]["test"], 0.3);
}

} // namespace
