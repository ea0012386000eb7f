//===- Graph.h - An ONNX graph that is being written ------------*- C++ -*-===//
//
// nn's tensors have their channels last, ONNX's first. A value of the module is
// in the graph in one of the orders, or in both: who reads it asks for the one
// it needs, and a Transpose is written where it is not there. Parameters and
// constants are transposed here and now.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_EXPORT_GRAPH_H
#define LATHE_COMPILER_EXPORT_GRAPH_H

#include "dialects/nn/NNDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "runtime/tensor_layout.h"
#include "llvm/ADT/StringSet.h"
#include <onnx/onnx_pb.h>

namespace lathe::exporter {

namespace proto = ::onnx;

enum class Order { ChannelsLast, ChannelsFirst };

/// A node's attribute.
struct Attr {
  Attr(const char *name, int64_t value);
  Attr(const char *name, int value) : Attr(name, int64_t(value)) {}
  Attr(const char *name, double value);
  Attr(const char *name, const char *value);
  Attr(const char *name, llvm::ArrayRef<int64_t> values);
  proto::AttributeProto attribute;
};

/// A parameter or a constant of the module, in the order of its reader.
struct Constant {
  std::string name;
  mlir::ElementsAttr data;
  /// Of a parameter: how this order comes from that of checkpoints.
  std::optional<TensorLayout> layout = std::nullopt;

  void transpose(llvm::ArrayRef<int64_t> permutation);
  void reshape(llvm::ArrayRef<int64_t> shape);
};

class Graph {
public:
  explicit Graph(mlir::ModuleOp module);

  /// The operation whose nodes are written from now on: the first has its
  /// layer's name.
  void enter(mlir::Operation *op);
  /// Its nodes are written already.
  void markWritten(mlir::Operation *op) { written.insert(op); }
  bool isWritten(mlir::Operation *op) const { return written.contains(op); }

  /// Says that the operation cannot be written, and goes on.
  void refuse(mlir::Operation *op, const llvm::Twine &reason);
  bool hasFailed() const { return broken; }

  //===- Nodes ------------------------------------------------------------===//

  /// A node with one result, whose name is returned. "" is an input that is
  /// left out.
  std::string add(llvm::StringRef kind, llvm::ArrayRef<std::string> inputs,
                  llvm::ArrayRef<Attr> attributes = {});

  // Initializers:
  std::string integers(llvm::StringRef role, llvm::ArrayRef<int64_t> values);
  std::string numbers(llvm::StringRef role, llvm::ArrayRef<int64_t> shape,
                      llvm::ArrayRef<double> values);
  std::string scalar(llvm::StringRef role, double value) {
    return numbers(role, {}, value);
  }
  std::string initializer(const Constant &constant);

  //===- Values of the module ---------------------------------------------===//

  void define(mlir::Value value, std::string name,
              Order order = Order::ChannelsLast);
  /// The value's name in the graph; tensors of less than three dimensions are
  /// the same in both orders.
  std::string in(mlir::Value value, Order order = Order::ChannelsLast);
  std::string first(mlir::Value value) {
    return in(value, Order::ChannelsFirst);
  }
  /// As an operand that is broadcast to `rank` dimensions.
  std::string broadcast(mlir::Value value, int64_t rank, Order order);

  /// Whether the value is there in the order without a transpose.
  bool has(mlir::Value value, Order order);
  /// The order in which it takes the fewest transposes to combine the values.
  Order orderOf(llvm::ArrayRef<mlir::Value> values);

  /// What the value is where that is known: a parameter, a constant, or one of
  /// them in another shape.
  std::optional<Constant> constantOf(mlir::Value value);

  //===- The whole --------------------------------------------------------===//

  /// Ports keep their names, which nothing else in the graph takes: all of them
  /// are reserved before anything is written.
  void reservePort(mlir::Value value, const std::string &name);
  /// Dimensions that are dynamic are called "batch".
  void input(mlir::Value value, const std::string &name);
  void output(mlir::Value value, const std::string &name);
  const proto::ModelProto &model() const { return file; }

private:
  std::string unique(const std::string &name);
  std::string claimPort(const std::string &name);
  std::string append(const std::string &name, llvm::StringRef kind,
                     llvm::ArrayRef<std::string> inputs,
                     llvm::ArrayRef<Attr> attributes);
  void addPort(proto::ValueInfoProto &port, const std::string &name,
               mlir::RankedTensorType type);
  void rename(const std::string &from, const std::string &to);

  struct Names {
    std::string last, first;
  };

  mlir::ModuleOp module;
  proto::ModelProto file;
  proto::GraphProto &graph;
  std::string layer;
  bool layerHasNode = false, broken = false;
  llvm::StringSet<> taken, nodeNames; ///< of values, of nodes
  llvm::StringSet<> ports;            ///< reserved, not there yet
  llvm::DenseMap<mlir::Value, Names> values;
  llvm::StringMap<Constant> initializers;
  llvm::DenseSet<mlir::Operation *> written;
};

/// A parameter's values; null where it has none before it is initialised.
mlir::ElementsAttr valuesOf(nn::VariableOp variable);

/// Of an element of nn.
proto::TensorProto::DataType elementType(mlir::Type type);

/// The dimensions [n, c, ...] of [n, ..., c], and back.
llvm::SmallVector<int64_t> channelsFirst(int64_t rank);
llvm::SmallVector<int64_t> channelsLast(int64_t rank);

/// Where dimension `axis` of nn's `rank` is in the order.
int64_t axisIn(Order order, int64_t axis, int64_t rank);

} // namespace lathe::exporter

#endif // LATHE_COMPILER_EXPORT_GRAPH_H
