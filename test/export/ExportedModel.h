//===- ExportedModel.h - A model and its export, run here -------*- C++ -*-===//
#ifndef LATHE_TEST_EXPORT_EXPORTEDMODEL_H
#define LATHE_TEST_EXPORT_EXPORTEDMODEL_H

#include "compiler/runner/Runner.h"
#include "compiler/tools/StagedModel.h"
#include <memory>
#include <onnx/onnx_pb.h>
#include <string>
#include <vector>

namespace lathe::test {

/// A model file with parameters without a pattern, and what the export makes of
/// it.
struct ExportedModel {
  /// Failures are the test's. `graph` is where the ONNX file goes.
  ExportedModel(const std::string &yaml, const std::string &graph);

  /// The model itself, compiled; null, and a failure, where that fails.
  std::unique_ptr<Runner> compile();

  bool ok = false;
  std::string graph;
  ::onnx::ModelProto proto;
  std::vector<int64_t> inputShape; ///< of one image

private:
  StagedModel staged;
};

/// What compiling the graph for up to `batch` samples gives; null, and a
/// failure, where it does not compile.
std::unique_ptr<Runner> compileGraph(const std::string &graph, int batch);

/// The results of `n` samples, at most as many as the model was compiled for.
std::vector<float> predict(Runner &runner, std::vector<float> images, int n);

/// How many nodes of the kind are in the graph.
int countNodes(const ::onnx::ModelProto &proto, const std::string &kind);

} // namespace lathe::test

#endif // LATHE_TEST_EXPORT_EXPORTEDMODEL_H
