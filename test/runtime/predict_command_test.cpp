// predict_command_test.cpp: predictions for whole sets, of any format.
#include "test/runtime/processes.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace {

using Json = nlohmann::json;

const std::vector<std::string> shapes = {"dot", "line", "star"};

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

std::string pgm(const ShapesData &data, size_t i) {
  return "P5 6 6 255\n" +
         std::string(data.images.begin() + 36 * int64_t(i),
                     data.images.begin() + 36 * int64_t(i + 1));
}

// `folder`/CLASS/N.pgm
void write_pictures(const TemporaryFolder &folder, const std::string &place,
                    size_t count, uint32_t seed) {
  ShapesData data(int(count), seed);
  for (size_t i = 0; i < count; ++i)
    write_text(folder / (place + "/" + shapes[size_t(data.labels[i])] + "/" +
                         std::to_string(i) + ".pgm"),
               pgm(data, i));
}

std::vector<std::string> lines_of(const std::string &text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

class PredictSets : public ::testing::Test {
protected:
  void SetUp() override {
    write_pictures(folder, "data/train", 120, 1);
    write_pictures(folder, "data/test", 30, 2);
    Result train = run_program("nameless_softmax", folder,
                               {"train", "--data", "data", "--save", "x"});
    ASSERT_EQ(train.code, 0) << train.err;
  }
  Result predict(Arguments more) {
    more.insert(more.begin(), {"predict", "--weights", "x"});
    return run_program("nameless_softmax", folder, more);
  }
  TemporaryFolder folder;
};

TEST_F(PredictSets, ClassFoldersWithTheirLabels) {
  Result result = predict({"--data", "data", "--labels", "--csv", "p.csv"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(contains(result.err, "30 pictures in data/test")) << result.err;
  EXPECT_TRUE(contains(result.out, "30 predictions in p.csv")) << result.out;
  const std::vector<std::string> rows = lines_of(read_text(folder / "p.csv"));
  ASSERT_EQ(rows.size(), 31u);
  EXPECT_EQ(rows[0], "file,label,class,probability,error");
  int right = 0;
  for (const std::string &shape : shapes)
    for (const std::string &row : rows)
      right += contains(row, "data/test/" + shape + "/") &&
               contains(row, "," + shape + "," + shape + ",0.");
  EXPECT_TRUE(contains(result.out, "(" + std::to_string(right) + " of 30)"))
      << result.out << right;
  EXPECT_GT(right, 20);

  result = predict({"--data", "data", "--labels", "--json", "--top", "2"});
  const Json json = Json::parse(result.out);
  ASSERT_EQ(json.size(), 30u);
  EXPECT_EQ(json[0]["label"], "dot");
  EXPECT_EQ(json[0]["predictions"].size(), 2u);
}

// Damaged files, and names that need quotes, in the middle of a set.
TEST_F(PredictSets, OneBadFileDoesNotEndIt) {
  write_text(folder / "data/test/line/a \"b\", c.pgm", "no picture");
  Result result = predict({"--data", "data", "--csv", "p.csv"});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(contains(result.err, "1 of 31 files could not be read"))
      << result.err;
  const std::string table = read_text(folder / "p.csv");
  EXPECT_EQ(lines_of(table).size(), 32u);
  EXPECT_TRUE(
      contains(table, "\"data/test/line/a \"\"b\"\", c.pgm\",,,\"data/"))
      << table;
  EXPECT_TRUE(contains(table, "holds no picture")) << table;
}

// Without their labels, folders may be called and nested as they like.
TEST_F(PredictSets, FoldersAndListsWithoutLabels) {
  ShapesData data(4, 9);
  for (size_t i = 0; i < 4; ++i)
    write_text(folder / ("more/of them/" + std::to_string(i) + ".pgm"),
               pgm(data, i));
  Result result = predict({"--data", "more"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(lines_of(result.out).size(), 4u) << result.out;
  EXPECT_TRUE(contains(result.err, "4 pictures in more")) << result.err;
  result = predict({"--data", "more", "--labels"});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(
      contains(result.err, "1 class folders (of them), but the model") ||
      contains(result.err, "the class folders are not the model's"))
      << result.err;

  write_text(folder / "list.txt", "more/of them/0.pgm\nmore/of them/3.pgm\n");
  EXPECT_EQ(lines_of(predict({"--data", "list.txt"}).out).size(), 2u);
  write_text(folder / "list.csv",
             "file,label\nmore/of them/0.pgm,dot\nmore/of them/1.pgm,line\n"
             "more/of them/2.pgm,star\n");
  result = predict({"--data", "list.csv", "--labels"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_TRUE(contains(result.err, "these are all samples, those that were "
                                   "trained on among them"))
      << result.err;
  EXPECT_TRUE(contains(result.out, "(label: line)")) << result.out;
}

// Numbers mean what a list beside the arrays says; weights keep that.
TEST_F(PredictSets, ArraysAndTheirOwnList) {
  TemporaryFolder other;
  write_data(other);
  write_text(other / "data/classes.txt", "round\nlong\r\npointed\n");
  auto nameless = [&](const Arguments &arguments) {
    return run_program("nameless_softmax", other, arguments);
  };
  Result result = nameless({"train", "--data", "data", "--save", "x"});
  ASSERT_EQ(result.code, 0) << result.err;
  result = nameless({"info", "--json", "--weights", "x"});
  EXPECT_EQ(Json::parse(result.out)["classes"],
            Json({"round", "long", "pointed"}));
  result =
      nameless({"predict", "--weights", "x", "--data", "data", "--labels"});
  ASSERT_EQ(result.code, 0) << result.err;
  const std::vector<std::string> rows = lines_of(result.out);
  ASSERT_EQ(rows.size(), 91u);
  EXPECT_EQ(rows[89].find("89: "), 0u) << rows[89];
  EXPECT_TRUE(contains(rows[0], " (label: ")) << rows[0];
  EXPECT_TRUE(contains(result.out, "pointed 0.")) << result.out;

  write_text(other / "data/classes.txt", "long\nround\npointed\n");
  result = nameless({"evaluate", "--data", "data", "--weights", "x"});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(contains(result.err, "data: lists the model's classes in another "
                                   "order: long, round, pointed there"))
      << result.err;
  write_text(other / "data/classes.txt", "long\nround\n");
  result = nameless({"evaluate", "--data", "data", "--weights", "x"});
  EXPECT_TRUE(contains(result.err, "data/classes.txt: names 2 classes, but the "
                                   "model has 3"))
      << result.err;
}

// An .npy file of two images, of bytes.
TEST_F(PredictSets, AnArrayOfImages) {
  std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, "
                       "6, 6), }";
  header.resize(117, ' ');
  header += "\n";
  ShapesData data(2, 5);
  write_text(folder / "x.npy",
             std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header +
                 std::string(data.images.begin(), data.images.end()));
  Result result = predict({"--data", "x.npy"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(lines_of(result.out).size(), 2u) << result.out;
  result = predict({"--data", "x.npy", "--labels"});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(contains(result.err, "x.npy: has no labels")) << result.err;
}

TEST_F(PredictSets, WhatDoesNotFitTogether) {
  EXPECT_EQ(predict({}).code, 2);
  EXPECT_EQ(predict({"--data", "data", "x.pgm"}).code, 2);
  EXPECT_EQ(predict({"--labels", "data/test/dot"}).code, 2);
  Result result = predict({"--data", "none"});
  EXPECT_EQ(result.code, 1);
  EXPECT_TRUE(contains(result.err, "none: no such file or folder"));
  result = predict({"--data", "data", "--csv", "no/such/folder.csv"});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
}

} // namespace
