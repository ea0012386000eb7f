// folders_command_test.cpp: training, evaluating and predicting with folders of
// pictures, by a model that names no classes and holds out a fifth.
#include "test/runtime/processes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

#include <set>

namespace {

using Json = nlohmann::json;

const std::vector<std::string> shapes = {"dot", "line", "star"};

// `count` pictures of each of the classes, which differ in their bright rows.
void write_pictures(const TemporaryFolder &folder, const std::string &part,
                    int count, const std::vector<std::string> &names = shapes) {
  ShapesData data(10 * count, uint32_t(count));
  std::vector<int> written(3);
  for (size_t i = 0; i < data.labels.size(); ++i) {
    const auto label = size_t(data.labels[i]);
    if (written[label] == count)
      continue;
    const std::string path = folder / (part + "/" + names[label]);
    std::filesystem::create_directories(path);
    std::vector<uint8_t> pixels(data.images.begin() + 36 * i,
                                data.images.begin() + 36 * (i + 1));
    stbi_write_png(
        (path + "/" + std::to_string(written[label]++) + ".png").c_str(), 6, 6,
        1, pixels.data(), 6);
  }
}

Result nameless(const TemporaryFolder &folder, const Arguments &arguments) {
  return run_program("nameless_softmax", folder, arguments);
}

Json metadata_of(const TemporaryFolder &folder, const std::string &weights) {
  Result info = nameless(folder, {"info", "--json", "--weights", weights});
  EXPECT_EQ(info.code, 0) << info.err;
  return Json::parse(info.out);
}

// Sorted by class, as folders are, and each class is learned.
TEST(Folders, EveryClassIsTrainedOn) {
  TemporaryFolder folder;
  write_pictures(folder, "data/train", 40);
  write_pictures(folder, "data/test", 20);
  write_text(folder / "data/train/dot/x.psd", "8BPS");
  Result train = nameless(
      folder, {"train", "--data", "data", "--save", "x", "--seed", "3"});
  ASSERT_EQ(train.code, 0) << train.err;
  EXPECT_EQ(train.out.find("120 pictures of 3 classes in data/train: 96 to "
                           "train on, 24 for validation (0.2 of each class "
                           "held out, seed 3)\nEpoch 1/"),
            0u)
      << train.out;
  EXPECT_EQ(train.err, "not read: 1 PSD\n");
  Arguments evaluate = {"evaluate", "--data", "data", "--weights", "x"};
  Result text = nameless(folder, evaluate);
  EXPECT_EQ(text.out.find("60 pictures of 3 classes in data/test\n60 samples"),
            0u)
      << text.out;
  evaluate.insert(evaluate.end(), {"--json", "--report"});
  Json report = Json::parse(nameless(folder, evaluate).out);
  for (const Json &figures : report["classes"])
    EXPECT_GT(figures["recall"], 0.9) << figures;
  EXPECT_EQ(report["classes"][2]["class"], "star");

  Json info = metadata_of(folder, "x");
  EXPECT_EQ(info["classes"], Json(shapes));
  EXPECT_EQ(info["checkpoint"]["seed"], "3");
  EXPECT_EQ(nameless(folder, {"info"}).out.find("star"), std::string::npos);
}

TEST(Folders, ClassesAreMatchedByName) {
  TemporaryFolder folder;
  write_pictures(folder, "data/train", 20);
  write_pictures(folder, "data/test", 10, {"Dot", "line", "zebra"});
  ASSERT_EQ(nameless(folder, {"train", "--data", "data", "--save", "x",
                              "--epochs", "1"})
                .code,
            0);
  const std::string differences =
      "data/test: the class folders are not the model's classes (dot, line, "
      "star)\n  missing: dot, star\n  unknown to the model: Dot, zebra\n"
      "  'Dot' and 'dot' differ in upper and lower case\n";
  Result result =
      nameless(folder, {"evaluate", "--data", "data", "--weights", "x"});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err, "nameless_softmax: error: " + differences);
  result = nameless(folder, {"train", "--data", "data/test", "--resume", "x"});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err, "nameless_softmax: error: " + differences);
  result = nameless(folder, {"train", "--data", "data/test", "--init-weights",
                             "x", "--save", "y"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.err,
            "x was trained for other classes, or in another order: dot, line, "
            "star; they are now Dot, line, zebra\n");
  // Predictions have the folders' names.
  result = nameless(folder, {"predict", "--weights", "x", "--top", "3",
                             "data/train/star/0.png"});
  for (const std::string &name : shapes)
    EXPECT_NE(result.out.find(name + " 0."), std::string::npos) << result.out;
}

TEST(Folders, AResumedTrainingSplitsInTheSameWay) {
  TemporaryFolder folder;
  write_pictures(folder, "data", 30);
  Arguments train = {"train", "--data", "data", "--seed", "9", "--save"};
  auto with = [&](Arguments more) {
    Arguments all = train;
    all.insert(all.end(), more.begin(), more.end());
    return nameless(folder, all);
  };
  ASSERT_EQ(with({"whole", "--epochs", "3"}).code, 0);
  ASSERT_EQ(with({"part", "--epochs", "1"}).code, 0);
  // Wherever the data are now.
  std::filesystem::rename(folder / "data", folder / "moved");
  Result rest = nameless(folder, {"train", "--data", "moved", "--resume",
                                  "part", "--epochs", "3"});
  ASSERT_EQ(rest.code, 0) << rest.err;
  EXPECT_EQ(rest.err, "");
  EXPECT_NE(rest.out.find("seed 9"), std::string::npos) << rest.out;
  EXPECT_TRUE(read_text(folder / "part") == read_text(folder / "whole"));

  std::filesystem::remove(folder / "moved/dot/3.png");
  rest = nameless(folder, {"train", "--data", "moved", "--resume", "part",
                           "--epochs", "4"});
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_EQ(rest.err,
            "moved has changed since part was saved: 89 samples now, 90 "
            "samples then; samples that it was trained on may now be held "
            "out\n");
}

