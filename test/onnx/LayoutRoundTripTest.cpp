//===- LayoutRoundTripTest.cpp - One parameter, whatever its order --------===//
//
// The weights of random graphs go in as their graph has them, into a
// checkpoint, out again into an exported graph; each time the results are those
// of a naive evaluation of the graph.
//
//===----------------------------------------------------------------------===//
#include "compiler/export/Export.h"
#include "compiler/tools/StagedModel.h"
#include "runtime/checkpoint.h"
#include "runtime/error.h"
#include "test/conformance/Artifact.h"
#include "test/onnx/NaiveGraph.h"
#include "test/onnx/RandomNetwork.h"
#include <cstring>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <random>

using namespace lathe;
using namespace lathe::test;
using conformance::Artifact;

namespace {
using Weights = std::map<std::string, NaiveTensor>;

constexpr int samples = 2;
const char *const recipe =
    "name: graph\n"
    "compile: {optimizer: {SGD: {learning_rate: 0.05, momentum: 0.9}}, loss: "
    "{sparse_categorical_crossentropy: {from_logits: true}}}\n"
    "fit: {batch_size: 2, epochs: 1}\n";
// For what was exported, which ends with the softmax that the loss implies.
const char *const recipeOfProbabilities =
    "name: graph\n"
    "compile: {optimizer: {SGD: {learning_rate: 0.05, momentum: 0.9}}, loss: "
    "sparse_categorical_crossentropy}\n"
    "fit: {batch_size: 2, epochs: 1}\n";

bool isFloat(const GraphBuilder &graph, const std::string &name) {
  for (const auto &tensor : graph.model.graph().initializer())
    if (tensor.name() == name)
      return tensor.data_type() == ::onnx::TensorProto::FLOAT;
  return false;
}

/// Other weights for the graph's.
Weights drawWeights(const GraphBuilder &graph, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> small(-0.6f, 0.6f);
  Weights weights;
  for (auto &[name, tensor] : initializersOf(graph.model.graph())) {
    if (!isFloat(graph, name))
      continue;
    for (double &value : tensor.values)
      value =
          name.rfind("variance", 0) == 0 ? 1 + small(random) : small(random);
    weights[name] = tensor;
  }
  return weights;
}

/// A file that says nothing but names and shapes.
void writeWeights(const std::string &path, const Weights &weights) {
  nlohmann::ordered_json header;
  std::string data;
  for (const auto &[name, tensor] : weights) {
    size_t begin = data.size();
    for (double value : tensor.values) {
      auto element = float(value);
      data.append(reinterpret_cast<const char *>(&element), 4);
    }
    header[name] = {{"dtype", "F32"},
                    {"shape", tensor.shape},
                    {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  uint64_t length = text.size();
  writeFile(path,
            std::string(reinterpret_cast<char *>(&length), 8) + text + data);
}

NaiveTensor tensorIn(SafetensorsFile &file, const std::string &name) {
  const SafetensorsFile::Tensor *place = file.find(name);
  if (!place)
    throw std::runtime_error("no tensor " + name);
  std::vector<float> values(place->size / 4);
  file.read(*place, reinterpret_cast<char *>(values.data()));
  return {place->shape, {values.begin(), values.end()}};
}

std::vector<float> drawImages(const lathe_model &model, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> pixel(-1, 1);
  size_t count = samples;
  for (int32_t i = 0; i < model.input_rank; ++i)
    count *= size_t(model.input_shape[i]);
  std::vector<float> images(count);
  for (float &value : images)
    value = pixel(random);
  return images;
}

NaiveTensor asTaken(const lathe_model &model,
                    const std::vector<float> &images) {
  NaiveTensor result{{samples}, {images.begin(), images.end()}};
  result.shape.insert(result.shape.end(), model.input_shape,
                      model.input_shape + model.input_rank);
  return result;
}

/// Artifacts that are trained take images with their channels last.
NaiveTensor channelsFirst(const lathe_model &model,
                          const std::vector<float> &images) {
  NaiveTensor result = asTaken(model, images);
  if (!model.fit)
    return result;
  const int64_t *shape = model.input_shape;
  int64_t height = shape[0], width = shape[1], channels = shape[2];
  result.shape = {samples, channels, height, width};
  for (int64_t n = 0, at = 0; n < samples; ++n)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t i = 0; i < height * width; ++i)
        result.values[size_t(at++)] =
            images[size_t((n * height * width + i) * channels + c)];
  return result;
}

/// What a model whose loss takes logits gives for the graph's scores.
NaiveTensor probabilities(NaiveTensor scores) {
  for (size_t row = 0; row < scores.values.size(); row += 3) {
    double sum = 0;
    for (size_t i = row; i < row + 3; ++i)
      sum += scores.values[i] = std::exp(scores.values[i]);
    for (size_t i = row; i < row + 3; ++i)
      scores.values[i] /= sum;
  }
  return scores;
}

struct LayoutRoundTrip : testing::TestWithParam<unsigned> {
  Artifact compile(const std::string &path, bool trained) {
    lathe::onnx::ImportOptions options;
    options.batch = trained ? 0 : samples;
    options.recipe = trained ? recipeFile : "";
    std::string error;
    auto artifact = Artifact::compile(path, cache, options, error);
    if (!artifact)
      throw std::runtime_error(error);
    return std::move(*artifact);
  }

  /// The graph with the weights of a file, as `lathe export` writes it.
  ::onnx::ModelProto exported(const std::string &path,
                              const std::string &weights, bool trained) {
    StagedModel model;
    std::string errors;
    model.report = [&](const std::string &message) { errors += message; };
    lathe::onnx::ImportOptions options;
    options.recipe = trained ? recipeFile : "";
    std::string bytes;
    bool done =
        model.load(path, options) && model.inferShapes() &&
        model.show([&] { return setWeights(model.module(), weights); }) &&
        model.show([&] {
          bytes = exportOnnx(model.module());
          return !bytes.empty();
        });
    ::onnx::ModelProto proto;
    if (!done || !proto.ParseFromString(bytes))
      throw std::runtime_error(errors);
    writeFile(folder.path("exported.onnx"), bytes);
    return proto;
  }

  static std::vector<float> predict(const Artifact &artifact,
                                    const std::vector<float> &images) {
    std::vector<float> scores(3 * samples);
    EXPECT_EQ(artifact.model().predict(artifact.getMemory().params(),
                                       artifact.getMemory().arena(),
                                       images.data(), samples, scores.data()),
              LATHE_OK);
    return scores;
  }

  static void expectScores(std::vector<float> got, const NaiveTensor &wanted) {
    ASSERT_EQ(got.size(), wanted.values.size());
    for (size_t i = 0; i < got.size(); ++i)
      EXPECT_NEAR(got[i], wanted.values[i],
                  1e-4 * std::max(1.0, std::fabs(wanted.values[i])))
          << "score " << i;
  }

  /// What the file has under the graph's names, which it must have all.
  static Weights weightsIn(const std::string &path, const Weights &like) {
    SafetensorsFile file(path);
    Weights found;
    for (const auto &[name, tensor] : like) {
      found[name] = tensorIn(file, name);
      EXPECT_EQ(found[name].shape, tensor.shape) << name;
    }
    return found;
  }

  TemporaryFolder folder;
  std::string cache = folder.path("cache"), file = folder.path("graph.onnx"),
              checkpoint = folder.path("checkpoint.safetensors"),
              recipeFile = folder.path("recipe.yaml");
};

struct Inference : LayoutRoundTrip {};

TEST_P(Inference, GraphsOrderInCheckpointsAndExports) {
  GraphBuilder graph = randomNetwork(GetParam(), /*trained=*/false);
  graph.write(file);
  SCOPED_TRACE(graph.model.graph().ShortDebugString().substr(0, 3000));
  Artifact artifact = compile(file, false);
  Weights weights = drawWeights(graph, GetParam());
  std::string foreign = folder.path("foreign.safetensors");
  writeWeights(foreign, weights);
  Leftovers leftovers =
      load_weights(foreign, artifact.model(), artifact.getMemory());
  EXPECT_EQ(fmt::format("{}", leftovers.missing), "[]");
  EXPECT_EQ(fmt::format("{}", leftovers.unknown), "[]");
  std::vector<float> images = drawImages(artifact.model(), GetParam());
  NaiveTensor input = channelsFirst(artifact.model(), images);
  std::vector<float> scores = predict(artifact, images);
  expectScores(scores, runNaively(graph.model.graph(), input, weights));

  save_checkpoint(checkpoint, artifact.model(), artifact.getMemory(), {});
  for (const auto &[name, saved] : weightsIn(checkpoint, weights))
    for (size_t i = 0; i < saved.values.size(); ++i)
      ASSERT_EQ(float(saved.values[i]), float(weights[name].values[i])) << name;

  for (const std::string &path : {checkpoint, foreign}) {
    ::onnx::ModelProto proto = exported(file, path, false);
    expectScores(scores, runNaively(proto.graph(), input));
  }
}

INSTANTIATE_TEST_SUITE_P(Random, Inference, testing::Range(0u, 18u));

struct Training : LayoutRoundTrip {};

/// Steps of training, then the same, and on from what was exported.
TEST_P(Training, CheckpointsGoOnAfterExports) {
  writeFile(recipeFile, recipe);
  GraphBuilder graph = randomNetwork(GetParam(), /*trained=*/true);
  graph.write(file);
  SCOPED_TRACE(graph.model.graph().ShortDebugString().substr(0, 3000));
  Artifact artifact = compile(file, true);
  Weights weights = drawWeights(graph, GetParam());
  std::string foreign = folder.path("foreign.safetensors");
  writeWeights(foreign, weights);
  EXPECT_EQ(fmt::format("{}", load_weights(foreign, artifact.model(),
                                           artifact.getMemory())
                                  .missing),
            "[]");
  std::vector<float> images = drawImages(artifact.model(), GetParam());
  NaiveTensor input = channelsFirst(artifact.model(), images);
  expectScores(predict(artifact, images),
               probabilities(runNaively(graph.model.graph(), input, weights)));

  const int32_t labels[samples] = {0, 2};
  auto step = [&](const Artifact &model) {
    float loss = 0;
    EXPECT_EQ(model.model().train_step(model.getMemory().params(),
                                       model.getMemory().state(),
                                       model.getMemory().arena(), images.data(),
                                       labels, samples, &loss),
              LATHE_OK);
  };
  step(artifact);
  step(artifact);
  save_checkpoint(checkpoint, artifact.model(), artifact.getMemory(), {});
  std::vector<float> scores = predict(artifact, images);
  expectScores(scores,
               probabilities(runNaively(graph.model.graph(), input,
                                        weightsIn(checkpoint, weights))));
  ::onnx::ModelProto proto = exported(file, checkpoint, true);
  expectScores(scores,
               runNaively(proto.graph(), asTaken(artifact.model(), images)));

  // The export has another order of some, and the same checkpoints.
  writeFile(recipeFile, recipeOfProbabilities);
  Artifact again = compile(folder.path("exported.onnx"), true);
  load_checkpoint(checkpoint, again.model(), again.getMemory(), Load::All);
  step(artifact);
  step(again);
  std::string one = folder.path("one"), other = folder.path("other");
  save_checkpoint(one, artifact.model(), artifact.getMemory(), {});
  save_checkpoint(other, again.model(), again.getMemory(), {});
  SafetensorsFile first(one), second(other);
  ASSERT_EQ(first.tensors().size(), second.tensors().size());
  for (const SafetensorsFile::Tensor &tensor : first.tensors()) {
    ASSERT_TRUE(second.find(tensor.name)) << tensor.name;
    if (tensor.dtype != "F32")
      continue;
    NaiveTensor a = tensorIn(first, tensor.name),
                b = tensorIn(second, tensor.name);
    EXPECT_EQ(a.shape, b.shape) << tensor.name;
    for (size_t i = 0; i < a.values.size(); ++i)
      ASSERT_NEAR(a.values[i], b.values[i], 1e-5) << tensor.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Random, Training, testing::Range(100u, 104u));

} // namespace
