// checkpoint.cpp: what checkpoints hold; see checkpoint.h. How files are
// replaced is in atomic_file.cpp.
#include "runtime/checkpoint.h"

#include "runtime/atomic_file.h"
#include "runtime/error.h"
#include "runtime/safetensors.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char *dtype_names[] = {"F32", "F64", "I32", "I64", "U8"};

std::vector<int64_t> shape_of(const lathe_tensor &tensor) {
  return {tensor.shape, tensor.shape + tensor.rank};
}

// Wide elements first, so that each tensor is aligned to its elements.
std::vector<const lathe_tensor *> file_order(const lathe_model &model) {
  std::vector<const lathe_tensor *> tensors;
  for (int32_t i = 0; i < model.tensor_count; ++i)
    tensors.push_back(&model.tensors[i]);
  std::stable_partition(
      tensors.begin(), tensors.end(), [](const lathe_tensor *tensor) {
        return tensor->dtype == LATHE_F64 || tensor->dtype == LATHE_I64;
      });
  return tensors;
}

std::string mismatch(const SafetensorsFile &file, const lathe_tensor &tensor) {
  return file.mismatch(tensor.name, dtype_names[tensor.dtype], shape_of(tensor),
                       uint64_t(tensor.size));
}

} // namespace

void save_checkpoint(const std::string &path, const lathe_model &model,
                     const ModelMemory &memory, const Metadata &metadata) {
  Json header;
  Json &about = header["__metadata__"];
  about["model"] = model.name;
  about["compiler"] = model.compiler;
  about["version"] = std::to_string(model.version);
  for (const auto &[key, value] : metadata)
    about[key] = value;
  int64_t offset = 0;
  for (const lathe_tensor *tensor : file_order(model)) {
    Json &entry = header[tensor->name];
    entry["dtype"] = dtype_names[tensor->dtype];
    entry["shape"] = shape_of(*tensor);
    entry["data_offsets"] = {offset, offset + tensor->size};
    offset += tensor->size;
  }
  // Names are arbitrary bytes to us; JSON wants UTF-8.
  std::string text =
      header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');

  AtomicFile file(path);
  uint8_t length[8];
  for (int i = 0; i < 8; ++i)
    length[i] = uint8_t(uint64_t(text.size()) >> (8 * i));
  file.write(length, sizeof(length));
  file.write(text.data(), text.size());
  for (const lathe_tensor *tensor : file_order(model))
    file.write(memory.data(*tensor), size_t(tensor->size));
  file.commit();
}

Metadata load_checkpoint(const std::string &path, const lathe_model &model,
                         const ModelMemory &memory, Load what) {
  SafetensorsFile file(path);
  for (const SafetensorsFile::Tensor &tensor : file.tensors())
    if (!find_tensor(model, tensor.name))
      fail("{}: tensor {} is unknown to the model", path, tensor.name);
  // Nothing is read before everything is known to be there.
  std::vector<const lathe_tensor *> wanted;
  for (const lathe_tensor *tensor : file_order(model))
    if (what == Load::All || tensor->region == LATHE_PARAMS)
      wanted.push_back(tensor);
  for (const lathe_tensor *tensor : wanted)
    if (std::string problem = mismatch(file, *tensor); !problem.empty())
      fail("{}", problem);
  for (const lathe_tensor *tensor : wanted)
    file.read(*file.find(tensor->name), memory.data(*tensor));
  return file.metadata();
}

// Some parameters are constants, and none are drawn.
bool has_weights(const lathe_model &model) {
  bool found = false;
  for (int32_t i = 0; i < model.tensor_count; ++i) {
    const lathe_tensor &tensor = model.tensors[i];
    if (tensor.region != LATHE_PARAMS)
      continue;
    found |= tensor.initializer == LATHE_INIT_DATA;
    if (tensor.initializer != LATHE_INIT_DATA &&
        tensor.initializer != LATHE_INIT_CONSTANT)
      return false;
  }
  return found;
}

Leftovers load_weights(const std::string &path, const lathe_model &model,
                       const ModelMemory &memory) {
  SafetensorsFile file(path);
  Leftovers leftovers;
  std::vector<const lathe_tensor *> found;
  std::string problems;
  for (const lathe_tensor *tensor : file_order(model)) {
    if (tensor->region != LATHE_PARAMS)
      continue;
    if (!file.find(tensor->name)) {
      leftovers.missing.push_back(tensor->name);
      continue;
    }
    found.push_back(tensor);
    if (std::string problem = mismatch(file, *tensor); !problem.empty())
      problems += (problems.empty() ? "" : "\n") + problem;
  }
  if (!problems.empty())
    fail("{}", problems);
  for (const SafetensorsFile::Tensor &tensor : file.tensors())
    if (!find_tensor(model, tensor.name))
      leftovers.unknown.push_back(tensor.name);
  if (found.empty())
    fail("{}: none of its tensors is a parameter of the model; the model has "
         "{}",
         path, fmt::join(leftovers.missing, ", "));
  for (const lathe_tensor *tensor : found)
    file.read(*file.find(tensor->name), memory.data(*tensor));
  return leftovers;
}

} // namespace lathe
