// safetensors.cpp: see safetensors.h.
#include "runtime/safetensors.h"

#include "runtime/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t largest_header = 100 * 1000 * 1000; // the format's own limit

SafetensorsFile::Tensor parse_entry(const std::string &path,
                                    const std::string &name, const Json &entry,
                                    uint64_t data_offset) {
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
         path, name);
  for (const Json &dimension : entry["shape"])
    if (!dimension.is_number_unsigned() || dimension.get<uint64_t>() >> 62)
      fail("{}: tensor {}: its shape is not a list of sizes", path, name);
  auto begin = (*offsets)[0].get<uint64_t>(),
       end = (*offsets)[1].get<uint64_t>();
  // Places are checked later, all together; a size below 0 shows as a huge one.
  return {name, entry["dtype"].get<std::string>(),
          entry["shape"].get<std::vector<int64_t>>(), data_offset + begin,
          end - begin};
}

// "F32[3, 3, 1, 32]"
std::string describe(const std::string &dtype,
                     const std::vector<int64_t> &shape) {
  return fmt::format("{}[{}]", dtype, fmt::join(shape, ", "));
}

Metadata parse_metadata(const Json &header) {
  Metadata result;
  auto metadata = header.find("__metadata__");
  if (metadata != header.end() && metadata->is_object())
    for (const auto &[key, value] : metadata->items())
      if (value.is_string())
        result[key] = value.get<std::string>();
  return result;
}

} // namespace

SafetensorsFile::SafetensorsFile(const std::string &path) : path_(path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    fail("{}: {}", path,
         std::filesystem::exists(path, error) ? "not a file" : "no such file");
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
  Json header;
  try {
    header = Json::parse(text);
  } catch (const Json::parse_error &problem) {
    fail("{}: byte {}: the header is not JSON", path, 8 + problem.byte);
  }
  if (!header.is_object())
    fail("{}: byte 8: the header is not a JSON object", path);
  uint64_t data_offset = 8 + length;
  for (const auto &[name, entry] : header.items()) {
    if (name == "__metadata__")
      continue;
    numbers_.emplace(name, tensors_.size());
    tensors_.push_back(parse_entry(path, name, entry, data_offset));
  }
  check_places(data_offset, size - data_offset);
  metadata_ = parse_metadata(header);
}

// The format allows neither gaps nor overlaps.
void SafetensorsFile::check_places(uint64_t data_offset,
                                   uint64_t data_size) const {
  std::vector<std::pair<std::pair<uint64_t, uint64_t>, std::string>> places;
  for (const Tensor &tensor : tensors_) {
    uint64_t begin = tensor.offset - data_offset;
    places.push_back({{begin, begin + tensor.size}, tensor.name});
  }
  std::sort(places.begin(), places.end());
  uint64_t end = 0;
  for (const auto &[range, name] : places) {
    if (range.first != end || range.second < range.first ||
        range.second > data_size)
      fail("{}: byte {}: tensor {} is said to have bytes {} to {} of {}: "
           "gap, overlap, or cut-off file",
           path_, data_offset + end, name, range.first, range.second,
           data_size);
    end = range.second;
  }
  if (end != data_size)
    fail("{}: byte {}: {} bytes belong to no tensor", path_, data_offset + end,
         data_size - end);
}

const SafetensorsFile::Tensor *
SafetensorsFile::find(const std::string &name) const {
  auto number = numbers_.find(name);
  return number == numbers_.end() ? nullptr : &tensors_[number->second];
}

std::string SafetensorsFile::mismatch(const std::string &name,
                                      const std::string &dtype,
                                      const std::vector<int64_t> &shape,
                                      uint64_t size) const {
  const Tensor *tensor = find(name);
  if (!tensor)
    return fmt::format("{}: tensor {} is missing", path_, name);
  if (tensor->dtype != dtype || tensor->shape != shape)
    return fmt::format("{}: tensor {} is {}, the model's is {}", path_, name,
                       describe(tensor->dtype, tensor->shape),
                       describe(dtype, shape));
  if (tensor->size != size)
    return fmt::format("{}: tensor {} has {} bytes of data, its shape needs {}",
                       path_, name, tensor->size, size);
  return "";
}

void SafetensorsFile::read(uint64_t offset, char *data, size_t size) {
  file_.seekg(std::streamoff(offset));
  file_.read(data, std::streamsize(size));
  if (!file_)
    fail("{}: byte {}: cannot be read", path_, offset);
}

} // namespace lathe
