//===- Base.cpp - A graph as a part of a model that is trained ------------===//
#include "compiler/frontend/onnx/Base.h"
#include "compiler/frontend/onnx/GraphImport.h"
#include "compiler/frontend/onnx/Operators.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::onnx;

namespace {

//===- What learns --------------------------------------------------------===//

/// The inputs of an operator that are its weights.
struct Weights {
  StringLiteral kind;
  unsigned first, last;
  /// Any operand; what the graph's input is combined with before the first
  /// layer is preprocessing, which does not learn.
  bool combines = false;
};
constexpr Weights weightTable[] = {
    {"Add", 0, 1, true},
    {"BatchNormalization", 1, 2},
    {"Conv", 1, 2},
    {"ConvTranspose", 1, 2},
    {"Div", 0, 1, true},
    {"Gemm", 0, 2},
    {"GroupNormalization", 1, 2},
    {"InstanceNormalization", 1, 2},
    {"LayerNormalization", 1, 2},
    {"MatMul", 0, 1},
    {"Mul", 0, 1, true},
    {"PRelu", 1, 1},
    {"RMSNormalization", 1, 1},
    {"Sub", 0, 1, true},
    {"Sum", 0, UINT32_MAX, true},
};

const Weights *weightsOf(const proto::NodeProto &node) {
  const Weights *row = llvm::find_if(weightTable, [&](const Weights &weights) {
    return weights.kind == node.op_type();
  });
  return row == std::end(weightTable) ? nullptr : row;
}

/// A parameter, if anything learns it: single numbers are a part of the code.
bool mayLearn(const Tensor &x) {
  return x.constant && !x.name.empty() && x.isFloat() && x.rank() > 0;
}

//===- Layouts ------------------------------------------------------------===//

/// Nodes that leave every element at its place.
bool keepsPlaces(const proto::NodeProto &node) {
  static constexpr StringLiteral kinds[] = {"Add",      "Cast", "Div",
                                            "Identity", "Mul",  "Sub"};
  return llvm::is_contained(kinds, node.op_type());
}

bool permutes(const proto::NodeProto &node, ArrayRef<int64_t> permutation) {
  if (node.op_type() != "Transpose")
    return false;
  for (const proto::AttributeProto &attribute : node.attribute())
    if (attribute.name() == "perm")
      return llvm::equal(attribute.ints(), permutation);
  return false;
}

constexpr int64_t toChannelsFirst[] = {0, 3, 1, 2};
constexpr int64_t toChannelsLast[] = {0, 2, 3, 1};

//===- The graph ----------------------------------------------------------===//

class GraphBase : public Base {
public:
  GraphBase(const std::string &path, MLIRContext &context,
            const ImportOptions &options)
      : context(context), file(path), graph(file, context, options) {}

  std::vector<StringRef> values() const override {
    std::vector<StringRef> names;
    for (const proto::NodeProto &node : file.graph().node())
      for (const std::string &output : node.output())
        if (!output.empty())
          names.push_back(output);
    return names;
  }
  std::vector<StringRef> outputs() const override { return file.outputs(); }
  void cut(StringRef value) override;
  std::vector<StringRef> names() const override;
  void freeze(StringRef name) override { frozen.insert(name); }

  /// False, and diagnostics, where the graph cannot be trained.
  bool check();

  StringRef inputName() const override { return input.name; }
  ArrayRef<int64_t> sampleShape() const override {
    return ArrayRef(input.shape).drop_front();
  }
  bool isChannelsFirst() const override {
    return input.shape.size() == 4 && !isTurned(input.name);
  }
  bool givesChannelsFirst() const override;
  Value build(OpBuilder &builder, Operation *function, Value samples,
              std::function<int64_t()> nextRandomKey) override;

private:
  bool isTurned(StringRef value) const;
  void buildNode(const proto::NodeProto &node, Emitter &emit);
  void mark(const proto::NodeProto &node);
  Location locate(const proto::NodeProto &node) const {
    return nodeLocation(node, file, context);
  }

