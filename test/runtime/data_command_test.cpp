// data_command_test.cpp: NAME data, on pictures with everything wrong that it
// looks for, and on data with nothing wrong.
#include "test/runtime/processes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

#include <cmath>

namespace {

using Json = nlohmann::json;
using Pixels = std::vector<uint8_t>;

Result nameless(const TemporaryFolder &folder, const Arguments &arguments) {
  return run_program("nameless_softmax", folder, arguments);
}

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

// Grey pixels that no other seed gives.
Pixels noise(uint32_t seed, size_t count = 12 * 12) {
  Pixels pixels(count);
  seed = seed * 2654435761u + 12345;
  for (uint8_t &pixel : pixels)
    pixel = uint8_t((seed = seed * 1664525u + 1013904223u) >> 24);
  return pixels;
}

void write_png(const std::string &path, const Pixels &pixels, int height = 12,
               int width = 12) {
  std::filesystem::create_directories(
      std::filesystem::path(path).parent_path());
  stbi_write_png(path.c_str(), width, height,
                 int(pixels.size()) / height / width, pixels.data(), 0);
}

// 12x12: of dot 8 to train on, of line and star 4; 2 of each to test on.
void write_pictures(const TemporaryFolder &folder) {
  uint32_t seed = 0;
  for (const char *part : {"train", "test"})
    for (const char *name : {"dot", "line", "star"}) {
      const int count = std::string(part) == "test"  ? 2
                        : std::string(name) == "dot" ? 8
                                                     : 4;
      for (int i = 0; i < count; ++i)
        write_png(folder / ("data/" + std::string(part) + "/" + name + "/" +
                            std::to_string(i) + ".png"),
                  noise(seed++));
    }
}

// "train dot/0.png", sorted.
std::vector<std::string> names(const Json &list) {
  std::vector<std::string> all;
  for (const Json &entry : list)
    all.push_back(entry["part"].get<std::string>() + " " +
                  entry["file"].get<std::string>());
  std::sort(all.begin(), all.end());
  return all;
}
using Names = std::vector<std::string>;

Json json_of(const TemporaryFolder &folder, int code,
             const std::string &data = "data") {
  const Result result = nameless(folder, {"data", "--data", data, "--json"});
  EXPECT_EQ(result.code, code) << result.err;
  EXPECT_EQ(result.err, "");
  return Json::parse(result.out);
}

TEST(DataCommand, NothingMustBeMended) {
  TemporaryFolder folder;
  write_pictures(folder);
  const Json json = json_of(folder, 0);
  EXPECT_EQ(json["classes"], Json::parse(R"([
      {"class": "dot", "train": 8, "test": 2, "class_weight": 0.6666666666666666},
      {"class": "line", "train": 4, "test": 2, "class_weight": 1.3333333333333333},
      {"class": "star", "train": 4, "test": 2, "class_weight": 1.3333333333333333}])"));
  EXPECT_EQ(json["modes"], Json({{"PNG grey", 22}}));
  EXPECT_EQ(json["sizes"]["distinct"], 1);
  for (const char *list :
       {"unreadable", "not_finite", "tiny", "smaller_than_input", "constant",
        "duplicates", "leakage", "conflicting_labels", "mend"})
    EXPECT_EQ(json[list], Json::array()) << list;
  EXPECT_EQ(json["near_duplicates"]["pairs"], 0);
  const Result text = nameless(folder, {"data", "--data", "data"});
  EXPECT_EQ(text.code, 0);
  for (const char *line :
       {"train: 16 samples in data/train\ntest: 6 samples in data/test\n",
        "dot           8         2        0.6667\n",
        "the largest class has 2.00 times", "\nnothing to mend\n"})
    EXPECT_TRUE(contains(text.out, line)) << line << "\n" << text.out;
}

TEST(DataCommand, FindsWhatIsWrong) {
  TemporaryFolder folder;
  write_pictures(folder);
  // The same pixels in another format, in the other part.
  stbi_write_bmp((folder / "data/test/dot/copy.bmp").c_str(), 12, 12, 1,
                 noise(0).data());
  write_png(folder / "data/train/star/again.png", noise(12));
  write_png(folder / "data/train/star/mistaken.png", noise(8)); // line/0.png
  write_png(folder / "data/train/line/flat.png", Pixels(12 * 12, 77));
  write_text(folder / "data/train/star/bad.png", "\x89PNG\r\n\x1a\n");
  write_png(folder / "data/train/dot/tiny.png", noise(100, 5 * 9), 5, 9);
  Pixels darker = noise(3); // dot/3.png
  for (uint8_t &pixel : darker)
    pixel = uint8_t(pixel * 3 / 4);
  write_png(folder / "data/test/dot/darker.png", darker);

  const Json json = json_of(folder, 1);
  EXPECT_EQ(names(json["unreadable"]), Names{"train star/bad.png"});
  EXPECT_EQ(json["unreadable"][0]["error"],
            "data/train/star/bad.png: byte 8: the file is cut off");
  EXPECT_EQ(names(json["constant"]), Names{"train line/flat.png"});
  EXPECT_EQ(names(json["tiny"]), Names{"train dot/tiny.png"});
  EXPECT_EQ(json["tiny"][0]["width"], 9);
  EXPECT_EQ(names(json["smaller_than_input"]), Names{"train dot/tiny.png"});
  ASSERT_EQ(json["leakage"].size(), 1u);
  EXPECT_EQ(names(json["leakage"][0]),
            (Names{"test dot/copy.bmp", "train dot/0.png"}));
  ASSERT_EQ(json["conflicting_labels"].size(), 1u);
  EXPECT_EQ(names(json["conflicting_labels"][0]),
            (Names{"train line/0.png", "train star/mistaken.png"}));
  ASSERT_EQ(json["duplicates"].size(), 3u);
  EXPECT_EQ(names(json["duplicates"][2]),
            (Names{"train star/0.png", "train star/again.png"}));
  const Json &near = json["near_duplicates"];
  EXPECT_EQ(near["pairs"], 1);
  EXPECT_EQ(near["between_parts"], 1);
  EXPECT_EQ(names(near["list"][0]),
            (Names{"test dot/darker.png", "train dot/3.png"}));
  EXPECT_EQ(json["classes"][2]["train"], 6); // all but the damaged one
  EXPECT_EQ(json["mend"],
            (Json{"1 file cannot be read", "1 picture is in more than one part",
                  "1 picture is in more than one class"}));

  const Result text = nameless(folder, {"data", "--data", "data"});
  EXPECT_EQ(text.code, 1);
  for (const char *line :
       {"unreadable       1 file\n  data/train/star/bad.png: byte 8: the ",
        "  train: dot/0.png = test: dot/copy.bmp\n",
        "  train: line/flat.png 12x12\n", "  train: dot/tiny.png 9x5\n",
        "  train: dot/3.png = test: dot/darker.png\n",
        "to mend: 1 file cannot be read; 1 picture is in more than one "
        "part; 1 "
        "picture is in more than one class\n"})
    EXPECT_TRUE(contains(text.out, line)) << line << "\n" << text.out;
}

// JPEG files are shrunk while they are decoded; what is said is what is stored.
TEST(DataCommand, SizesAndModesAreThoseOfTheFiles) {
  TemporaryFolder folder;
  write_pictures(folder);
  stbi_write_jpg((folder / "data/train/dot/large.jpg").c_str(), 64, 48, 3,
                 noise(200, 64 * 48 * 3).data(), 95);
  stbi_write_jpg((folder / "data/train/dot/small.jpg").c_str(), 40, 30, 1,
                 noise(201, 40 * 30).data(), 95);
  write_png(folder / "data/train/line/clear.png", noise(202, 20 * 10 * 4), 10,
            20);
  stbi_write_bmp((folder / "data/train/star/a.bmp").c_str(), 15, 14, 3,
                 noise(203, 15 * 14 * 3).data());
  const Json json = json_of(folder, 0);
  EXPECT_EQ(json["modes"], Json({{"PNG grey", 22},
                                 {"PNG RGB with alpha", 1},
                                 {"JPEG RGB", 2},
                                 {"BMP", 1}}))
      << json["modes"];
  EXPECT_EQ(json["sizes"], Json::parse(R"({
      "smallest": {"width": 12, "height": 12},
      "median": {"width": 12, "height": 12},
      "largest": {"width": 64, "height": 48}, "distinct": 5})"));
}

TEST(DataCommand, MeanAndDeviationAreOfTheTrainingPart) {
  TemporaryFolder folder;
  write_data(folder);
  const Json json = json_of(folder, 0);
  const ShapesData data(300, 300);
  double mean = 0, squares = 0;
  const auto n = double(data.images.size());
  for (float x : data.images)
    mean += double(uint8_t(x)) / n;
  for (float x : data.images)
    squares += std::pow(double(uint8_t(x)) - mean, 2) / n;
  EXPECT_EQ(json["channels"]["part"], "train");
  EXPECT_NEAR(json["channels"]["mean"][0], mean, 1e-9);
  EXPECT_NEAR(json["channels"]["std"][0], std::sqrt(squares), 1e-9);
  EXPECT_EQ(json["sizes"], Json());
  for (const char *threads : {"1", "3"})
    EXPECT_EQ(Json::parse(nameless(folder, {"data", "--data", "data", "--json",
                                            "--threads", threads})
                              .out),
              json);
}

TEST(DataCommand, ValuesThatAreNotFiniteAreFound) {
  TemporaryFolder folder;
  const ShapesData data(30);
  std::vector<float> images = data.images;
  images[36 * 4 + 1] = NAN;
  images[36 * 9] = INFINITY;
  std::vector<uint8_t> labels(data.labels.begin(), data.labels.end());
  write_text(folder / "data/images.npy",
             npy("<f4", "(30, 6, 6)", bytes_of(images)));
  write_text(folder / "data/labels.npy", npy("|u1", "(30,)", bytes_of(labels)));
  const Json json = json_of(folder, 1);
  EXPECT_EQ(names(json["not_finite"]), (Names{"all sample 4", "all sample 9"}));
  EXPECT_TRUE(std::isfinite(json["channels"]["mean"][0].get<double>()));
  EXPECT_EQ(json["mend"], Json{"2 samples have values that are not finite"});
}

TEST(DataCommand, TablesAndPartsThatThereAre) {
  TemporaryFolder folder;
  write_pictures(folder);
  write_text(folder / "labels.csv", "file,label,split\n"
                                    "data/train/dot/0.png,dot,train\n"
                                    "data/train/line/0.png,line,train\n"
                                    "data/train/star/0.png,star,train\n"
                                    "data/train/star/0.png,star,test\n");
  const Json table = json_of(folder, 1, "labels.csv");
  EXPECT_EQ(table["parts"][1]["samples"], 1);
  EXPECT_EQ(table["leakage"].size(), 1u);
  // There may be one for validation, and the same pictures in it.
  std::filesystem::create_directories(folder / "data/val");
  std::filesystem::copy(folder / "data/test/dot", folder / "data/val/dot");
  std::filesystem::copy(folder / "data/train/line", folder / "data/val/line");
  std::filesystem::copy(folder / "data/train/star", folder / "data/val/star");
  const Json three = json_of(folder, 1);
  EXPECT_EQ(three["parts"][1]["part"], "validation");
  EXPECT_EQ(three["parts"][2]["part"], "test");
  EXPECT_EQ(three["leakage"].size(), 10u);
  std::filesystem::remove_all(folder / "data/val");
  // One part alone is checked, and so are data without parts.
  std::filesystem::remove_all(folder / "data/test");
  EXPECT_EQ(json_of(folder, 0)["parts"].size(), 1u);
  const Json whole = json_of(folder, 0, "data/train");
  EXPECT_EQ(whole["parts"][0]["part"], "all");
  EXPECT_EQ(whole["classes"][0]["all"], 8);
  const Result none = nameless(folder, {"data", "--data", "nowhere"});
  EXPECT_EQ(none.code, 1);
  EXPECT_EQ(none.err, "nameless_softmax: error: nowhere: no such folder\n");
}

// Self-contained; names are text.
TEST(DataCommand, WritesAPage) {
  TemporaryFolder folder;
  write_pictures(folder);
  write_png(folder / "data/train/line/<b>&.png", Pixels(12 * 12, 77));
  const Result result =
      nameless(folder, {"data", "--data", "data", "--report", "page.html"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(contains(result.out, "train: 17 samples")) << result.out;
  const std::string page = read_text(folder / "page.html");
  EXPECT_EQ(page.find("<!DOCTYPE html>"), 0u);
  EXPECT_TRUE(contains(page, "<td>dot</td><td class=\"number\">8</td>"));
  EXPECT_TRUE(contains(page, "Nothing to mend."));
  EXPECT_TRUE(contains(page, "line/&lt;b&gt;&amp;.png"));
  EXPECT_FALSE(contains(page, "<b>"));
  EXPECT_FALSE(contains(page, "http"));
  size_t pictures = 0;
  for (size_t at = 0; (at = page.find("<img", at)) != page.npos; ++at) {
    ++pictures;
    const size_t source = page.find("src=\"", at) + 5;
    EXPECT_EQ(page.compare(source, 33, "data:image/png;base64,iVBORw0KGgo"), 0);
  }
  EXPECT_EQ(pictures, 17u); // 8 of dot, 5 of line, 4 of star
  const Result failure =
      nameless(folder, {"data", "--data", "data", "--report", "no/page.html"});
  EXPECT_EQ(failure.code, 1);
  EXPECT_TRUE(contains(failure.err, "no/page.html")) << failure.err;
}

// A picture of an array is in its own range.
TEST(DataCommand, PagesShowArrays) {
  TemporaryFolder folder;
  write_data(folder);
  const Result result =
      nameless(folder, {"data", "--data", "data", "--report", "page.html"});
  EXPECT_EQ(result.code, 0) << result.err;
  const std::string page = read_text(folder / "page.html");
  EXPECT_TRUE(contains(page, "<img class=\"array\" alt=\"sample "));
}

} // namespace
