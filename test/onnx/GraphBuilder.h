//===- GraphBuilder.h - ONNX files for tests --------------------*- C++ -*-===//
#ifndef LATHE_TEST_ONNX_GRAPHBUILDER_H
#define LATHE_TEST_ONNX_GRAPHBUILDER_H

#include <functional>
#include <onnx/onnx_pb.h>
#include <string>
#include <vector>

namespace lathe::test {

/// A folder that is gone when the object is.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string path(const std::string &name) const {
    return folder + "/" + name;
  }
  const std::string folder;
};

/// Writes an ONNX graph step by step.
class GraphBuilder {
public:
  explicit GraphBuilder(int64_t opset = 17);

  using Type = ::onnx::TensorProto::DataType;
  /// -1 in the shape is a dimension without a value.
  void input(const std::string &name, const std::vector<int64_t> &shape,
             Type type = ::onnx::TensorProto::FLOAT);
  void output(const std::string &name);
  ::onnx::TensorProto &floats(const std::string &name,
                              const std::vector<int64_t> &shape,
                              const std::vector<float> &values);
  /// Small numbers without a pattern.
  ::onnx::TensorProto &weights(const std::string &name,
                               const std::vector<int64_t> &shape);
  ::onnx::TensorProto &integers(const std::string &name,
                                const std::vector<int64_t> &values);
  ::onnx::NodeProto &node(const std::string &kind,
                          const std::vector<std::string> &inputs,
                          const std::string &output);
  static void set(::onnx::NodeProto &node, const std::string &name,
                  int64_t value);
  static void set(::onnx::NodeProto &node, const std::string &name,
                  const std::vector<int64_t> &values);

  std::string bytes() const;
  void write(const std::string &path) const;

  ::onnx::ModelProto model;
};

/// conv, relu, max pool, conv with batch norm, flatten, gemm, softmax: on 8x8
/// images of two channels, to three classes.
GraphBuilder smallNetwork(int64_t batch = 1);

void writeFile(const std::string &path, const std::string &bytes);

/// What the importer says of a file; "" where it takes it.
std::string importErrors(const std::string &path);

/// The module after the stage of this name; errors fail the test.
std::string moduleAfter(const std::string &path, const std::string &stage);

} // namespace lathe::test

#endif // LATHE_TEST_ONNX_GRAPHBUILDER_H
