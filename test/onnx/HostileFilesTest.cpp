//===- HostileFilesTest.cpp - Damaged files are errors --------------------===//
#include "test/onnx/GraphBuilder.h"
#include <filesystem>
#include <gtest/gtest.h>
#include <random>

using namespace lathe::test;

namespace {
struct HostileFiles : testing::Test {
  std::string errorsOf(const GraphBuilder &graph) {
    graph.write(file);
    return importErrors(file);
  }
  TemporaryFolder folder;
  std::string file = folder.path("model.onnx");
};

/// Cut at every length, a file is refused with a message, or what remains of it
/// is a graph.
TEST_F(HostileFiles, Truncated) {
  std::string bytes = smallNetwork().bytes();
  size_t refused = 0, count = 0;
  for (size_t length = 0; length < bytes.size();
       length += length < 256 || length + 256 > bytes.size() ? 1 : 37) {
    writeFile(file, bytes.substr(0, length));
    std::string errors = importErrors(file);
    refused += !errors.empty();
    ++count;
    if (!errors.empty()) {
      EXPECT_EQ(errors.find(file), 0u) << errors;
    }
  }
  // The last field of the file is the opset, without which nothing is known.
  EXPECT_EQ(refused, count);
}

TEST_F(HostileFiles, FlippedBytes) {
  std::string bytes = smallNetwork().bytes();
  std::mt19937 random(7);
  for (int i = 0; i < 400; ++i) {
    std::string damaged = bytes;
    for (int flips = 1 + i % 4; flips > 0; --flips)
      damaged[random() % damaged.size()] = char(random());
    writeFile(file, damaged);
    importErrors(file); // says something, or takes it
  }
}

TEST_F(HostileFiles, NotAGraph) {
  writeFile(file, "name: digits\ninput: {shape: [28, 28, 1]}\n");
  EXPECT_NE(importErrors(file).find("no ONNX model"), std::string::npos);
  EXPECT_NE(importErrors(folder.path("missing.onnx")).find("cannot read"),
            std::string::npos);
  EXPECT_NE(importErrors("/.onnx").find("cannot read"), std::string::npos);
}

TEST_F(HostileFiles, WrongSizes) {
  GraphBuilder g = smallNetwork();
  g.model.mutable_graph()->mutable_initializer(0)->mutable_raw_data()->resize(
      5);
  EXPECT_NE(errorsOf(g).find("tensor 'w1' has 5 bytes of data, its shape "
                             "[4,2,3,3] needs 288"),
            std::string::npos);
}

TEST_F(HostileFiles, Cycle) {
  GraphBuilder g;
  g.input("x", {1, 4});
  g.node("Add", {"x", "b"}, "a");
  g.node("Relu", {"a"}, "b");
  g.output("b");
  EXPECT_NE(errorsOf(g).find("node 'a_node' (Add) reads 'b', which no "
                             "initializer, input or node before it defines"),
            std::string::npos);
}

TEST_F(HostileFiles, MissingInitializer) {
  GraphBuilder g = smallNetwork();
  g.model.mutable_graph()->mutable_initializer()->DeleteSubrange(0, 1);
  EXPECT_NE(errorsOf(g).find("reads 'w1', which no initializer"),
            std::string::npos);
}

TEST_F(HostileFiles, DefinedTwice) {
  GraphBuilder g;
  g.input("x", {1, 4});
  g.node("Relu", {"x"}, "y");
  g.node("Abs", {"x"}, "y");
  g.output("y");
  EXPECT_NE(errorsOf(g).find("'y' is defined twice"), std::string::npos);
}

TEST_F(HostileFiles, NegativeDimensions) {
  GraphBuilder g;
  g.input("x", {1, -7});
  g.node("Relu", {"x"}, "y");
  g.output("y");
  EXPECT_NE(errorsOf(g).find("input 'x' has a negative dimension"),
            std::string::npos);
  GraphBuilder w = smallNetwork();
  w.model.mutable_graph()->mutable_initializer(0)->set_dims(0, -4);
  EXPECT_NE(errorsOf(w).find("negative extent"), std::string::npos);
}

TEST_F(HostileFiles, TooManyElements) {
  GraphBuilder g;
  g.input("x", {1, 1 << 16, 1 << 16});
  g.node("Relu", {"x"}, "y");
  g.output("y");
  EXPECT_NE(errorsOf(g).find("2^29 elements"), std::string::npos);

  GraphBuilder filled;
  filled.input("x", {1});
  filled.integers("shape", {1 << 20, 1 << 20});
  filled.node("ConstantOfShape", {"shape"}, "c");
  filled.node("Add", {"x", "c"}, "y");
  filled.output("y");
  EXPECT_NE(errorsOf(filled).find("2^29 elements"), std::string::npos);

  GraphBuilder padded;
  padded.input("x", {1, 4});
  padded.integers("pads", {0, int64_t(1) << 40, 0, 0});
  padded.node("Pad", {"x", "pads"}, "y");
  padded.output("y");
  EXPECT_NE(errorsOf(padded).find("too large"), std::string::npos);

  GraphBuilder large = smallNetwork();
  auto *w = large.model.mutable_graph()->mutable_initializer(0);
  for (int i = 0; i < 4; ++i)
    w->set_dims(i, INT64_MAX);
  EXPECT_NE(errorsOf(large).find("2^29 elements"), std::string::npos);
}

struct ExternalData : HostileFiles {
  GraphBuilder with(const std::string &location,
                    const std::string &offset = "0",
                    const std::string &length = "288") {
    GraphBuilder g = smallNetwork();
    auto *w = g.model.mutable_graph()->mutable_initializer(0);
    bytes = w->raw_data();
    w->clear_raw_data();
    w->set_data_location(::onnx::TensorProto::EXTERNAL);
    for (auto [key, value] :
         {std::pair<std::string, std::string>{"location", location},
          {"offset", offset},
          {"length", length}}) {
      auto *entry = w->add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
    return g;
  }
  std::string bytes;
};

TEST_F(ExternalData, InTheFolder) {
  GraphBuilder g = with("weights.bin", "16");
  writeFile(folder.path("weights.bin"), std::string(16, 'x') + bytes);
  EXPECT_EQ(errorsOf(g), "");
  writeFile(folder.path("weights.bin"),
            std::string(16, 'x') + bytes.substr(0, 200));
  EXPECT_NE(errorsOf(g).find("ends before its data"), std::string::npos);
  EXPECT_NE(errorsOf(with("weights.bin", "-3")).find("offset is no number"),
            std::string::npos);
  EXPECT_NE(errorsOf(with("weights.bin", "0", "12")).find("12 bytes"),
            std::string::npos);
  EXPECT_NE(errorsOf(with("nothing.bin")).find("there is no file"),
            std::string::npos);
}

TEST_F(ExternalData, OutsideOfTheFolder) {
  TemporaryFolder other;
  writeFile(other.path("weights.bin"), std::string(288, 'x'));
  std::string above = "../" +
                      std::filesystem::path(other.folder).filename().string() +
                      "/weights.bin";
  std::filesystem::create_symlink(other.path("weights.bin"),
                                  folder.path("link.bin"));
  for (const std::string &location : {above, other.path("weights.bin"),
                                      std::string("link.bin"), std::string("")})
    EXPECT_NE(errorsOf(with(location)).find("is not in the model's folder"),
              std::string::npos)
        << location;
}
} // namespace