TEST(Folders, LimitsAreSharedByTheClasses) {
  TemporaryFolder folder;
  write_pictures(folder, "data", 30);
  Result train = nameless(folder, {"train", "--data", "data", "--limit", "6",
                                   "--epochs", "60", "--save", "x"});
  ASSERT_EQ(train.code, 0) << train.err;
  EXPECT_NE(train.out.find(": 6 to train on, 6 for validation"),
            std::string::npos)
      << train.out;
  Result evaluate = nameless(folder, {"evaluate", "--data", "data", "--weights",
                                      "x", "--json", "--report"});
  for (const Json &figures : Json::parse(evaluate.out)["classes"])
    EXPECT_GT(figures["recall"], 0.5) << figures;
  train = nameless(folder, {"train", "--data", "data", "--limit", "2"});
  EXPECT_EQ(train.code, 1);
  EXPECT_NE(train.err.find("--limit 2: there are 3 classes"), std::string::npos)
      << train.err;
}

TEST(Folders, AreNotSplitByPosition) {
  TemporaryFolder folder;
  write_pictures(folder, "data", 30, {"circle", "square", "triangle"});
  Result train = run(folder, {"train", "--data", "data"});
  EXPECT_EQ(train.code, 1);
  EXPECT_NE(train.err.find("`validation_split: {first: 20}` counts samples in "
                           "an order that files in folders do not have"),
            std::string::npos)
      << train.err;
}

TEST(Folders, ArePredictedWhole) {
  TemporaryFolder folder;
  write_pictures(folder, "data", 12);
  ASSERT_EQ(nameless(folder, {"train", "--data", "data", "--save", "x"}).code,
            0);
  write_text(folder / "data/star/z.psd", "8BPS");
  write_text(folder / "data/star/more/z.avif",
             std::string("\0\0\0 ftypavif", 12));
  Result result = nameless(
      folder, {"predict", "--weights", "x", "data/star", "data/dot/0.png"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 13);
  EXPECT_EQ(result.out.find("data/star/0.png: star 0."), 0u) << result.out;
  EXPECT_EQ(result.err, "data/star: not read: 1 AVIF, 1 PSD\n");
  result = nameless(folder, {"predict", "--weights", "x", "data"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 36);
  write_text(folder / "none/z.psd", "8BPS");
  result = nameless(folder, {"predict", "--weights", "x", "none"});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err, "nameless_softmax: error: none: no pictures in this "
                        "folder (JPEG, PNG, BMP, GIF, WebP, TIFF or PNM), but "
                        "1 PSD\n");
}

// Folders and rows for validation take the place of what would be held out.
TEST(Folders, MayHaveAPartForValidation) {
  TemporaryFolder folder;
  write_pictures(folder, "data/train", 20);
  write_pictures(folder, "data/val", 5);
  write_pictures(folder, "data/test", 4);
  Result train = nameless(folder, {"train", "--data", "data", "--save", "x"});
  ASSERT_EQ(train.code, 0) << train.err;
  EXPECT_EQ(train.out.find("60 pictures of 3 classes in data/train: 60 to "
                           "train on, 15 for validation (a part of its own)"),
            0u)
      << train.out;
  EXPECT_NE(train.out.find("val_loss"), std::string::npos);
  EXPECT_EQ(train.err, "data: has a part for validation, so "
                       "`validation_split` holds nothing out\n");
  std::string table = "file,label,split\n";
  for (const char *part : {"test", "train", "val"})
    for (const std::string &shape : shapes) {
      std::set<std::string> names; // sorted, as in folders
      for (const auto &entry : std::filesystem::directory_iterator(
               folder / ("data/" + std::string(part) + "/" + shape)))
        names.insert(entry.path().filename().string());
      for (const std::string &name : names)
        table += "data/" + std::string(part) + "/" + shape + "/" + name + "," +
                 shape + "," + part + "\n";
    }
  write_text(folder / "labels.csv", table);
  Result other =
      nameless(folder, {"train", "--data", "labels.csv", "--save", "y"});
  ASSERT_EQ(other.code, 0) << other.err;
  EXPECT_EQ(other.out.substr(other.out.find("Epoch")),
            train.out.substr(train.out.find("Epoch")));
  // What was validated on is known when the training goes on.
  Result resumed = nameless(
      folder, {"train", "--data", "data", "--resume", "x", "--epochs", "40"});
  EXPECT_EQ(resumed.code, 0);
  EXPECT_EQ(resumed.err.find("another split"), std::string::npos);
  std::filesystem::remove(folder / "data/val/dot/0.png");
  resumed = nameless(
      folder, {"train", "--data", "data", "--resume", "x", "--epochs", "41"});
  EXPECT_NE(resumed.err.find("another split"), std::string::npos);
}

TEST(Folders, ATestPartIsMissed) {
  TemporaryFolder folder;
  write_pictures(folder, "data/train", 12);
  ASSERT_EQ(nameless(folder, {"train", "--data", "data", "--save", "x"}).code,
            0);
  Result result =
      nameless(folder, {"evaluate", "--data", "data", "--weights", "x"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("data: has a folder train, but none named test, "),
            std::string::npos)
      << result.err;
  result =
      nameless(folder, {"evaluate", "--data", "data/train", "--weights", "x"});
  EXPECT_EQ(result.out.find("36 pictures of 3 classes in data/train: there is "
                            "no test part, so this is all of it\n"),
            0u)
      << result.out;
}

} // namespace
