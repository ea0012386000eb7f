//===- RandomNetwork.cpp - Networks with weights in many orders
//-------------===//
#include "test/onnx/RandomNetwork.h"
#include <random>

namespace lathe::test {

using Shape = std::vector<int64_t>;

namespace {

class Generator {
public:
  Generator(unsigned seed, bool trained) : random(seed), trained(trained) {}

  GraphBuilder build() {
    image = {2 + pick(2), 3 + pick(2), 3 + pick(2)};
    Shape input = image;
    input.insert(input.begin(), 1);
    g.input("x", input);
    convolve();
    for (int64_t i = 1 + pick(3); i > 0; --i)
      addImageLayer();
    flatten();
    for (int64_t i = pick(3); i > 0; --i)
      addVectorLayer();
    multiply(3);
    g.node("Identity", {last}, "scores");
    g.output("scores");
    return std::move(g);
  }

private:
  int64_t pick(int64_t count) { return int64_t(random() % unsigned(count)); }
  std::string weights(const std::string &role, const Shape &shape) {
    std::string name = role + std::to_string(number++);
    g.weights(name, shape);
    return name;
  }
  ::onnx::NodeProto &node(const std::string &kind,
                          std::vector<std::string> inputs) {
    std::string result = kind + std::to_string(number++);
    ::onnx::NodeProto &added = g.node(kind, inputs, result);
    last = result;
    return added;
  }
  void permute(const Shape &order) {
    GraphBuilder::set(node("Transpose", {last}), "perm", order);
  }
  void reshape(const Shape &shape) {
    std::string extents = "shape" + std::to_string(number++);
    g.integers(extents, shape);
    node("Reshape", {last, extents});
  }

  //===- Images -----------------------------------------------------------===//

  void addImageLayer() {
    switch (pick(trained ? 8 : 10)) {
    case 0:
      return convolve();
    case 1:
      return normalize();
    case 2:
      return pool();
    case 3:
      return combine();
    case 4:
      return rectify();
    case 5:
      return mixRows();
    case 6:
      return shuffle();
    case 7:
      image = {image[0], image[2], image[1]};
      return permute({0, 1, 3, 2});
    case 8:
      return normalizeImage();
    default:
      return spread();
    }
  }

  /// The filter as an initializer, or one that nodes bring into its form.
  std::string filter(const Shape &shape) {
    if (pick(3))
      return weights("kernel", shape);
    std::string kept = last;
    last = weights("kernel", {shape[2], shape[3], shape[1], shape[0]});
    permute({3, 2, 0, 1});
    std::swap(kept, last);
    return kept;
  }

  void convolve() {
    int64_t channels = image[0];
    int64_t size = std::min<int64_t>(1 + pick(3), std::min(image[1], image[2]));
    int64_t groups = pick(3) == 0 ? channels : 1;
    // [3, 3, 3, 3] is the same in all orders.
    int64_t filters = pick(2) ? channels : groups * (1 + pick(3));
    Shape pads(4, pick(2) ? size / 2 : 0);
    std::vector<std::string> inputs{
        last, filter({filters, channels / groups, size, size})};
    inputs[0] = last;
    if (pick(2))
      inputs.push_back(weights("bias", {filters}));
    ::onnx::NodeProto &conv = node("Conv", inputs);
    GraphBuilder::set(conv, "pads", pads);
    if (groups > 1)
      GraphBuilder::set(conv, "group", groups);
    image = {filters, image[1] + 2 * pads[0] - size + 1,
             image[2] + 2 * pads[0] - size + 1};
  }

  void spread() {
    std::vector<std::string> inputs{
        last, weights("kernel", {image[0], image[0], 2, 2})};
    GraphBuilder::set(node("ConvTranspose", inputs), "strides", Shape{2, 2});
    image = {image[0], 2 * image[1], 2 * image[2]};
  }

  void normalize() {
    std::vector<std::string> inputs{last};
    for (const char *role : {"gamma", "beta", "mean"})
      inputs.push_back(weights(role, {image[0]}));
    inputs.push_back(positive({image[0]}));
    node("BatchNormalization", inputs);
  }
  std::string positive(const Shape &shape) {
    std::string name = "variance" + std::to_string(number++);
    std::vector<float> values;
    for (int64_t i = 0; i < shape[0]; ++i)
      values.push_back(0.75f + float(i) / 4);
    g.floats(name, shape, values);
    return name;
  }

