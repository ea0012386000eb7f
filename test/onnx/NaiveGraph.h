//===- NaiveGraph.h - ONNX graphs by loops over elements --------*- C++ -*-===//
//
// What a graph computes by the text of ONNX's operators, in double precision,
// for the comparison with what is compiled. It shares nothing with the
// importer.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_TEST_ONNX_NAIVEGRAPH_H
#define LATHE_TEST_ONNX_NAIVEGRAPH_H

#include <map>
#include <onnx/onnx_pb.h>
#include <string>
#include <vector>

namespace lathe::test {

struct NaiveTensor {
  std::vector<int64_t> shape;
  std::vector<double> values;
};

int64_t elementsOf(const std::vector<int64_t> &shape);

/// The initializers of floats, and of integers.
std::map<std::string, NaiveTensor>
initializersOf(const ::onnx::GraphProto &graph);

/// The graph's only output for its only input. `weights` replaces initializers.
/// Throws std::runtime_error where an operator is not known here.
NaiveTensor runNaively(const ::onnx::GraphProto &graph, NaiveTensor input,
                       const std::map<std::string, NaiveTensor> &weights = {});

} // namespace lathe::test

#endif // LATHE_TEST_ONNX_NAIVEGRAPH_H
