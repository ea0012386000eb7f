//===- LargeTensors.cpp - Weights that stay in their file -----------------===//
#include "compiler/frontend/onnx/LargeTensors.h"
#include "llvm/Support/LEB128.h"
#include "llvm/Support/raw_ostream.h"
#include <onnx/onnx_pb.h>

using namespace llvm;
using namespace lathe::onnx;

/// Smaller ones are parsed with the rest, of which there is a copy meanwhile.
static constexpr size_t largeBytes = 1 << 16;

namespace {
/// A field of a serialized message.
struct Field {
  uint64_t number = 0;
  bool isBytes = false; ///< or a message: what has a length
  StringRef all, content;
};

/// Cuts fields from the beginning of a message.
class Fields {
public:
  explicit Fields(StringRef message) : rest(message) {}

  /// False at the end, and at what no field begins with.
  bool next(Field &field) {
    StringRef before = rest;
    uint64_t tag = 0, value = 0;
    if (!take(tag))
      return false;
    field.number = tag >> 3;
    field.isBytes = (tag & 7) == 2;
    switch (tag & 7) {
    case 0:
      if (!take(value))
        return false;
      break;
    case 1:
      return cut(before, 8, field);
    case 2:
      return take(value) && cut(before, value, field);
    case 5:
      return cut(before, 4, field);
    default:
      return false;
    }
    return cut(before, 0, field);
  }
  /// What could not be read.
  StringRef getRest() const { return rest; }

private:
  bool take(uint64_t &value) {
    unsigned size = 0;
    const char *error = nullptr;
    value = decodeULEB128(rest.bytes_begin(), &size, rest.bytes_end(), &error);
    if (!error)
      rest = rest.drop_front(size);
    return !error;
  }
  bool cut(StringRef before, uint64_t size, Field &field) {
    bool isThere = size <= rest.size();
    if (isThere) {
      field.content = rest.take_front(size);
      rest = rest.drop_front(size);
    }
    field.all = before.drop_back(rest.size());
    return isThere;
  }

  StringRef rest;
};

class Cutter {
public:
  explicit Cutter(LargeTensors &large) : large(large) {}

  std::string cutModel(StringRef model) {
    return rewrite(model, ::onnx::ModelProto::kGraphFieldNumber,
                   [&](StringRef graph) { return cutGraph(graph); });
  }

private:
  /// The message with other contents in the fields of this number.
  static std::string
  rewrite(StringRef message, uint64_t number,
          function_ref<std::string(StringRef content)> replacement) {
    std::string result;
    raw_string_ostream os(result);
    Fields fields(message);
    StringRef left = message;
    for (Field field; fields.next(field); left = fields.getRest()) {
      if (field.number != number || !field.isBytes) {
        os << field.all;
        continue;
      }
      std::string content = replacement(field.content);
      encodeULEB128(number << 3 | 2, os);
      encodeULEB128(content.size(), os);
      os << content;
    }
    os << left;
    return result;
  }

  std::string cutGraph(StringRef graph) {
    return rewrite(graph, ::onnx::GraphProto::kInitializerFieldNumber,
                   [&](StringRef tensor) { return cutTensor(tensor); });
  }

  std::string cutTensor(StringRef tensor) {
    int number = initializers++;
    return rewrite(tensor, ::onnx::TensorProto::kRawDataFieldNumber,
                   [&](StringRef data) {
                     large.data.erase(number); // the last one counts
                     if (data.size() < largeBytes)
                       return data.str();
                     large.data[number] = {data.data(), data.size()};
                     return std::string();
                   });
  }

  LargeTensors &large;
  int initializers = 0;
};
} // namespace

std::string lathe::onnx::cutLargeTensors(StringRef model, LargeTensors &large) {
  return Cutter(large).cutModel(model);
}
