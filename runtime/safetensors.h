// safetensors.h: reading safetensors files
// (https://github.com/huggingface/safetensors): the length of the header as 8
// little-endian bytes, a JSON header with name, type, shape and place of each
// tensor, then the data.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace lathe {

// Text in a header's __metadata__.
using Metadata = std::map<std::string, std::string>;

// A file whose header was checked against its length when it was opened, so
// that every place in it can be trusted.
class SafetensorsFile {
public:
  struct Tensor {
    std::string name;
    std::string dtype; // "F32"
    std::vector<int64_t> shape;
    uint64_t offset; // from the start of the file
    uint64_t size;   // bytes
  };

  // Throws Error, naming the file and the place in it.
  explicit SafetensorsFile(const std::string &path);

  // In the order of the header.
  const std::vector<Tensor> &tensors() const { return tensors_; }
  // nullptr when there is none.
  const Tensor *find(const std::string &name) const;
  // Why the file has no tensor of this name, type and shape, in a message that
  // names both sides; "" when it has.
  std::string mismatch(const std::string &name, const std::string &dtype,
                       const std::vector<int64_t> &shape, uint64_t size) const;
  // Reads the tensor's bytes, of which there must be room for all.
  void read(const Tensor &tensor, char *data) {
    read(tensor.offset, data, size_t(tensor.size));
  }
  const Metadata &metadata() const { return metadata_; }
  const std::string &path() const { return path_; }

private:
  void read(uint64_t offset, char *data, size_t size);
  void check_places(uint64_t data_offset, uint64_t data_size) const;

  std::string path_;
  std::ifstream file_;
  std::vector<Tensor> tensors_;
  std::map<std::string, size_t> numbers_; // of the tensors, by name
  Metadata metadata_;
};

} // namespace lathe
