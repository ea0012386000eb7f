//===- File.cpp - An ONNX file, checked -----------------------------------===//
#include "compiler/frontend/onnx/File.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <google/protobuf/io/zero_copy_stream_impl.h>

using namespace mlir;
using namespace lathe::onnx;
using proto::TensorProto;

std::string lathe::onnx::nodeLabel(const proto::NodeProto &node) {
  if (!node.name().empty())
    return "'" + node.name() + "'";
  for (const std::string &output : node.output())
    if (!output.empty())
      return "of '" + output + "'";
  return "without a name";
}

const std::string &lathe::onnx::nodeName(const proto::NodeProto &node) {
  return node.name().empty() && node.output_size() ? node.output(0)
                                                   : node.name();
}

//===- Reading ------------------------------------------------------------===//

/// Piece by piece: the message has the bytes, and the memory may have no room
/// for them twice.
template <typename Message>
static void parse(Message &message, const std::string &path, const char *what) {
  auto check = [](std::error_code error) {
    if (error)
      throw Refusal("cannot read the file: " + error.message());
  };
  int descriptor = 0; // stdin
  uint64_t size = 0;
  if (path != "-") {
    check(llvm::sys::fs::openFileForRead(path, descriptor));
    check(llvm::sys::fs::file_size(path, size));
  }
  google::protobuf::io::FileInputStream input(descriptor);
  input.SetCloseOnDelete(descriptor != 0);
  if (size > INT32_MAX)
    throw Refusal(
        "the file has 2 GB or more; larger weights are external data");
  bool isParsed = message.ParseFromZeroCopyStream(&input);
  check({input.GetErrno(), std::generic_category()});
  if (!isParsed)
    throw Refusal("the file is damaged, or it is no " + std::string(what));
}

File::File(const std::string &path) {
  // A damaged file is our error to report.
  google::protobuf::LogSilencer silence;
  parse(model, path, "ONNX model");
  if (!model.has_graph())
    throw Refusal("the file holds no graph");
  llvm::SmallString<128> folder(path);
  llvm::sys::path::remove_filename(folder);
  directory = folder.empty() ? "." : std::string(folder);
  opsets = inlineFunctions(model);
  checkNames();
}

int64_t File::opset(StringRef domain) const {
  for (const auto &import : model.opset_import())
    if (plainDomain(import.domain()) == plainDomain(domain))
      return import.version();
  return 0;
}

int64_t File::opset(const proto::NodeProto &node) const {
  auto own = opsets.find(&node);
  return own == opsets.end() ? opset(node.domain()) : own->second;
}

std::vector<StringRef> File::outputs() const {
  std::vector<StringRef> names;
  for (const auto &info : graph().output())
    names.push_back(info.name());
  return names;
}

std::vector<const proto::NodeProto *>
File::nodesFor(ArrayRef<StringRef> values) const {
  llvm::StringSet<> needed;
  needed.insert_range(values);
  std::vector<const proto::NodeProto *> nodes;
  for (const proto::NodeProto &node : llvm::reverse(graph().node())) {
    if (llvm::none_of(node.output(), [&](const std::string &output) {
          return needed.contains(output);
        }))
      continue;
    nodes.push_back(&node);
    for (const std::string &name : node.input())
      if (!name.empty())
        needed.insert(name);
  }
  std::reverse(nodes.begin(), nodes.end());
  return nodes;
}

proto::ModelProto File::pruned() const {
  std::vector<const proto::NodeProto *> nodes = nodesFor(outputs());
  llvm::StringSet<> read = valuesRead(nodes, outputs());
  proto::ModelProto result = model;
  proto::GraphProto &graph = *result.mutable_graph();
  graph.clear_node();
  for (const proto::NodeProto *node : nodes)
    *graph.add_node() = *node;
  auto keepRead = [&](auto &list) {
    list.erase(
        std::remove_if(list.begin(), list.end(),
                       [&](const auto &x) { return !read.contains(x.name()); }),
        list.end());
  };
  keepRead(*graph.mutable_initializer());
  keepRead(*graph.mutable_input());
  return result;
}

llvm::StringSet<>
lathe::onnx::valuesRead(ArrayRef<const proto::NodeProto *> nodes,
                        ArrayRef<StringRef> others) {
  llvm::StringSet<> names;
  names.insert_range(others);
  for (const proto::NodeProto *node : nodes)
    for (const std::string &input : node->input())
      if (!input.empty())
        names.insert(input);
  return names;
}

