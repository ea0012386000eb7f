//===- TensorContent.cpp - The elements of an ONNX tensor -----------------===//
#include "compiler/frontend/onnx/TensorContent.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace lathe::onnx;
using proto::TensorProto;

Type lathe::onnx::elementType(int32_t type, MLIRContext &context) {
  switch (type) {
  case TensorProto::FLOAT:
    return Float32Type::get(&context);
  case TensorProto::INT32:
    return IntegerType::get(&context, 32);
  case TensorProto::INT64:
    return IntegerType::get(&context, 64);
  case TensorProto::BOOL:
    return IntegerType::get(&context, 8, IntegerType::Unsigned);
  default:
    return {};
  }
}

std::string lathe::onnx::typeName(int32_t type) {
  if (!proto::TensorProto_DataType_IsValid(type))
    return "type " + std::to_string(type);
  return StringRef(proto::TensorProto_DataType_Name(
                       proto::TensorProto_DataType(type)))
      .lower();
}

/// Reads a tensor's bytes from another file in the model's folder.
static std::unique_ptr<llvm::MemoryBuffer>
readExternal(const TensorProto &tensor, const std::string &folder,
             int64_t size) {
  std::string location;
  int64_t offset = 0, length = size;
  for (const auto &entry : tensor.external_data()) {
    StringRef value = entry.value();
    bool bad = false;
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      bad = value.getAsInteger(10, offset) || offset < 0;
    else if (entry.key() == "length")
      bad = value.getAsInteger(10, length);
    if (bad)
      throw Refusal("tensor '" + tensor.name() + "': its external " +
                    entry.key() + " is no number");
  }
  if (length != size)
    throw Refusal("tensor '" + tensor.name() + "' has " +
                  std::to_string(length) +
                  " bytes of external data, its shape "
                  "needs " +
                  std::to_string(size));
  llvm::SmallString<128> path(folder), real, root;
  llvm::sys::path::append(path, location);
  bool inside = !location.empty() && !llvm::sys::path::is_absolute(location) &&
                !llvm::sys::fs::real_path(folder, root);
  if (inside && llvm::sys::fs::real_path(path, real))
    throw Refusal("tensor '" + tensor.name() + "': there is no file " +
                  std::string(path));
  if (inside)
    root += llvm::sys::path::get_separator();
  if (!inside || !StringRef(real).starts_with(root))
    throw Refusal("tensor '" + tensor.name() + "': its external data '" +
                  location + "' is not in the model's folder");
  uint64_t available = 0;
  if (!llvm::sys::fs::is_regular_file(real) ||
      llvm::sys::fs::file_size(real, available) ||
      uint64_t(offset) > available ||
      uint64_t(size) > available - uint64_t(offset))
    throw Refusal("tensor '" + tensor.name() + "': " + std::string(path) +
                  " ends before its data");
  if (size == 0)
    return llvm::MemoryBuffer::getMemBuffer("");
  auto data = llvm::MemoryBuffer::getFileSlice(real, size, offset);
  if (!data)
    throw Refusal("cannot read " + std::string(path) + ": " +
                  data.getError().message());
  return std::move(*data);
}

/// The elements of a list of a message, in their C type.
template <typename Element, typename List>
static std::string bytesOf(const List &list) {
  std::string bytes;
  for (auto value : list) {
    auto element = static_cast<Element>(value);
    bytes.append(reinterpret_cast<const char *>(&element), sizeof(element));
  }
  return bytes;
}

void TensorContent::own(std::string text) {
  auto copy = std::make_shared<const std::string>(std::move(text));
  bytes = {copy->data(), copy->size()};
  owner = std::move(copy);
}

TensorContent lathe::onnx::contentOf(const TensorProto &tensor,
                                     ArrayRef<char> raw,
                                     const std::string &folder,
                                     MLIRContext &context) {
  std::string what = "tensor '" + tensor.name() + "' ";
  Type element = elementType(tensor.data_type(), context);
  if (!element)
    throw Refusal(what + "is of " + typeName(tensor.data_type()) +
                  "; float, int32, int64 and bool are supported");
  if (tensor.has_segment())
    throw Refusal(what + "is one of several segments");
  SmallVector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  int64_t width = element.getIntOrFloatBitWidth() / 8;
  int64_t size = elementCount(shape) * width;
  TensorContent content{RankedTensorType::get(shape, element), {}, {}};
  if (tensor.data_location() == TensorProto::EXTERNAL) {
    std::shared_ptr<llvm::MemoryBuffer> file =
        readExternal(tensor, folder, size);
    content.bytes = {file->getBufferStart(), file->getBufferSize()};
    content.owner = std::move(file);
  } else if (tensor.has_raw_data()) {
    content.bytes = raw;
  } else if (element.isF32()) {
    content.own(bytesOf<float>(tensor.float_data()));
  } else if (element.isInteger(64)) {
    content.own(bytesOf<int64_t>(tensor.int64_data()));
  } else if (element.isInteger(32)) {
    content.own(bytesOf<int32_t>(tensor.int32_data()));
  } else {
    content.own(bytesOf<uint8_t>(tensor.int32_data()));
  }
  if (int64_t(content.bytes.size()) != size)
    throw Refusal(what + "has " + std::to_string(content.bytes.size()) +
                  " bytes of data, its shape " + describe(shape) + " needs " +
                  std::to_string(size));
  if (element.isInteger(8)) { // whatever is not 0 is true
    std::string truths(content.bytes.begin(), content.bytes.end());
    for (char &truth : truths)
      truth = truth != 0;
    content.own(std::move(truths));
  }
  return content;
}

DenseElementsAttr lathe::onnx::readTensor(const TensorProto &tensor,
                                          const std::string &folder,
                                          MLIRContext &context) {
  TensorContent content = contentOf(tensor, rawData(tensor), folder, context);
  return DenseElementsAttr::getFromRawBuffer(content.type, content.bytes);
}
