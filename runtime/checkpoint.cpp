// checkpoint.cpp: what checkpoints hold; see checkpoint.h. How files are
// replaced is in atomic_file.cpp.
#include "runtime/checkpoint.h"

#include "runtime/atomic_file.h"
#include "runtime/error.h"
#include "runtime/weights_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

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

void write(AtomicFile &file, const lathe_tensor &tensor, const char *data) {
  TensorLayout layout = weight_tensor(tensor).layout;
  if (!layout.moves())
    return file.write(data, size_t(tensor.size));
  std::vector<char> bytes(size_t(tensor.size));
  layout.inverse().convert(data, bytes.data(), weight_tensor(tensor).width);
  file.write(bytes.data(), bytes.size());
}

struct Wanted {
  const lathe_tensor *place;
  WeightTensor tensor;
};

// Nothing is read before all is known to be there.
void read(WeightsFile &file, const std::vector<Wanted> &wanted,
          const ModelMemory &memory) {
  for (const auto &[place, tensor] : wanted)
    file.read(tensor, memory.data(*place));
}

void find_order(WeightsFile &file, const std::vector<Wanted> &wanted) {
  std::vector<WeightTensor> tensors;
  for (const Wanted &one : wanted)
    tensors.push_back(one.tensor);
  file.find_order(tensors);
}

} // namespace

void save_checkpoint(const std::string &path, const lathe_model &model,
                     const ModelMemory &memory, const Metadata &metadata) {
  Json header;
  Json &about = header["__metadata__"];
  about["model"] = model.name;
  about["compiler"] = model.compiler;
  about["version"] = std::to_string(model.version);
  about[layout_key] = "model";
  for (const auto &[key, value] : metadata) // that of a file, perhaps
    if (key != layout_key)
      about[key] = value;
  int64_t offset = 0;
  for (const lathe_tensor *tensor : file_order(model)) {
    Json &entry = header[tensor->name];
    entry["dtype"] = dtype_name(tensor->dtype);
    entry["shape"] = weight_tensor(*tensor).layout.from();
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
    write(file, *tensor, memory.data(*tensor));
  file.commit();
}

Metadata load_checkpoint(const std::string &path, const lathe_model &model,
                         const ModelMemory &memory, Load what) {
  WeightsFile file(path);
  for (const SafetensorsFile::Tensor &tensor : file.file().tensors())
    if (!find_tensor(model, tensor.name))
      fail("{}: tensor {} is unknown to the model", path, tensor.name);
  std::vector<Wanted> wanted;
  for (const lathe_tensor *tensor : file_order(model))
    if (what == Load::All || tensor->region == LATHE_PARAMS)
      wanted.push_back({tensor, weight_tensor(*tensor)});
  find_order(file, wanted);
  for (const Wanted &one : wanted)
    if (std::string problem = file.mismatch(one.tensor); !problem.empty())
      fail("{}", problem);
  read(file, wanted, memory);
  return file.file().metadata();
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
  WeightsFile file(path);
  Leftovers leftovers;
  std::vector<Wanted> found;
  for (const lathe_tensor *tensor : file_order(model)) {
    if (tensor->region != LATHE_PARAMS)
      continue;
    if (file.file().find(tensor->name))
      found.push_back({tensor, weight_tensor(*tensor)});
    else
      leftovers.missing.push_back(tensor->name);
  }
  find_order(file, found);
  std::string problems;
  for (const Wanted &one : found)
    if (std::string problem = file.mismatch(one.tensor); !problem.empty())
      problems += (problems.empty() ? "" : "\n") + problem;
  if (!problems.empty())
    fail("{}", problems);
  for (const SafetensorsFile::Tensor &tensor : file.file().tensors())
    if (!find_tensor(model, tensor.name))
      leftovers.unknown.push_back(tensor.name);
  if (found.empty())
    fail("{}: none of its tensors is a parameter of the model; the model has "
         "{}",
         path, fmt::join(leftovers.missing, ", "));
  read(file, found, memory);
  return leftovers;
}

} // namespace lathe