  void normalizeImage() {
    if (image[1] * image[2] < 2)
      return;
    if (pick(2)) {
      node("InstanceNormalization",
           {last, weights("scale", {image[0]}), weights("offset", {image[0]})});
      return;
    }
    std::string scale = weights("scale", image);
    GraphBuilder::set(
        node("LayerNormalization", {last, scale, weights("offset", image)}),
        "axis", int64_t(1));
  }

  void pool() {
    if (image[1] < 2 || image[2] < 2)
      return;
    ::onnx::NodeProto &added =
        node(pick(2) ? "MaxPool" : "AveragePool", {last});
    GraphBuilder::set(added, "kernel_shape", Shape{2, 2});
    image = {image[0], image[1] - 1, image[2] - 1};
  }

  /// Factors and offsets of channels, places, or both.
  void combine() {
    const Shape shapes[] = {{image[0], 1, 1},
                            {1, image[0], 1, 1},
                            {1, image[0], image[1], image[2]},
                            image,
                            {image[2]},
                            {image[1], 1},
                            {image[1], image[2]}};
    node(pick(2) ? "Mul" : "Add", {last, weights("map", shapes[pick(7)])});
  }

  void rectify() {
    if (pick(2))
      node("Relu", {last});
    else
      node("PRelu",
           {last, weights("slope", pick(2) ? Shape{image[0], 1, 1} : image)});
  }

  /// The channels of each place, last, by a matrix; with a transpose before and
  /// behind it, or before it alone.
  void mixRows() {
    permute({0, 2, 3, 1});
    node("MatMul", {last, weights("matrix", {image[0], image[0]})});
    if (pick(2))
      permute({0, 3, 1, 2});
    else
      image = {image[1], image[2], image[0]};
  }

  void shuffle() {
    if (image[0] % 2)
      return;
    reshape({-1, 2, image[0] / 2, image[1], image[2]});
    permute({0, 2, 1, 3, 4});
    reshape({-1, image[0], image[1], image[2]});
  }

  //===- Vectors ----------------------------------------------------------===//

  void flatten() {
    features = image[0] * image[1] * image[2];
    if (pick(2))
      permute({0, 3, 1, 2});
    if (pick(2))
      node("Flatten", {last});
    else
      reshape({-1, features});
  }

  void addVectorLayer() {
    switch (pick(5)) {
    case 0:
    case 1:
      return multiply(features);
    case 2:
      return normalizeVector();
    case 3:
      return branch();
    default:
      return turn();
    }
  }

  void multiply(int64_t units) {
    int64_t form = pick(4);
    bool transposed = form % 2;
    std::string matrix = weights("matrix", transposed ? Shape{units, features}
                                                      : Shape{features, units});
    if (form == 0) {
      node("MatMul", {last, matrix});
    } else {
      std::vector<std::string> inputs{last, matrix};
      if (pick(3))
        inputs.push_back(
            weights("bias", pick(2) ? Shape{units} : Shape{1, units}));
      ::onnx::NodeProto &gemm = node("Gemm", inputs);
      if (transposed)
        GraphBuilder::set(gemm, "transB", int64_t(1));
    }
    features = units;
  }

  void normalizeVector() {
    std::vector<std::string> inputs{last};
    for (const char *role : {"gamma", "beta", "mean"})
      inputs.push_back(weights(role, {features}));
    inputs.push_back(positive({features}));
    node("BatchNormalization", inputs);
  }

  /// Two products that read the same.
  void branch() {
    std::string from = last;
    int64_t before = features;
    multiply(before);
    std::string first = last;
    last = from;
    features = before;
    multiply(before);
    node("Add", {first, last});
  }

  /// As a matrix of two rows, transposed.
  void turn() {
    if (features % 2)
      return;
    reshape({-1, 2, features / 2});
    node("Mul", {last, weights("map", {2, features / 2})});
    permute({0, 2, 1});
    reshape({-1, features});
  }

  std::mt19937 random;
  bool trained;
  GraphBuilder g;
  std::string last = "x";
  int number = 0;
  Shape image; ///< [channels, height, width], or what else an image is
  int64_t features = 0;
};

} // namespace

GraphBuilder randomNetwork(unsigned seed, bool trained) {
  return Generator(seed, trained).build();
}

} // namespace lathe::test
