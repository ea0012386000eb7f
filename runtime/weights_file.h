// weights_file.h: tensors of a safetensors file in the order that a model has
// them in memory, whoever wrote the file.
#pragma once

#include "runtime/artifact.h"
#include "runtime/safetensors.h"
#include "runtime/tensor_layout.h"

#include <string>
#include <vector>

namespace lathe {

// A tensor as a model has it in memory, and how it gets there.
struct WeightTensor {
  std::string name;
  std::string dtype;         // "F32"
  size_t width;              // bytes of an element
  TensorLayout layout;       // from a checkpoint's order, the model's own
  TensorLayout graph_layout; // from that of the ONNX graph; the same for most
};

// The name of a lathe_dtype in such files.
const char *dtype_name(int32_t dtype);

WeightTensor weight_tensor(const lathe_tensor &tensor);

// The key of the file's metadata that names the order of its tensors: "model",
// that of checkpoints, or "graph", that of the initializers of the ONNX graph.
constexpr const char *layout_key = "layout";

class WeightsFile {
public:
  // Throws Error, naming the file and the place in it.
  explicit WeightsFile(const std::string &path) : file_(path) {}

  const SafetensorsFile &file() const { return file_; }

  // Finds out the order that the file has these tensors in, if it has them.
  // Throws Error where it may be one or another.
  void find_order(const std::vector<WeightTensor> &tensors);

  // Why the file has no such tensor, "" when it has.
  std::string mismatch(const WeightTensor &tensor) const {
    return mismatch(tensor, order_);
  }
  // To where there is room for all elements.
  void read(const WeightTensor &tensor, char *memory);

private:
  enum class Order {
    Model,
    Graph,
    Memory, // of checkpoints by versions before 8, which say nothing
  };
  static TensorLayout layout(const WeightTensor &tensor, Order order);
  std::string mismatch(const WeightTensor &tensor, Order order) const;
  bool fit(const std::vector<WeightTensor> &tensors, Order order) const;
  void check_old(const std::vector<WeightTensor> &tensors) const;

  SafetensorsFile file_;
  Order order_ = Order::Model;
};

} // namespace lathe
