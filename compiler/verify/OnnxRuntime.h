//===- OnnxRuntime.h - ONNX Runtime as a judge ------------------*- C++ -*-===//
//
// ONNX Runtime is no part of Lathe: it is run as a program where it is there,
// by Node.js, whose package brings it along for every machine.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_VERIFY_ONNXRUNTIME_H
#define LATHE_COMPILER_VERIFY_ONNXRUNTIME_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace lathe::verify {

/// Elements in their order, in the memory of their type.
struct Array {
  std::string name;
  std::string type; ///< "float32", "int32", "int64", "bool"
  std::vector<int64_t> shape;
  std::vector<char> bytes;
};

class OnnxRuntime {
public:
  /// The package onnxruntime-node in `folder`, or in its node_modules; where
  /// the folder is "", the one that Node.js finds by itself ($NODE_PATH). The
  /// error says how to get it.
  static llvm::Expected<OnnxRuntime> find(const std::string &folder);

  /// All outputs of the graph in a file, on the CPU; `optimized` as ONNX
  /// Runtime runs it, else node by node as it is written.
  llvm::Expected<std::vector<Array>> run(const std::string &model,
                                         const std::vector<Array> &inputs,
                                         bool optimized) const;

private:
  llvm::Error execute(const std::vector<std::string> &arguments) const;

  std::string node;    ///< the program
  std::string modules; ///< for NODE_PATH; "" leaves it as it is
};

/// What Node.js runs.
llvm::StringRef onnxRuntimeScript();

} // namespace lathe::verify

#endif // LATHE_COMPILER_VERIFY_ONNXRUNTIME_H
