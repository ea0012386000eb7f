//===- File.cpp - An ONNX file, checked -----------------------------------===//
#include "compiler/frontend/onnx/File.h"
#include "compiler/frontend/onnx/TensorContent.h"
#include "dialects/nn/Elements.h"
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

/// The same of a file whose large tensors stay there. False where that is not
/// possible.
static bool parseMapped(proto::ModelProto &model, const std::string &path,
                        LargeTensors &large) {
  uint64_t size = 0;
  if (!llvm::sys::fs::is_regular_file(path) ||
      llvm::sys::fs::file_size(path, size) || size > INT32_MAX)
    return false;
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return false;
  std::shared_ptr<llvm::MemoryBuffer> file = std::move(*buffer);
  if (!model.ParseFromString(cutLargeTensors(file->getBuffer(), large)))
    return false;
  large.file = std::move(file);
  return true;
}

File::File(const std::string &path) {
  // A damaged file is our error to report.
  google::protobuf::LogSilencer silence;
  if (!parseMapped(model, path, large)) {
    large.data.clear();
    parse(model, path, "ONNX model");
  }
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
  for (const auto &[number, bytes] : large.data)
    if (auto &tensor = *graph.mutable_initializer(number);
        read.contains(tensor.name()))
      tensor.set_raw_data(bytes.data(), bytes.size());
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

ElementsAttr File::takeInitializer(int number, MLIRContext &context) {
  taken.resize(graph().initializer_size());
  ElementsAttr &data = taken[number];
  if (!data) {
    TensorProto &tensor = *model.mutable_graph()->mutable_initializer(number);
    auto found = large.data.find(number);
    bool isLarge = found != large.data.end();
    TensorContent content = contentOf(
        tensor, isLarge ? found->second : rawData(tensor), directory, context);
    if (!content.owner && isLarge)
      content.owner = large.file;
    else if (!content.owner)
      content.own(std::exchange(*tensor.mutable_raw_data(), {}));
    data = nn::holdElements(content.type, content.bytes, content.owner);
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