/// Every value is defined once, and before it is used: there are no cycles.
void File::checkNames() const {
  llvm::StringSet<> defined, initialized;
  for (const TensorProto &tensor : graph().initializer())
    if (!initialized.insert(tensor.name()).second)
      throw Refusal("two initializers have the name '" + tensor.name() + "'");
  for (const auto &tensor : graph().sparse_initializer())
    defined.insert(tensor.values().name());
  for (const auto &input : graph().input())
    if (!defined.insert(input.name()).second)
      throw Refusal("two inputs have the name '" + input.name() + "'");
  for (const auto &entry : initialized)
    defined.insert(entry.getKey());
  for (const proto::NodeProto &node : graph().node()) {
    for (const std::string &input : node.input())
      if (!input.empty() && !defined.contains(input))
        throw Refusal("node " + nodeLabel(node) + " (" + node.op_type() +
                      ") reads '" + input +
                      "', which no initializer, input or node before it "
                      "defines");
    for (const std::string &output : node.output())
      if (!output.empty() && !defined.insert(output).second)
        throw Refusal("'" + output + "' is defined twice");
  }
  if (graph().output_size() == 0)
    throw Refusal("the graph has no output");
  for (const auto &output : graph().output())
    if (!defined.contains(output.name()))
      throw Refusal("nothing defines the output '" + output.name() + "'");
}

//===- Tensors ------------------------------------------------------------===//

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

/// The bytes of a tensor that lies in a file of its own, which is in the
/// model's folder.
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

DenseElementsAttr lathe::onnx::readTensor(const TensorProto &tensor,
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
  // Weights may be larger than the memory has room for once more.
  std::unique_ptr<llvm::MemoryBuffer> external;
  std::string own;
  if (tensor.data_location() == TensorProto::EXTERNAL)
    external = readExternal(tensor, folder, size);
  else if (tensor.has_raw_data())
    external = llvm::MemoryBuffer::getMemBuffer(tensor.raw_data(), "", false);
  else if (element.isF32())
    own = bytesOf<float>(tensor.float_data());
  else if (element.isInteger(64))
    own = bytesOf<int64_t>(tensor.int64_data());
  else if (element.isInteger(32))
    own = bytesOf<int32_t>(tensor.int32_data());
  else
    own = bytesOf<uint8_t>(tensor.int32_data());
  if (external && element.isInteger(8))
    own = std::exchange(external, nullptr)->getBuffer().str();
  StringRef bytes = external ? external->getBuffer() : StringRef(own);
  if (int64_t(bytes.size()) != size)
    throw Refusal(what + "has " + std::to_string(bytes.size()) +
                  " bytes of data, its shape " + describe(shape) + " needs " +
                  std::to_string(size));
  if (element.isInteger(8)) // whatever is not 0 is true
    for (char &truth : own)
      truth = truth != 0;
  return DenseElementsAttr::getFromRawBuffer(
      RankedTensorType::get(shape, element),
      ArrayRef(bytes.data(), bytes.size()));
}

DenseElementsAttr File::takeInitializer(int number, MLIRContext &context) {
  taken.resize(graph().initializer_size());
  DenseElementsAttr &data = taken[number];
  if (!data) {
    TensorProto &tensor = *model.mutable_graph()->mutable_initializer(number);
    data = readTensor(tensor, directory, context);
    std::string().swap(*tensor.mutable_raw_data());
    tensor.clear_float_data();
  }
  return data;
}

lathe::TensorLayout File::ownLayout(const std::string &name,
                                    const TensorLayout &graph) const {
  for (const auto &entry : model.metadata_props()) {
    if (entry.key() != onnx_layout_key + name)
      continue;
    auto layout = TensorLayout::parse(entry.value());
    if (layout && layout->to() == graph.from())
      return *layout;
    throw Refusal("the metadata '" + entry.key() + "' is '" + entry.value() +
                  "', which is no layout of the initializer, whose shape is " +
                  describe(graph.from()) + "; remove it");
  }
  return graph;
}

DenseElementsAttr lathe::onnx::readTensorFile(const std::string &path,
                                              MLIRContext &context) {
  google::protobuf::LogSilencer silence;
  TensorProto tensor;
  parse(tensor, path, "ONNX tensor");
  return readTensor(tensor, ".", context);
}
