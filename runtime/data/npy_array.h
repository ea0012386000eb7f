// npy_array.h: arrays as NumPy saves them (numpy.lib.format), in files of their
// own or as members of an .npz file.
#pragma once

#include "runtime/data/input_file.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace lathe {

struct NpyArray {
  std::string path; // for messages
  char kind;        // 'u', 'i', 'f', or 'b': a byte that is 0 for false
  int width;        // bytes of an element
  std::vector<int64_t> shape;
  uint64_t data_offset; // in the file
  std::vector<uint8_t> data;

  template <typename T>
  T get(int64_t i) const {
    T value;
    std::memcpy(&value, data.data() + size_t(i) * sizeof(T), sizeof(T));
    return value;
  }
  // Of any type but 'f' with 2 bytes; exact up to 2^53.
  double number(int64_t i) const;
  std::string type() const; // "float32"

  // Throw Error: about the header, and about element i.
  [[noreturn]] void fail_header(const std::string &message) const;
  [[noreturn]] void fail_element(int64_t i, const std::string &message) const;
};

// Throws Error, for other element types one that says what to save instead.
NpyArray read_npy(InputFile &file);

} // namespace lathe
