//===- Slices.h - A graph in parts that show all their values ---*- C++ -*-===//
#ifndef LATHE_COMPILER_VERIFY_SLICES_H
#define LATHE_COMPILER_VERIFY_SLICES_H

#include "compiler/verify/OnnxRuntime.h"
#include "llvm/ADT/StringMap.h"
#include <onnx/onnx_pb.h>

namespace lathe::verify {

/// Values of a graph by their names.
using Values = llvm::StringMap<Array>;

/// The graph with the result of every node as an output.
::onnx::ModelProto withAllOutputs(const ::onnx::ModelProto &model);

/// Numbers without a pattern for the graph's inputs that have no initializer;
/// extents that are open are 1. Of integers, zeros and ones, which are indices
/// of anything.
std::vector<Array> drawInputs(const ::onnx::GraphProto &graph);

/// Some nodes of the graph, one after the other, as a graph of their own: its
/// inputs are what other nodes compute, with the shapes that they have there,
/// its outputs the results of the nodes that `values` holds.
struct Slice {
  ::onnx::ModelProto model;
  std::vector<std::string> inputs, outputs;
};

/// The whole graph in parts of few inputs and outputs. Integers that nodes
/// compute are constants: shapes must be known when compiling.
std::vector<Slice> sliced(const ::onnx::ModelProto &model,
                          const Values &values);

/// "node 'conv1' (Conv, opset 17)": what computes the value.
std::string nodeOf(const ::onnx::ModelProto &model, const std::string &value);

} // namespace lathe::verify

#endif // LATHE_COMPILER_VERIFY_SLICES_H
