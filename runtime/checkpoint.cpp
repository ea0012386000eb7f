// checkpoint.cpp: what checkpoints hold; see checkpoint.h. How files are
// replaced is in atomic_file.cpp.
#include "runtime/checkpoint.h"

#include "runtime/atomic_file.h"
#include "runtime/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char *dtype_names[] = {"F32", "F64", "I32", "I64", "U8"};
constexpr uint64_t largest_header = 100 * 1000 * 1000; // the format's own limit

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

std::string describe(const std::string &dtype,
                     const std::vector<int64_t> &shape) {
  return fmt::format("{}[{}]", dtype, fmt::join(shape, ", "));
}

// A file that is being read: its header is checked against its length, so that
// every place in it can be trusted.
class CheckpointReader {
public:
  explicit CheckpointReader(const std::string &path);
  // Where the tensor's data is, from the start of the file.
  uint64_t find(const lathe_tensor &tensor) const;
  void read(uint64_t offset, char *data, size_t size);
  Metadata metadata() const;
  const Json &header() const { return header_; }

private:
  void check_places() const;
  std::pair<uint64_t, uint64_t> place(const std::string &name,
                                      const Json &entry) const;

  std::string path_;
  std::ifstream file_;
  uint64_t data_size_ = 0;
  uint64_t data_offset_ = 0;
  Json header_;
};

CheckpointReader::CheckpointReader(const std::string &path) : path_(path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    fail("{}: no such file", path);
  uint64_t size = std::filesystem::file_size(path, error);
  file_.open(path, std::ios::binary);
  if (!file_)
    fail("{}: {}", path, std::strerror(errno));
  uint8_t bytes[8];
  if (size < 8)
    fail("{}: byte {}: the file ends inside of the header's length", path,
         size);
  read(0, reinterpret_cast<char *>(bytes), 8);
  uint64_t length = 0;
  for (int i = 0; i < 8; ++i)
    length |= uint64_t(bytes[i]) << (8 * i);
  if (length > largest_header || length > size - 8)
    fail("{}: byte 0: a header of {} bytes does not fit in a file of {} bytes; "
         "is this a safetensors file?",
         path, length, size);
  std::string text(size_t(length), '\0');
  read(8, &text[0], text.size());
  try {
    header_ = Json::parse(text);
  } catch (const Json::parse_error &problem) {
    fail("{}: byte {}: the header is not JSON", path, 8 + problem.byte);
  }
  if (!header_.is_object())
    fail("{}: byte 8: the header is not a JSON object", path);
  data_offset_ = 8 + length;
  data_size_ = size - data_offset_;
  check_places();
}

std::pair<uint64_t, uint64_t> CheckpointReader::place(const std::string &name,
                                                      const Json &entry) const {
  const Json *offsets = nullptr;
  if (entry.is_object() && entry.contains("dtype") &&
      entry["dtype"].is_string() && entry.contains("shape") &&
      entry["shape"].is_array() && entry.contains("data_offsets"))
    offsets = &entry["data_offsets"];
  if (!offsets || !offsets->is_array() || offsets->size() != 2 ||
      !(*offsets)[0].is_number_unsigned() ||
      !(*offsets)[1].is_number_unsigned())
    fail("{}: tensor {}: its entry in the header lacks dtype, shape or "
         "data_offsets",
         path_, name);
  for (const Json &dimension : entry["shape"])
    if (!dimension.is_number_unsigned() || dimension.get<uint64_t>() >> 62)
      fail("{}: tensor {}: its shape is not a list of sizes", path_, name);
  return {(*offsets)[0].get<uint64_t>(), (*offsets)[1].get<uint64_t>()};
}

// The format allows neither gaps nor overlaps.
void CheckpointReader::check_places() const {
  std::vector<std::pair<std::pair<uint64_t, uint64_t>, std::string>> places;
  for (const auto &[name, entry] : header_.items())
    if (name != "__metadata__")
      places.push_back({place(name, entry), name});
  std::sort(places.begin(), places.end());
  uint64_t end = 0;
  for (const auto &[range, name] : places) {
    if (range.first != end || range.second < range.first ||
        range.second > data_size_)
      fail("{}: byte {}: tensor {} is said to have bytes {} to {} of {}: "
           "gap, overlap, or cut-off file",
           path_, data_offset_ + end, name, range.first, range.second,
           data_size_);
    end = range.second;
  }
  if (end != data_size_)
    fail("{}: byte {}: {} bytes belong to no tensor", path_, data_offset_ + end,
         data_size_ - end);
}

uint64_t CheckpointReader::find(const lathe_tensor &tensor) const {
  auto entry = header_.find(tensor.name);
  if (entry == header_.end())
    fail("{}: tensor {} is missing", path_, tensor.name);
  std::string dtype = (*entry)["dtype"].get<std::string>();
  auto shape = (*entry)["shape"].get<std::vector<int64_t>>();
  if (dtype != dtype_names[tensor.dtype] || shape != shape_of(tensor))
    fail("{}: tensor {} is {}, the model's is {}", path_, tensor.name,
         describe(dtype, shape),
         describe(dtype_names[tensor.dtype], shape_of(tensor)));
  auto [begin, end] = place(tensor.name, *entry);
  if (end - begin != uint64_t(tensor.size))
    fail("{}: tensor {} has {} bytes of data, its shape needs {}", path_,
         tensor.name, end - begin, tensor.size);
  return data_offset_ + begin;
}

void CheckpointReader::read(uint64_t offset, char *data, size_t size) {
  file_.seekg(std::streamoff(offset));
  file_.read(data, std::streamsize(size));
  if (!file_)
    fail("{}: byte {}: cannot be read", path_, offset);
}

Metadata CheckpointReader::metadata() const {
  Metadata result;
  auto metadata = header_.find("__metadata__");
  if (metadata != header_.end() && metadata->is_object())
    for (const auto &[key, value] : metadata->items())
      if (value.is_string())
        result[key] = value.get<std::string>();
  return result;
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
  CheckpointReader reader(path);
  for (const auto &[name, entry] : reader.header().items())
    if (name != "__metadata__" && !find_tensor(model, name))
      fail("{}: tensor {} is unknown to the model", path, name);
  // Nothing is read before everything is known to be there.
  std::vector<std::pair<const lathe_tensor *, uint64_t>> found;
  for (const lathe_tensor *tensor : file_order(model))
    if (what == Load::All || tensor->region == LATHE_PARAMS)
      found.push_back({tensor, reader.find(*tensor)});
  for (auto [tensor, offset] : found)
    reader.read(offset, memory.data(*tensor), size_t(tensor->size));
  return reader.metadata();
}

} // namespace lathe
