// npy_array.cpp: see npy_array.h.
#include "runtime/data/npy_array.h"

#include <limits>

namespace lathe {

namespace {

// Where a header's dictionary begins.
constexpr uint64_t header_offset = 10;

// The text after `'key':` in the header's Python dictionary.
std::string value_of(const InputFile &file, const std::string &header,
                     const char *key) {
  size_t begin = header.find(fmt::format("'{}'", key));
  if (begin != std::string::npos)
    begin = header.find(':', begin);
  if (begin == std::string::npos)
    file.fail_at(header_offset, fmt::format("the header has no '{}'", key));
  begin = header.find_first_not_of(' ', begin + 1);
  return begin == std::string::npos ? "" : header.substr(begin);
}

std::vector<int64_t> parse_shape(const InputFile &file,
                                 const std::string &text) {
  std::vector<int64_t> shape;
  size_t i = 1;
  if (text.empty() || text[0] != '(')
    file.fail_at(header_offset, "the header's shape is not a tuple");
  for (; i < text.size() && text[i] != ')'; ++i) {
    if (text[i] >= '0' && text[i] <= '9') {
      if (i == 1 || text[i - 1] < '0' || text[i - 1] > '9')
        shape.push_back(0);
      if (shape.back() > std::numeric_limits<int32_t>::max())
        file.fail_at(header_offset, "a dimension in the header is too large");
      shape.back() = shape.back() * 10 + (text[i] - '0');
    } else if (text[i] != ',' && text[i] != ' ') {
      file.fail_at(header_offset, "the header's shape is not a tuple of "
                                  "numbers");
    }
  }
  if (i == text.size())
    file.fail_at(header_offset, "the header's shape is not closed");
  return shape;
}

std::string read_header(InputFile &file) {
  uint8_t start[8];
  file.read(start, 8, "the magic number");
  if (std::memcmp(start, "\x93NUMPY", 6) != 0)
    file.fail_at(0, "is not an .npy file");
  if (start[6] < 1 || start[6] > 3)
    file.fail_at(6, fmt::format("unknown .npy version {}", start[6]));
  uint8_t length[4] = {};
  file.read(length, start[6] == 1 ? 2 : 4, "the header's length");
  size_t size = size_t(length[0]) | size_t(length[1]) << 8 |
                size_t(length[2]) << 16 | size_t(length[3]) << 24;
  if (size > 1 << 16)
    file.fail_at(8, fmt::format("a header of {} bytes is too long", size));
  std::string header(size, '\0');
  file.read(&header[0], size, "the header");
  return header;
}

// Why elements of a type ("<U5") are not read, and what to do about it.
std::string type_problem(const std::string &type) {
  struct Problem {
    const char *kinds, *message;
  };
  constexpr Problem problems[] = {
      {"US", "the elements are strings; save numbers of classes instead: "
             "numpy.unique(labels, return_inverse=True)[1]"},
      {"O", "the elements are Python objects; save array.astype('float32'), or "
            "'int32' for labels"},
      {"c", "the elements are complex numbers"},
      {"Mm", "the elements are dates or times"},
      {"V", "the elements are records"},
  };
  const char kind = type.size() > 1 ? type[1] : ' ';
  for (const Problem &problem : problems)
    if (std::strchr(problem.kinds, kind))
      return problem.message;
  if (type[0] == '>' && std::strchr("uifb", kind))
    return "the numbers are big-endian; save "
           "array.astype(array.dtype.newbyteorder('<'))";
  return fmt::format("the element type {} is unknown", type);
}

// The first text in quotes; "" where there is none.
std::string quoted(const std::string &text) {
  if (text.empty() || (text[0] != '\'' && text[0] != '"'))
    return "";
  return text.substr(1, text.find(text[0], 1) - 1);
}

void parse_type(const InputFile &file, const std::string &text,
                NpyArray &array) {
  const std::string type = quoted(text);
  if (type.empty())
    file.fail_at(header_offset, "the array has named fields; save a plain one");
  if (type.size() != 3 || !std::strchr("<|", type[0]) ||
      !std::strchr("uifb", type[1]) || !std::strchr("1248", type[2]) ||
      (type[1] == 'b' && type[2] != '1'))
    file.fail_at(header_offset, type_problem(type));
  array.kind = type[1];
  array.width = type[2] - '0';
}

} // namespace

NpyArray read_npy(InputFile &file) {
  NpyArray array;
  array.path = file.path();
  std::string header = read_header(file);
  parse_type(file, value_of(file, header, "descr"), array);
  array.shape = parse_shape(file, value_of(file, header, "shape"));
  if (value_of(file, header, "fortran_order").compare(0, 5, "False") != 0 &&
      array.shape.size() > 1)
    file.fail_at(header_offset, "the array is in Fortran order; save it with "
                                "numpy.ascontiguousarray");
  array.data_offset = file.offset();
  uint64_t bytes = uint64_t(array.width);
  for (int64_t size : array.shape)
    if (__builtin_mul_overflow(bytes, uint64_t(size), &bytes))
      file.fail_at(header_offset, "the header's shape is too large");
  file.append(array.data, bytes, "elements");
  file.expect_end("the last element");
  return array;
}

double NpyArray::number(int64_t i) const {
  switch (kind) {
  case 'b':
    return get<uint8_t>(i) != 0;
  case 'f':
    return width == 4 ? double(get<float>(i)) : get<double>(i);
  case 'u':
    return width == 1   ? get<uint8_t>(i)
           : width == 2 ? get<uint16_t>(i)
           : width == 4 ? get<uint32_t>(i)
                        : double(get<uint64_t>(i));
  default:
    return width == 1   ? get<int8_t>(i)
           : width == 2 ? get<int16_t>(i)
           : width == 4 ? get<int32_t>(i)
                        : double(get<int64_t>(i));
  }
}

std::string NpyArray::type() const {
  if (kind == 'b')
    return "bool";
  return fmt::format("{}{}",
                     kind == 'f'   ? "float"
                     : kind == 'u' ? "uint"
                                   : "int",
                     8 * width);
}

void NpyArray::fail_header(const std::string &message) const {
  fail("{}: byte {}: {}", path, header_offset, message);
}

void NpyArray::fail_element(int64_t i, const std::string &message) const {
  fail("{}: byte {}: {}", path, data_offset + uint64_t(i * width), message);
}

} // namespace lathe
