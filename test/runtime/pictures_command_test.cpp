// pictures_command_test.cpp: tables and lists of pictures, pictures that cannot
// be read, and settings of reading that a checkpoint keeps.
#include "test/runtime/processes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

namespace {

using Json = nlohmann::json;

Result nameless(const TemporaryFolder &folder, const Arguments &arguments) {
  return run_program("nameless_softmax", folder, arguments);
}

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

// 90 pictures of three classes side by side, and a table of them.
class Pictures : public testing::Test {
protected:
  Pictures() {
    const ShapesData data(90, 4);
    const char *const names[] = {"dot", "line", "star"};
    table = "file,label,split\n";
    for (size_t i = 0; i < 90; ++i) {
      const std::string name = "images/" + std::to_string(i) + ".png";
      std::filesystem::create_directories(folder / "images");
      std::vector<uint8_t> pixels(data.images.begin() + 36 * i,
                                  data.images.begin() + 36 * (i + 1));
      stbi_write_png((folder / name).c_str(), 6, 6, 1, pixels.data(), 6);
      table += name + "," + names[data.labels[i]] + "," +
               (i % 3 ? "train" : "test") + "\n";
    }
    write_text(folder / "labels.csv", table);
  }
  TemporaryFolder folder;
  std::string table;
};

TEST_F(Pictures, AreTrainedOnFromATable) {
  Result train =
      nameless(folder, {"train", "--data", "labels.csv", "--save", "x"});
  ASSERT_EQ(train.code, 0) << train.err;
  EXPECT_EQ(train.out.find("60 pictures of 3 classes in labels.csv: 48 to "
                           "train on, 12 for validation (0.2 of each class "
                           "held out, seed 0)"),
            0u)
      << train.out;
  EXPECT_EQ(train.err, "");
  Result evaluate =
      nameless(folder, {"evaluate", "--data", "labels.csv", "--weights", "x"});
  EXPECT_EQ(evaluate.code, 0) << evaluate.err;
  EXPECT_TRUE(contains(evaluate.out, "30 samples")) << evaluate.out;
  Result predict =
      nameless(folder, {"predict", "--weights", "x", "labels.csv"});
  EXPECT_EQ(predict.code, 0) << predict.err;
  EXPECT_EQ(std::count(predict.out.begin(), predict.out.end(), '\n'), 90);
  // Columns are kept, like other options.
  write_text(folder / "other.csv",
             "a,b,c\n" + table.substr(table.find('\n') + 1));
  const Arguments named = {
      "train", "--data",         "other.csv", "--save",
      "y",     "--path-column",  "a",         "--label-column",
      "b",     "--split-column", "c",         "--epochs",
      "1"};
  ASSERT_EQ(nameless(folder, named).code, 0);
  train = nameless(folder, {"train", "--data", "other.csv", "--resume", "y",
                            "--epochs", "2"});
  EXPECT_EQ(train.code, 0) << train.err;
  EXPECT_EQ(train.err, "");
}

TEST_F(Pictures, ThatCannotBeReadAreNamed) {
  write_text(folder / "images/7.png", "\x89PNG\r\n\x1a\n");
  Result train = nameless(
      folder, {"train", "--data", "labels.csv", "--save", "x", "--check"});
  EXPECT_EQ(train.code, 1);
  EXPECT_EQ(train.out, "");
  EXPECT_EQ(train.err,
            "nameless_softmax: error: labels.csv: 1 of 60 pictures cannot be "
            "read:\n  images/7.png: byte 8: the file is cut off\n");
  train = nameless(folder, {"train", "--data", "labels.csv", "--save", "x"});
  EXPECT_EQ(train.code, 1);
  EXPECT_TRUE(contains(train.err, "images/7.png: byte 8")) << train.err;
  const Arguments skipping = {"train", "--data",     "labels.csv", "--save",
                              "y",     "--on-error", "skip"};
  train = nameless(folder, skipping);
  EXPECT_EQ(train.code, 0);
  EXPECT_TRUE(contains(train.out, "59 pictures of 3 classes")) << train.out;
  EXPECT_EQ(train.err, "left out: 1 of 60 pictures cannot be read:\n  "
                       "images/7.png: byte 8: the file is cut off\n");
  for (const char *name : {"8", "10", "11"})
    write_text(folder / "images" + std::string("/") + name + ".png", "");
  train = nameless(folder, skipping);
  EXPECT_EQ(train.code, 1);
  EXPECT_TRUE(contains(train.err, "labels.csv: more than 5 % are not left out: "
                                  "4 of 60 pictures cannot be read:\n"))
      << train.err;
}

TEST_F(Pictures, OneThatCannotBeReadEndsNothing) {
  ASSERT_EQ(
      nameless(folder, {"train", "--data", "labels.csv", "--save", "x"}).code,
      0);
  write_text(folder / "images/1.png", "oh");
  write_text(folder / "list.txt", "images/0.png\nimages/1.png\nnone.png\n"
                                  "images/2.png\n");
  Result predict = nameless(folder, {"predict", "--weights", "x", "list.txt"});
  EXPECT_EQ(predict.code, 1);
  EXPECT_EQ(std::count(predict.out.begin(), predict.out.end(), '\n'), 2);
  EXPECT_TRUE(contains(predict.err, "images/1.png: byte 0: holds no picture"));
  EXPECT_TRUE(contains(predict.err, "none.png: cannot be read: No such file"));
  EXPECT_TRUE(contains(
      predict.err, "nameless_softmax: error: 2 of 4 files could not be read\n"))
      << predict.err;
  predict =
      nameless(folder, {"predict", "--weights", "x", "--json", "list.txt"});
  const Json json = Json::parse(predict.out);
  ASSERT_EQ(json.size(), 4u);
  EXPECT_TRUE(contains(json[1]["error"], "holds no picture"));
  EXPECT_EQ(json[3]["file"], "images/2.png");
  EXPECT_EQ(json[3]["predictions"].size(), 1u);
}

// What a transparent picture is seen over in training is behind it in
// prediction too.
TEST_F(Pictures, AreReadAsInTraining) {
  ASSERT_EQ(nameless(folder, {"train", "--data", "labels.csv", "--save", "x",
                              "--background", "#ff00ff", "--exif", "off"})
                .code,
            0);
  std::vector<uint8_t> clear(6 * 6 * 4);
  stbi_write_png((folder / "clear.png").c_str(), 6, 6, 4, clear.data(), 24);
  std::vector<uint8_t> purple(6 * 6 * 3, 255);
  for (size_t i = 1; i < purple.size(); i += 3)
    purple[i] = 0;
  stbi_write_png((folder / "purple.png").c_str(), 6, 6, 3, purple.data(), 18);
  auto prediction = [&](const std::string &file, const Arguments &more) {
    Arguments arguments = {"predict", "--weights", "x", file, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = nameless(folder, arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return Json::parse(result.out)[0]["predictions"];
  };
  EXPECT_EQ(prediction("clear.png", {}), prediction("purple.png", {}));
  EXPECT_NE(prediction("clear.png", {"--background", "none"}),
            prediction("purple.png", {}));
  Result usage = nameless(folder, {"predict", "--weights", "x", "clear.png",
                                   "--background", "pink"});
  EXPECT_EQ(usage.code, 2);
  EXPECT_TRUE(contains(usage.err, "must be white, black, none or #rrggbb, but "
                                  "is pink"))
      << usage.err;
}

// What is kept in memory changes nothing but the time.
TEST_F(Pictures, AreKeptAsFarAsThereIsRoom) {
  for (const char *cache : {"0", "1KB", "1MB"}) {
    const Result train =
        nameless(folder, {"train", "--data", "labels.csv", "--save", cache,
                          "--cache", cache, "--epochs", "2"});
    EXPECT_EQ(train.code, 0) << train.err;
    const int kept = cache[0] == '0' ? 0 : 28;
    EXPECT_EQ(train.err,
              cache[1] == 'M'
                  ? ""
                  : std::to_string(kept) +
                        " of 60 decoded pictures are kept in memory (0 MB); "
                        "the others are decoded in every epoch\n");
    EXPECT_EQ(read_text(folder / cache), read_text(folder / "0"));
  }
}

TEST_F(Pictures, OptionsOfOtherDataAreWithoutEffect) {
  write_data(folder);
  const Result train =
      nameless(folder, {"train", "--data", "data", "--save", "x", "--check",
                        "--background", "white", "--label-column", "a"});
  EXPECT_EQ(train.code, 0) << train.err;
  EXPECT_TRUE(contains(train.err,
                       "data: without effect: --background, --check, "
                       "--label-column\n"))
      << train.err;
}

} // namespace