  MLIRContext &context;
  File file;
  GraphImport graph;
  GraphImport::Input input;
  std::string value;
  std::vector<const proto::NodeProto *> nodes; ///< that compute the value
  llvm::StringSet<> frozen;
  llvm::StringSet<> behindWeights; ///< values that depend on a layer
  Training training;
  bool broken = false;
};

void GraphBase::cut(StringRef wanted) {
  value = wanted.str();
  nodes = file.nodesFor(wanted);
}

std::vector<StringRef> GraphBase::names() const {
  llvm::StringSet<> initializers, known;
  for (const proto::TensorProto &tensor : file.graph().initializer())
    initializers.insert(tensor.name());
  std::vector<StringRef> names;
  for (const proto::NodeProto *node : nodes) {
    const Weights *weights = weightsOf(*node);
    if (known.insert(nodeName(*node)).second)
      names.push_back(nodeName(*node));
    for (const std::string &name : node->input())
      if (weights && initializers.contains(name) && known.insert(name).second)
        names.push_back(name);
  }
  return names;
}

bool GraphBase::check() {
  bool batched = graph.mayBeBatched();
  auto refuse = [&](const Twine &message) {
    emitError(UnknownLoc::get(&context), message);
    return false;
  };
  std::vector<const proto::NodeProto *> all;
  for (const proto::NodeProto &node : file.graph().node())
    all.push_back(&node);
  llvm::StringSet<> read = valuesRead(all, file.outputs());
  SmallVector<GraphImport::Input> inputs;
  for (const GraphImport::Input &candidate : graph.getInputs())
    if (read.contains(candidate.name))
      inputs.push_back(candidate);
  if (inputs.size() != 1)
    return refuse("a graph that is trained has one input, but this one has " +
                  Twine(inputs.size()));
  input = inputs.front();
  if (!batched || !input.element.isF32() || input.shape.size() < 2 ||
      input.shape.size() > 4)
    return refuse("the input '" + input.name +
                  "' is no batch of floats of one "
                  "to three dimensions, which a graph that is trained needs");
  return true;
}

/// Whether all that reads the value moves its channels to the front first.
bool GraphBase::isTurned(StringRef name) const {
  llvm::StringMap<bool> isRead; // of the values that have its places
  isRead[name] = false;
  for (const proto::NodeProto *node : nodes) {
    bool reads = false;
    for (const std::string &input : node->input())
      if (auto value = isRead.find(input); value != isRead.end())
        value->second = reads = true;
    if (!reads || permutes(*node, toChannelsFirst))
      continue;
    if (!keepsPlaces(*node))
      return false;
    isRead.try_emplace(node->output(0), false);
  }
  return llvm::all_of(isRead, [](const auto &value) { return value.second; });
}

bool GraphBase::givesChannelsFirst() const {
  StringRef name = value;
  for (const proto::NodeProto *node : llvm::reverse(nodes)) {
    if (!llvm::is_contained(node->output(), name))
      continue;
    if (!keepsPlaces(*node))
      return !permutes(*node, toChannelsLast);
    // The others are constants.
    auto carrier = llvm::find_if(node->input(), [&](const std::string &input) {
      Tensor x = std::as_const(graph)[input];
      return x && x.isBatched();
    });
    if (carrier == node->input().end())
      break;
    name = *carrier;
  }
  return isChannelsFirst();
}

//===- Building -----------------------------------------------------------===//

/// The parameters of the node that learn.
void GraphBase::mark(const proto::NodeProto &node) {
  const Weights *weights = weightsOf(node);
  bool isBehind = llvm::any_of(node.input(), [&](const std::string &name) {
    return behindWeights.contains(name);
  });
  SmallVector<StringRef> found;
  if (weights && (isBehind || !weights->combines))
    for (auto [i, name] : llvm::enumerate(node.input()))
      if (i >= weights->first && i <= weights->last && mayLearn(graph[name]))
        found.push_back(graph[name].name);
  auto isFrozen = [&](StringRef name) { return frozen.contains(name); };
  // Batch normalisation is frozen as a whole, its statistics included.
  if (isFrozen(nodeName(node)) ||
      (node.op_type() == "BatchNormalization" && llvm::any_of(found, isFrozen)))
    frozen.insert_range(found);
  for (StringRef name : found)
    if (!isFrozen(name))
      training.learning.insert(name);
  if (isBehind || !found.empty())
    behindWeights.insert_range(node.output());
}

void GraphBase::buildNode(const proto::NodeProto &node, Emitter &emit) {
  std::string reason = unsupported(node, file);
  if (!reason.empty()) {
    emitError(locate(node), reason);
    broken = true;
    return;
  }
  mark(node);
  try {
    graph.build(node, emit);
  } catch (const MixesBatch &refusal) {
    emitError(locate(node), Twine("the samples of a batch are not apart, which "
                                  "training needs: ") +
                                refusal.what());
    broken = true;
  }
}

/// Whatever depends on parameters that learn has a gradient.
bool checkGradients(Block &body) {
  DenseSet<Value> active;
  DenseSet<Attribute> reported;
  bool good = true;
  for (Operation &op : body) {
    auto read = dyn_cast<nn::ReadOp>(op);
    bool learns = read && SymbolTable::lookupNearestSymbolFrom<nn::VariableOp>(
                              read, read.getVariableAttr())
                              .getTrainable();
    if (!learns && llvm::none_of(op.getOperands(), [&](Value operand) {
          return active.contains(operand);
        }))
      continue;
    active.insert(op.result_begin(), op.result_end());
    if (learns || isa<nn::DifferentiableOpInterface, nn::ModeOpInterface>(op))
      continue;
    good = false;
    if (reported.insert(LocationAttr(op.getLoc())).second)
      emitError(op.getLoc(),
                "this operator has no gradient, which the parameters before it "
                "need; freeze them");
  }
  return good;
}

Value GraphBase::build(OpBuilder &builder, Operation *function, Value samples,
                       std::function<int64_t()> nextRandomKey) {
  Emitter emit(builder, function);
  training.nextRandomKey = std::move(nextRandomKey);
  emit.training = &training;
  Block &body = function->getRegion(0).front();
  try {
    graph.begin(emit, /*batched=*/true, nodes, StringRef(value));
    graph[input.name] = {nullptr, samples, input.name};
    for (const proto::NodeProto *node : nodes)
      buildNode(*node, emit);
  } catch (const Refusal &refusal) {
    emitError(UnknownLoc::get(&context), refusal.what());
    return {};
  }
  if (broken || graph.hasErrors() || !checkGradients(body))
    return {};
  Tensor result = graph[value];
  if (!result.value || !result.isBatched()) {
    emitError(UnknownLoc::get(&context),
              "'" + value + "' does not depend on the input '" + input.name +
                  "'");
    return {};
  }
  return result.value;
}

} // namespace

std::unique_ptr<Base> Base::open(const std::string &path, MLIRContext &context,
                                 const ImportOptions &options) {
  try {
    auto base = std::make_unique<GraphBase>(path, context, options);
    if (base->check())
      return base;
  } catch (const Refusal &refusal) {
    emitError(UnknownLoc::get(&context), refusal.what());
  }
  return nullptr;
}
