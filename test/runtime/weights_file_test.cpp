// weights_file_test.cpp: files of weights in each order that there is, by
// whoever.
#include "runtime/checkpoint.h"
#include "runtime/error.h"
#include "runtime/weights_file.h"
#include "test/runtime/temporary_folder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstring>
#include <functional>

namespace {

using Json = nlohmann::ordered_json;

// A model that has tensors and nothing else. In memory, "kernel" is what the
// model has as [2, 3] and its graph as [6, 1], backwards in parts.
struct TensorModel {
  std::vector<lathe_tensor> tensors;
  lathe_model model = {};

  static lathe_tensor tensor(const char *name, int32_t region, int64_t offset,
                             std::vector<int64_t> shape, const char *layout,
                             const char *graph_layout = nullptr) {
    lathe_tensor result = {};
    result.name = name;
    result.region = region;
    result.dtype = LATHE_F32;
    result.rank = int32_t(shape.size());
    result.size = 4;
    for (size_t i = 0; i < shape.size(); ++i)
      result.size *= result.shape[i] = shape[i];
    result.offset = offset;
    result.layout = layout;
    result.graph_layout = graph_layout;
    return result;
  }
  explicit TensorModel(std::vector<lathe_tensor> list)
      : tensors(std::move(list)) {
    model.version = LATHE_ARTIFACT_VERSION;
    model.name = "tensors";
    model.compiler = "by hand";
    model.params_size = model.state_size = 64;
    model.train_arena_size = model.predict_arena_size = model.prepared_size =
        64;
    model.align = 64;
    model.tensor_count = int32_t(tensors.size());
    model.tensors = tensors.data();
  }
};

TensorModel transposed() {
  return TensorModel(
      {TensorModel::tensor("kernel", LATHE_PARAMS, 0, {3, 2}, "[2,3] (1,0)"),
       TensorModel::tensor("bias", LATHE_PARAMS, 32, {2}, nullptr),
       TensorModel::tensor("slot/kernel", LATHE_STATE, 0, {3, 2},
                           "[2,3] (1,0)")});
}

std::vector<float> floats(const lathe::ModelMemory &memory,
                          const lathe_tensor &tensor) {
  std::vector<float> values(size_t(tensor.size) / 4);
  std::memcpy(values.data(), memory.data(tensor), size_t(tensor.size));
  return values;
}

void set(const lathe::ModelMemory &memory, const lathe_tensor &tensor,
         const std::vector<float> &values) {
  ASSERT_EQ(values.size() * 4, size_t(tensor.size));
  std::memcpy(memory.data(tensor), values.data(), size_t(tensor.size));
}

struct Entry {
  const char *name;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

void write_file(const std::string &path, const std::vector<Entry> &entries,
                const Json &metadata = nullptr) {
  Json header;
  std::string data;
  if (!metadata.is_null())
    header["__metadata__"] = metadata;
  for (const Entry &entry : entries) {
    size_t begin = data.size();
    data.append(reinterpret_cast<const char *>(entry.values.data()),
                entry.values.size() * 4);
    header[entry.name] = {{"dtype", "F32"},
                          {"shape", entry.shape},
                          {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  uint64_t length = text.size();
  write_text(path,
             std::string(reinterpret_cast<char *>(&length), 8) + text + data);
}

std::string error_of(const std::function<void()> &action) {
  try {
    action();
  } catch (const lathe::Error &error) {
    return error.what();
  }
  return "";
}

const Json old_lathe = {{"compiler", "lathe 0.1.0"}, {"version", "6"}};

TEST(WeightsFile, CheckpointsHaveTheModelsOwnOrder) {
  TensorModel own = transposed();
  TemporaryFolder folder;
  lathe::ModelMemory memory(own.model, true), loaded(own.model, true);
  set(memory, own.tensors[0], {1, 2, 3, 4, 5, 6});
  set(memory, own.tensors[1], {7, 8});
  set(memory, own.tensors[2], {11, 12, 13, 14, 15, 16});
  lathe::save_checkpoint(folder / "a", own.model, memory, {});
  lathe::WeightsFile file(folder / "a");
  EXPECT_EQ(file.file().metadata().at("layout"), "model");
  const auto *kernel = file.file().find("kernel");
  EXPECT_EQ(kernel->shape, (std::vector<int64_t>{2, 3}));
  float values[6];
  std::memcpy(values, &read_text(folder / "a")[kernel->offset], 24);
  EXPECT_EQ(std::vector<float>(values, values + 6),
            (std::vector<float>{1, 3, 5, 2, 4, 6}));
  lathe::load_checkpoint(folder / "a", own.model, loaded, lathe::Load::All);
  for (const lathe_tensor &tensor : own.tensors)
    EXPECT_EQ(floats(loaded, tensor), floats(memory, tensor)) << tensor.name;

  // One that has it in another order in memory.
  TensorModel other(
      {TensorModel::tensor("kernel", LATHE_PARAMS, 0, {2, 3}, nullptr),
       TensorModel::tensor("bias", LATHE_PARAMS, 32, {2, 1}, "[2] [2,1]")});
  lathe::ModelMemory there(other.model, true);
  lathe::load_weights(folder / "a", other.model, there);
  EXPECT_EQ(floats(there, other.tensors[0]),
            (std::vector<float>{1, 3, 5, 2, 4, 6}));
  EXPECT_EQ(floats(there, other.tensors[1]), (std::vector<float>{7, 8}));
}

TEST(WeightsFile, OthersHaveTheGraphsOrder) {
  TensorModel own = transposed();
  TemporaryFolder folder;
  lathe::ModelMemory memory(own.model, true);
  write_file(folder / "a", {{"kernel", {2, 3}, {1, 2, 3, 4, 5, 6}}});
  lathe::load_weights(folder / "a", own.model, memory);
  EXPECT_EQ(floats(memory, own.tensors[0]),
            (std::vector<float>{1, 4, 2, 5, 3, 6}));
  write_file(folder / "a", {{"kernel", {3, 2}, {1, 2, 3, 4, 5, 6}}});
  EXPECT_EQ(
      error_of([&] { lathe::load_weights(folder / "a", own.model, memory); }),
      folder / "a" + ": tensor kernel is F32[3, 2], the model's is F32[2, 3]");
}

// Of versions that said nothing: right where there is one order, else refused.
TEST(WeightsFile, OldCheckpoints) {
  TensorModel own = transposed();
  TemporaryFolder folder;
  lathe::ModelMemory memory(own.model, true);
  const Entry kernel = {"kernel", {3, 2}, {1, 2, 3, 4, 5, 6}};
  const Entry bias = {"bias", {2}, {7, 8}};
  for (const Entry &one : {kernel, Entry{"kernel", {2, 3}, kernel.values}}) {
    write_file(folder / "a", {one, bias}, old_lathe);
    std::string error = error_of([&] {
      lathe::load_checkpoint(folder / "a", own.model, memory,
                             lathe::Load::Params);
    });
    EXPECT_NE(error.find("did not say in which order tensors are, and kernel "
                         "may be in several"),
              std::string::npos)
        << error;
  }
  TensorModel reshaped(
      {TensorModel::tensor("kernel", LATHE_PARAMS, 0, {3, 2}, "[3,2,1] [3,2]"),
       TensorModel::tensor("bias", LATHE_PARAMS, 32, {2}, nullptr)});
  write_file(folder / "a", {kernel, bias}, old_lathe);
  lathe::load_checkpoint(folder / "a", reshaped.model, memory,
                         lathe::Load::Params);
  EXPECT_EQ(floats(memory, reshaped.tensors[0]), kernel.values);
}

// A model that was exported and compiled again has two orders besides memory's.
TEST(WeightsFile, GraphsOfExportedModels) {
  TensorModel square({TensorModel::tensor("kernel", LATHE_PARAMS, 0, {2, 2},
                                          nullptr, "[2,2] (1,0)"),
                      TensorModel::tensor("wide", LATHE_PARAMS, 16, {2, 3},
                                          nullptr, "[3,2] (1,0)")});
  TemporaryFolder folder;
  lathe::ModelMemory memory(square.model, true);
  const Entry kernel = {"kernel", {2, 2}, {1, 2, 3, 4}};
  const Entry model_wide = {"wide", {2, 3}, {1, 2, 3, 4, 5, 6}};
  const Entry graph_wide = {"wide", {3, 2}, {1, 2, 3, 4, 5, 6}};
  auto load = [&](const std::vector<Entry> &entries,
                  const Json &metadata = nullptr) {
    write_file(folder / "a", entries, metadata);
    return error_of(
        [&] { lathe::load_weights(folder / "a", square.model, memory); });
  };
  const std::vector<float> straight{1, 2, 3, 4}, turned{1, 3, 2, 4};
  // The other tensor's shape tells.
  EXPECT_EQ(load({kernel, graph_wide}), "");
  EXPECT_EQ(floats(memory, square.tensors[0]), turned);
  EXPECT_EQ(load({kernel, model_wide}), "");
  EXPECT_EQ(floats(memory, square.tensors[0]), straight);
  // Nothing does.
  std::string error = load({kernel});
  EXPECT_NE(error.find("it does not say whether kernel is in the order of the "
                       "ONNX graph"),
            std::string::npos)
      << error;
  // The file does.
  EXPECT_EQ(load({kernel}, {{"layout", "graph"}}), "");
  EXPECT_EQ(floats(memory, square.tensors[0]), turned);
  EXPECT_EQ(load({kernel}, {{"layout", "model"}}), "");
  EXPECT_EQ(floats(memory, square.tensors[0]), straight);
  EXPECT_EQ(load({kernel}, {{"layout", "new"}}),
            folder / "a" + ": the layout of its tensors is 'new'; 'model' and "
                           "'graph' are known");
  // Checkpoints before, of the model or of this.
  EXPECT_EQ(load({kernel, model_wide}, old_lathe), "");
  EXPECT_EQ(floats(memory, square.tensors[0]), straight);
}

} // namespace
