//===- Node.h - A node of an ONNX graph as its operator sees it -*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_ONNX_NODE_H
#define LATHE_COMPILER_FRONTEND_ONNX_NODE_H

#include "compiler/frontend/onnx/Emitter.h"
#include <functional>
#include <onnx/onnx_pb.h>
#include <optional>

namespace lathe::onnx {

namespace proto = ::onnx;

/// The tensor of a file; `folder` is where its external data is. Throws
/// Refusal.
mlir::DenseElementsAttr readTensor(const proto::TensorProto &tensor,
                                   const std::string &folder,
                                   mlir::MLIRContext &context);

/// Our type of elements; null where there is none.
mlir::Type elementType(int32_t onnxType, mlir::MLIRContext &context);
/// "float16".
std::string typeName(int32_t onnxType);

class Node {
public:
  Node(const proto::NodeProto &node, int64_t opset, Emitter &emit,
       llvm::SmallVector<Tensor> inputs, llvm::SmallVector<bool> wanted,
       std::function<Tensor(unsigned)> constantInput)
      : emit(emit), opset(opset), node(node), inputs(std::move(inputs)),
        wanted(std::move(wanted)), constantInput(std::move(constantInput)),
        outputs(node.output_size()) {}

  Emitter &emit;
  const int64_t opset;

  llvm::StringRef kind() const { return node.op_type(); }

  unsigned inputCount() const { return inputs.size(); }
  bool has(unsigned i) const { return i < inputs.size() && inputs[i]; }
  /// Throws where it is missing.
  const Tensor &in(unsigned i) const;
  /// All that are given, in their order.
  llvm::ArrayRef<Tensor> all() const { return inputs; }

  unsigned outputCount() const { return outputs.size(); }
  /// Whether anything reads the output.
  bool wants(unsigned i) const { return i < wanted.size() && wanted[i]; }
  void out(Tensor result, unsigned i = 0) {
    if (i < outputs.size())
      outputs[i] = std::move(result);
  }
  llvm::ArrayRef<Tensor> results() const { return outputs; }

  // Attributes:
  bool hasAttribute(llvm::StringRef name) const { return find(name); }
  int64_t integer(llvm::StringRef name, int64_t otherwise) const;
  double number(llvm::StringRef name, double otherwise) const;
  std::string text(llvm::StringRef name, llvm::StringRef otherwise) const;
  llvm::SmallVector<int64_t> integers(llvm::StringRef name) const;
  llvm::SmallVector<double> floats(llvm::StringRef name) const;
  const proto::TensorProto *tensor(llvm::StringRef name) const;
  const proto::NodeProto &get() const { return node; }

  /// An input that must be known when compiling.
  Tensor known(unsigned i) const;
  llvm::SmallVector<int64_t> knownIntegers(unsigned i) const;
  llvm::SmallVector<double> knownNumbers(unsigned i) const;
  double knownNumber(unsigned i) const;
  /// A list that is an attribute in older versions of the operator, and an
  /// input in newer ones; nothing where neither is given.
  std::optional<llvm::SmallVector<int64_t>> list(llvm::StringRef attribute,
                                                 unsigned input) const;

private:
  const proto::AttributeProto *find(llvm::StringRef name) const;
  const proto::AttributeProto *find(llvm::StringRef name,
                                    proto::AttributeProto::AttributeType) const;

  const proto::NodeProto &node;
  llvm::SmallVector<Tensor> inputs;
  llvm::SmallVector<bool> wanted;
  std::function<Tensor(unsigned)> constantInput;
  llvm::SmallVector<Tensor> outputs;
};

} // namespace lathe::onnx

#endif // LATHE_COMPILER_FRONTEND_ONNX_NODE_H
