// weights_file.cpp: see weights_file.h.
#include "runtime/weights_file.h"

#include "runtime/error.h"

#include <algorithm>

namespace lathe {

const char *dtype_name(int32_t dtype) {
  constexpr const char *names[] = {"F32", "F64", "I32", "I64", "U8"};
  return names[dtype];
}

WeightTensor weight_tensor(const lathe_tensor &tensor) {
  auto parse = [&](const char *text, const TensorLayout &otherwise) {
    std::optional<TensorLayout> layout =
        text ? TensorLayout::parse(text) : otherwise;
    if (!layout)
      fail("the artifact's tensor {} has the layout '{}', which is none",
           tensor.name, text);
    return *layout;
  };
  TensorLayout memory({tensor.shape, tensor.shape + tensor.rank});
  TensorLayout own = parse(tensor.layout, memory);
  constexpr size_t widths[] = {4, 8, 4, 8, 1};
  return {tensor.name, dtype_name(tensor.dtype), widths[tensor.dtype], own,
          parse(tensor.graph_layout, own)};
}

TensorLayout WeightsFile::layout(const WeightTensor &tensor, Order order) {
  switch (order) {
  case Order::Model:
    return tensor.layout;
  case Order::Graph:
    return tensor.graph_layout;
  default:
    return TensorLayout(tensor.layout.to());
  }
}

std::string WeightsFile::mismatch(const WeightTensor &tensor,
                                  Order order) const {
  const TensorLayout::Extents shape = layout(tensor, order).from();
  uint64_t size = tensor.width;
  for (int64_t extent : shape)
    size *= uint64_t(extent);
  return file_.mismatch(tensor.name, tensor.dtype, shape, size);
}

bool WeightsFile::fit(const std::vector<WeightTensor> &tensors,
                      Order order) const {
  return std::all_of(tensors.begin(), tensors.end(), [&](const auto &tensor) {
    return !file_.find(tensor.name) || mismatch(tensor, order).empty();
  });
}

// Its elements are as the model of that time had them in memory, which is not
// to be known where they are moved about.
void WeightsFile::check_old(const std::vector<WeightTensor> &tensors) const {
  for (const WeightTensor &tensor : tensors)
    if (file_.find(tensor.name) && tensor.layout.moves())
      fail("{}: it was saved by a version of Lathe that did not say in which "
           "order tensors are, and {} may be in several; export it as ONNX "
           "with that version, or train again",
           file_.path(), tensor.name);
}

void WeightsFile::find_order(const std::vector<WeightTensor> &tensors) {
  const Metadata &about = file_.metadata();
  if (auto said = about.find(layout_key); said != about.end()) {
    if (said->second != "model" && said->second != "graph")
      fail("{}: the layout of its tensors is '{}'; 'model' and 'graph' are "
           "known",
           file_.path(), said->second);
    order_ = said->second == "graph" ? Order::Graph : Order::Model;
    return;
  }
  if (about.count("compiler") && about.count("version")) {
    check_old(tensors);
    order_ = Order::Memory;
    return;
  }
  // Of someone else, who has the graph.
  order_ = Order::Graph;
  if (!fit(tensors, Order::Model))
    return;
  if (!fit(tensors, Order::Graph)) {
    order_ = Order::Model;
    return;
  }
  for (const WeightTensor &tensor : tensors)
    if (file_.find(tensor.name) && tensor.layout != tensor.graph_layout)
      fail(
          "{}: it does not say whether {} is in the order of the ONNX graph or "
          "of the model that this was exported from; give its metadata "
          "\"{}\": \"graph\" or \"model\"",
          file_.path(), tensor.name, layout_key);
}

void WeightsFile::read(const WeightTensor &tensor, char *memory) {
  const SafetensorsFile::Tensor &place = *file_.find(tensor.name);
  TensorLayout order = layout(tensor, order_);
  if (!order.moves()) {
    file_.read(place, memory);
    return;
  }
  std::vector<char> bytes(place.size);
  file_.read(place, bytes.data());
  order.convert(bytes.data(), memory, tensor.width);
}

} // namespace lathe
