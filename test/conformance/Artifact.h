//===- Artifact.h - A compiled graph in this process ------------*- C++ -*-===//
#ifndef LATHE_TEST_CONFORMANCE_ARTIFACT_H
#define LATHE_TEST_CONFORMANCE_ARTIFACT_H

#include "compiler/frontend/onnx/Onnx.h"
#include "runtime/artifact.h"
#include "runtime/model_memory.h"
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lathe::conformance {

struct Array {
  std::string name;
  int32_t dtype = LATHE_F32; ///< lathe_dtype
  std::vector<int64_t> shape;
  std::vector<char> bytes;
};

/// A serialized TensorProto. Throws std::runtime_error.
Array readArray(const std::string &path);

/// Elements as numbers, whatever their type.
std::vector<double> numbersOf(const Array &array);

/// Compiled by this process, as an object that the linker makes a library of.
class Artifact {
public:
  /// Where the graph is refused, `error` says why, and nothing is returned. A
  /// recipe calls its model "graph".
  static std::optional<Artifact> compile(const std::string &path,
                                         const std::string &cache,
                                         onnx::ImportOptions options,
                                         std::string &error);

  const lathe_model &model() const { return *about; }
  /// What was initialised when it was compiled.
  const ModelMemory &getMemory() const { return *memory; }
  /// The outputs for inputs in the order of the model's. Throws.
  std::vector<Array> run(const std::vector<const Array *> &inputs);

private:
  std::shared_ptr<void> library;
  const lathe_model *about = nullptr;
  std::unique_ptr<ModelMemory> memory;
};

} // namespace lathe::conformance

#endif // LATHE_TEST_CONFORMANCE_ARTIFACT_H
