//===- WriteSeeds.cpp - The corpus that fuzzing begins with ---------------===//
//
// usage: lathe_onnx_seeds FOLDER
//
// Writes a graph for each operator; `./dev fuzz --seeds` puts them into the
// repository.
//
//===----------------------------------------------------------------------===//
#include "test/onnx/GraphBuilder.h"
#include <filesystem>
#include <iostream>
#include <set>
#include <sstream>

using namespace lathe::test;

namespace {
/// "x w" are inputs by the names of `declare`, "a=1 b=1,2 c=0.5 d=text"
/// attributes; opset 0 is the usual one.
struct Seed {
  const char *kind, *inputs, *attributes = "";
  int opset = 0;
};

const Seed seeds[] = {
    {"Conv", "x w v", "pads=1,1,1,1 strides=2,2 dilations=1,1 group=1"},
    {"Conv", "x d", "auto_pad=SAME_LOWER group=4 kernel_shape=3,3", 11},
    {"Conv", "s q", "pads=1,0"},
    {"ConvTranspose", "x w v", "strides=2,2 output_padding=1,1 pads=1,1,1,1"},
    {"ConvTranspose", "x w", "output_shape=12,11 auto_pad=SAME_UPPER"},
    {"MaxPool", "x", "kernel_shape=3,3 strides=2,2 ceil_mode=1 dilations=1,2"},
    {"AveragePool", "x", "kernel_shape=2,2 pads=1,0,1,0 count_include_pad=1"},
    {"LpPool", "x", "kernel_shape=2,2 p=3 strides=2,1"},
    {"GlobalAveragePool", "x"},
    {"GlobalMaxPool", "s"},
    {"GlobalLpPool", "x", "p=2"},
    {"BatchNormalization", "x v v v v", "epsilon=0.01 momentum=0.9"},
    {"BatchNormalization", "x v v v v", "training_mode=1"},
    {"GroupNormalization", "x v v", "num_groups=2", 21},
    {"InstanceNormalization", "x v v", "epsilon=0.01"},
    {"LayerNormalization", "f y y", "axis=-1 epsilon=0.01"},
    {"RMSNormalization", "f y", "axis=-1", 23},
    {"LpNormalization", "f", "axis=1 p=1"},
    {"LRN", "x", "size=3 alpha=0.5 beta=0.7 bias=2.0"},
    {"MeanVarianceNormalization", "x", "axes=0,2,3"},
    {"Gemm", "f m y", "alpha=0.5 beta=2.0 transB=1"},
    {"Gemm", "f m", "transB=1 broadcast=1", 6},
    {"MatMul", "x b"},
    {"Attention", "x x x k", "is_causal=1 scale=0.5", 23},
    {"Softmax", "x", "axis=1", 11},
    {"LogSoftmax", "f", "axis=-1"},
    {"Hardmax", "x", "axis=2"},
    {"Clip", "x lo hi"},
    {"Clip", "x", "min=-1.0 max=1.0", 6},
    {"PRelu", "x v1"},
    {"LeakyRelu", "x", "alpha=0.2"},
    {"HardSigmoid", "x", "alpha=0.2 beta=0.4"},
    {"Shrink", "x", "bias=0.5 lambd=0.3"},
    {"Gelu", "x", "approximate=tanh", 20},
    {"Mish", "x", "", 18},
    {"Erf", "x"},
    {"Add", "x c"},
    {"Add", "x v", "axis=1 broadcast=1", 6},
    {"Div", "i j"},
    {"Mod", "i j", "fmod=0"},
    {"Pow", "x lo"},
    {"Where", "t x c"},
    {"Less", "x c"},
    {"Xor", "t t"},
    {"Cast", "x", "to=7"},
    {"CastLike", "x i"},
    {"Mean", "x x c"},
    {"Gather", "x j", "axis=2"},
    {"OneHot", "i depth onoff", "axis=-1"},
    {"Pad", "x pads lo", "mode=constant"},
    {"Pad", "x pads", "mode=reflect"},
    {"Pad", "x", "pads=0,0,1,1,0,0,1,1 value=0.5", 6},
    {"Slice", "x from to j step"},
    {"Slice", "x", "starts=1,0 ends=3,9 axes=1,2", 6},
    {"Split", "x parts", "axis=2"},
    {"Split", "x", "axis=1 num_outputs=2", 18},
    {"ReduceMean", "x", "axes=2,3 keepdims=0"},
    {"ReduceLogSumExp", "x axes", "keepdims=1 noop_with_empty_axes=1", 18},
    {"ReduceSum", "x axes", "keepdims=0"},
    {"ArgMax", "x", "axis=1 keepdims=0 select_last_index=1"},
    {"TopK", "f depth", "axis=-1 largest=0 sorted=1"},
    {"TopK", "f", "axis=-1 k=2", 9},
    {"Concat", "x x", "axis=-1"},
    {"DepthToSpace", "x", "blocksize=2 mode=CRD"},
    {"SpaceToDepth", "x", "blocksize=3"},
    {"Expand", "v1 target"},
    {"Flatten", "x", "axis=2"},
    {"Reshape", "x shape", "allowzero=0"},
    {"Reshape", "x", "shape=0,-1", 6},
    {"Squeeze", "one axes"},
    {"Unsqueeze", "x axes"},
    {"Tile", "x repeats"},
    {"Transpose", "x", "perm=0,2,3,1"},
    {"Resize", "x none scales",
     "mode=linear coordinate_transformation_mode="
     "align_corners"},
    {"Resize", "x none none sizes",
     "mode=cubic cubic_coeff_a=-0.5 "
     "exclude_outside=1"},
    {"Resize", "x none none half",
     "mode=nearest axes=2,3 nearest_mode=ceil "
     "keep_aspect_ratio_policy=not_larger",
     18},
    {"Upsample", "x scales", "mode=nearest", 9},
    {"Dropout", "x", "ratio=0.3 seed=4", 10},
    {"Dropout", "x lo yes", "seed=4"},
    {"NegativeLogLikelihoodLoss", "f i", "reduction=sum ignore_index=1"},
    {"SoftmaxCrossEntropyLoss", "f i", "reduction=mean"},
    {"Constant", "", "value_floats=0.5,2.0"},
    {"Shape", "x", "start=1 end=-1"},
    {"Size", "x"},
    {"Range", "zero depth one0"},
    {"ConstantOfShape", "target"},
};

/// The pool that seeds take their inputs from. Where a name is not listed it
/// is a vector of integers.
void declare(GraphBuilder &g, const std::string &name) {
  static const std::map<std::string, std::vector<int64_t>> images = {
      {"x", {1, 4, 6, 6}}, {"s", {1, 4, 6}},    {"f", {2, 6}},
      {"b", {4, 1, 6, 3}}, {"c", {1, 4, 1, 6}}, {"one", {1, 1, 1, 1}}};
  static const std::map<std::string, std::vector<int64_t>> weights = {
      {"w", {4, 4, 3, 3}}, {"d", {4, 1, 3, 3}}, {"q", {2, 4, 2}}, {"v", {4}},
      {"y", {6}},          {"m", {6, 6}},       {"v1", {4, 1, 1}}};
  static const std::map<std::string, std::vector<int64_t>> vectors = {
      {"j", {1, 2}},           {"axes", {1}},
      {"from", {1, 0}},        {"to", {3, -1}},
      {"step", {1, 2}},        {"pads", {0, 0, 1, 1, 0, 0, 1, 1}},
      {"parts", {2, 4}},       {"target", {1, 4, 2, 3}},
      {"shape", {0, -1, 12}},  {"repeats", {1, 2, 1, 1}},
      {"sizes", {1, 4, 8, 5}}, {"half", {3, 3}}};
  static const std::map<std::string, int64_t> scalars = {
      {"depth", 3}, {"zero", 0}, {"one0", 1}};
  if (auto found = images.find(name); found != images.end())
    g.input(name, found->second);
  else if (auto found = weights.find(name); found != weights.end())
    g.weights(name, found->second);
  else if (auto found = vectors.find(name); found != vectors.end())
    g.integers(name, found->second);
  else if (auto found = scalars.find(name); found != scalars.end())
    g.integers(name, {found->second}).clear_dims();
  else if (name == "i")
    g.input(name, {2}, ::onnx::TensorProto::INT64);
  else if (name == "t" || name == "k")
    g.input(name, {1, 1, 6, 6}, ::onnx::TensorProto::BOOL);
  else if (name == "yes") {
    auto &tensor = g.integers(name, {1});
    tensor.clear_dims();
    tensor.set_data_type(::onnx::TensorProto::BOOL);
    tensor.clear_int64_data();
    tensor.add_int32_data(1);
  } else if (name == "scales")
    g.floats(name, {4}, {1, 1, 2, 1.5});
  else if (name == "onoff")
    g.floats(name, {2}, {0, 1});
  else
    g.floats(name, {}, {name == "hi" ? 1.0f : 0.25f});
}

void addAttribute(::onnx::NodeProto &node, const std::string &text) {
  size_t at = text.find('=');
  std::string name = text.substr(0, at), value = text.substr(at + 1);
  bool isNumber = value.find_first_not_of("0123456789.,-") == std::string::npos;
  std::vector<std::string> parts;
  std::istringstream stream(value);
  for (std::string part; std::getline(stream, part, ',');)
    parts.push_back(part);
  bool isFloat = value.find('.') != std::string::npos;
  using Type = ::onnx::AttributeProto;
  ::onnx::AttributeProto &attribute = *node.add_attribute();
  attribute.set_name(name);
  if (!isNumber) {
    attribute.set_type(Type::STRING);
    attribute.set_s(value);
  } else if (isFloat && parts.size() == 1) {
    attribute.set_type(Type::FLOAT);
    attribute.set_f(std::stof(value));
  } else if (isFloat) {
    attribute.set_type(Type::FLOATS);
    for (const std::string &part : parts)
      attribute.add_floats(std::stof(part));
  } else if (parts.size() == 1 && name != "axes") {
    attribute.set_type(Type::INT);
    attribute.set_i(std::stoll(value));
  } else {
    attribute.set_type(Type::INTS);
    for (const std::string &part : parts)
      attribute.add_ints(std::stoll(part));
  }
}

GraphBuilder build(const Seed &seed) {
  GraphBuilder g(seed.opset ? seed.opset : 17);
  std::istringstream inputs(seed.inputs), attributes(seed.attributes);
  std::vector<std::string> names;
  std::set<std::string> declared;
  for (std::string name; inputs >> name;) {
    names.push_back(name == "none" ? "" : name);
    if (name != "none" && declared.insert(name).second)
      declare(g, name);
  }
  ::onnx::NodeProto &node = g.node(seed.kind, names, "result");
  for (std::string attribute; attributes >> attribute;)
    addAttribute(node, attribute);
  if (std::string(seed.kind) == "Split" || std::string(seed.kind) == "TopK") {
    node.add_output("second");
    g.output("second");
  }
  g.output("result");
  return g;
}
} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::cerr << "usage: lathe_onnx_seeds FOLDER\n";
    return 2;
  }
  std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  smallNetwork().write(folder / "network.onnx");
  std::map<std::string, int> counts;
  for (const Seed &seed : seeds) {
    int number = counts[seed.kind]++;
    std::string name =
        seed.kind + (number ? "-" + std::to_string(number) : std::string());
    build(seed).write(folder / (name + ".onnx"));
  }
  return 0;
}
