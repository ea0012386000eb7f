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

// The tensor of the file that is the model's; throws Error where it is none.
const SafetensorsFile::Tensor &find(const SafetensorsFile &file,
                                    const lathe_tensor &tensor) {
  const SafetensorsFile::Tensor *found = file.find(tensor.name);
  if (!found)
    fail("{}: tensor {} is missing", file.path(), tensor.name);
  if (found->dtype != dtype_names[tensor.dtype] ||
      found->shape != shape_of(tensor))
    fail("{}: tensor {} is {}, the model's is {}", file.path(), tensor.name,
         describe_tensor(found->dtype, found->shape),
         describe_tensor(dtype_names[tensor.dtype], shape_of(tensor)));
  if (found->size != uint64_t(tensor.size))
    fail("{}: tensor {} has {} bytes of data, its shape needs {}", file.path(),
         tensor.name, found->size, tensor.size);
  return *found;
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
  std::vector<std::pair<const lathe_tensor *, const SafetensorsFile::Tensor *>>
      found;
  for (const lathe_tensor *tensor : file_order(model))
    if (what == Load::All || tensor->region == LATHE_PARAMS)
      found.push_back({tensor, &find(file, *tensor)});
  for (auto [tensor, source] : found)
    file.read(*source, memory.data(*tensor));
  return file.metadata();
}

} // namespace lathe
