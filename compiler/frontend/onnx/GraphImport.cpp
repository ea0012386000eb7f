//===- GraphImport.cpp - The nodes of a graph, one after the other --------===//
#include "compiler/frontend/onnx/GraphImport.h"
#include "compiler/frontend/onnx/Operators.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "runtime/embedded/internal.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::onnx;

//===- Support ------------------------------------------------------------===//

/// Why the node's operator is not supported; empty where it is.
std::string lathe::onnx::unsupported(const proto::NodeProto &node,
                                     const File &file) {
  std::string name = node.domain().empty()
                         ? node.op_type()
                         : node.domain() + "." + node.op_type();
  const Operator *row = findOperator(node.op_type(), node.domain());
  if (!row)
    return "the operator " + name + " is not supported";
  int64_t opset = file.opset(node);
  if (opset == 0)
    return "the model does not say which opset " + name + " is of";
  if (row->domain.empty() && (opset < row->oldest || opset > newestOpset))
    return "opset " + std::to_string(opset) + " is not supported, " +
           std::to_string(row->oldest) + " to " + std::to_string(newestOpset) +
           " are";
  SmallVector<StringRef> known;
  row->attributes.split(known, ' ');
  for (const proto::AttributeProto &attribute : node.attribute())
    if (!llvm::is_contained(known, attribute.name()))
      return "the attribute " + attribute.name() + " of " + name +
             " is not supported; these are: " +
             (row->attributes.empty() ? "none" : row->attributes.str());
  return "";
}

Location lathe::onnx::nodeLocation(const proto::NodeProto &node,
                                   const File &file, MLIRContext &context) {
  return NameLoc::get(StringAttr::get(
      &context, "node " + nodeLabel(node) + " (" + node.op_type() + ", opset " +
                    std::to_string(file.opset(node)) + ")"));
}

//===- Building -----------------------------------------------------------===//

GraphImport::Input
GraphImport::readInput(const proto::ValueInfoProto &info) const {
  std::string what = "input '" + info.name() + "' ";
  if (!info.type().has_tensor_type())
    throw Refusal(what + "is no tensor");
  const auto &type = info.type().tensor_type();
  Type element = elementType(type.elem_type(), context);
  if (!element)
    throw Refusal(what + "is of " + typeName(type.elem_type()) +
                  "; float, int32, int64 and bool are supported");
  if (!type.has_shape())
    throw Refusal(what + "has no shape");
  Input input{info.name(), element, {}};
  Shape counted;
  for (const auto &dimension : type.shape().dim()) {
    bool isKnown = dimension.has_dim_value();
    if (isKnown && dimension.dim_value() < 0)
      throw Refusal(what + "has a negative dimension");
    if (!isKnown && !input.shape.empty())
      throw Refusal(what + "has a dimension '" + dimension.dim_param() +
                    "' that is not known; only the first, the batch, may be "
                    "open");
    input.shape.push_back(isKnown ? dimension.dim_value() : -1);
    counted.push_back(isKnown ? dimension.dim_value() : 1);
  }
  if (input.shape.size() > 8)
    throw Refusal(what + "has more than 8 dimensions");
  elementCount(counted);
  return input;
}

void GraphImport::readInputs() {
  llvm::StringSet<> initialized;
  for (const auto &tensor : file.graph().initializer())
    initialized.insert(tensor.name());
  std::vector<StringRef> outputs = file.outputs();
  llvm::StringSet<> needed = valuesRead(file.nodesFor(outputs), outputs);
  for (const auto &info : file.graph().input()) {
    if (initialized.contains(info.name()))
      continue;
    try {
      inputs.push_back(readInput(info));
    } catch (const Refusal &refusal) {
      if (needed.contains(info.name()))
        throw;
      leftOut.push_back(refusal.what());
    }
  }
}

bool GraphImport::mayBeBatched() {
  readInputs();
  std::optional<int64_t> first;
  bool may = true;
  for (const Input &input : inputs) {
    if (options.constants.contains(input.name))
      continue;
    int64_t extent = input.shape.empty() ? 0 : input.shape.front();
    may &= extent != 0 && (!first || *first == extent);
    first = extent;
  }
  batch = options.batch ? options.batch : first && *first > 0 ? *first : 1;
  writtenBatch = first && *first > 0 ? *first : 0;
  return may && first;
}

Tensor GraphImport::bound(const std::string &name) {
  if (Tensor known = boundInputs.lookup(name))
    return known;
  auto path = options.constants.find(name);
  if (path == options.constants.end())
    return {};
  Tensor value;
  try {
    DenseElementsAttr data = readTensorFile(path->second, context);
    TensorLayout unmoved(data.getType().getShape().vec());
    value = {data, {}, name, Origin{unmoved, unmoved}};
  } catch (const Refusal &refusal) {
    throw Refusal(path->second + ": " + refusal.what());
  }
  boundInputs[name] = value;
  return value;
}

void GraphImport::build(const proto::NodeProto &proto, Emitter &emit) {
  Location place = nodeLocation(proto, file, context);
  auto fail = [&](const Twine &message) {
    // Nodes behind it are told apart by their missing inputs.
    broken = true;
    if (!message.isTriviallyEmpty())
      emitError(place, message);
  };
  SmallVector<Tensor> operands;
  for (const std::string &input : proto.input()) {
    operands.push_back(input.empty() ? Tensor() : values.lookup(input));
    if (!input.empty() && !operands.back())
      return;
  }
  emit.enter(place, nodeName(proto));
  SmallVector<bool> wanted;
  for (const std::string &result : proto.output())
    wanted.push_back(read.contains(result));
  Node node(proto, file.opset(proto), emit, operands, wanted,
            [&](unsigned i) { return bound(proto.input(int(i))); });
  try {
    findOperator(proto.op_type(), proto.domain())->build(node);
    for (int i = 0; i < proto.output_size(); ++i) {
      Tensor result = node.results()[i];
      if (!result && !wanted[i])
        continue;
      if (!result)
        throw Refusal("output " + std::to_string(i) + " is not supported");
      elementCount(result.shape().drop_front(result.isBatched()));
      values[proto.output(i)] = result;
    }
    SmallVector<Operation *> declared = emit.takeDeclared();
    Tensor first = node.results().empty() ? Tensor() : node.results()[0];
    if (options.layers && first && first.value)
      options.layers->push_back(
          {nodeName(proto), proto.op_type(), first.value, std::move(declared)});
  } catch (const MixesBatch &refusal) {
    if (batched)
      throw;
    fail(refusal.what());
  } catch (const Refusal &refusal) {
    fail(refusal.what());
  }
}

Value GraphImport::output(const std::string &name, Emitter &emit) {
  Tensor value = values.lookup(name);
  if (!value)
    return {};
  emit.enter(NameLoc::get(StringAttr::get(&context, "output '" + name + "'")),
             name);
  if (batched && !value.isBatched())
    throw MixesBatch("an output has no batch");
  if (value.isEmpty()) // nothing writes it
    return nn::ConstantOp::create(builder, emit.getLoc(), value.constant);
  if (value.constant && value.rank() == 0) // a parameter has a dimension
    value = emit.reshape(
        {nullptr, emit.operand(emit.reshape(value, {1})), name}, {});
  return emit.operand(value);
}

/// Parameters cannot have the names of other symbols: of state, and of the
/// steps that will be made.
static void reserveSymbols(Emitter &emit) {
  for (StringRef step : {nn::predictName, nn::evaluateName, nn::trainStepName,
                         nn::updateStepName, nn::prepareName})
    emit.reserve(step);
  Operation *function = emit.getBuilder().getBlock()->getParentOp();
  for (Operation &op : *function->getBlock())
    if (auto name =
            op.getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName()))
      emit.reserve(name);
}

void GraphImport::begin(Emitter &emit, bool asBatch,
                        ArrayRef<const proto::NodeProto *> nodes,
                        ArrayRef<StringRef> outputs) {
  reserveSymbols(emit);
  batched = asBatch;
  emit.graphBatch = writtenBatch;
  read = valuesRead(nodes, outputs);
  for (int i = 0; i < file.graph().initializer_size(); ++i) {
    const auto &tensor = file.graph().initializer(i);
    if (!read.contains(tensor.name()))
      continue;
    ElementsAttr data = file.takeInitializer(i, context);
    TensorLayout graph(data.getShapedType().getShape().vec());
    values[tensor.name()] = {
        data,
        {},
        tensor.name(),
        Origin{file.ownLayout(tensor.name(), graph), graph}};
  }
  for (const auto &tensor : file.graph().sparse_initializer())
    if (read.contains(tensor.values().name()))
      throw Refusal("initializer '" + tensor.values().name() +
                    "' is sparse, which is not supported");
}

OwningOpRef<ModuleOp> GraphImport::run(StringRef name, bool asBatch) {
  Location place = NameLoc::get(StringAttr::get(&context, "the graph"));
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, place);
  builder.setInsertionPointToStart(module->getBody());
  nn::ModelOp::create(builder, place, name, asBatch ? batch : 1);
  auto function = func::FuncOp::create(builder, place, nn::forwardName,
                                       builder.getFunctionType({}, {}));
  Block *body = builder.createBlock(&function.getBody());
  Emitter emit(builder, function);
  std::vector<StringRef> outputs = file.outputs();
  std::vector<const proto::NodeProto *> nodes = file.nodesFor(outputs);
  begin(emit, asBatch, nodes, outputs);
  std::vector<std::string> portNames;
  for (const Input &input : inputs) {
    Shape shape = input.shape;
    if (!shape.empty() && (shape[0] < 0 || batched))
      shape[0] = batched ? ShapedType::kDynamic : batch;
    if (llvm::is_contained(shape, 0)) {
      values[input.name] = emit.filled(0, shape, input.element);
      continue;
    }
    auto type = RankedTensorType::get(shape, input.element);
    values[input.name] = {nullptr, body->addArgument(type, place), input.name};
    portNames.push_back(input.name);
  }
  for (const proto::NodeProto *node : nodes)
    build(*node, emit);

  SmallVector<Value> results;
  std::vector<std::string> resultNames;
  for (const auto &info : file.graph().output()) {
    try {
      Value value = output(info.name(), emit);
      broken |= !value;
      results.push_back(value);
      resultNames.push_back(info.name());
    } catch (const MixesBatch &) {
      throw;
    } catch (const Refusal &refusal) {
      emitError(emit.getLoc(), refusal.what());
      broken = true;
    }
  }
  if (broken)
    return {};
  func::ReturnOp::create(builder, place, results);
  // Inputs that were known and are read by nothing else, are none.
  for (unsigned i = body->getNumArguments(); i-- > 0;)
    if (boundInputs.count(portNames[i]) && body->getArgument(i).use_empty()) {
      body->eraseArgument(i);
      portNames.erase(portNames.begin() + i);
    }
  function.setFunctionType(builder.getFunctionType(
      body->getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [i, port] : llvm::enumerate(portNames))
    function.setArgAttr(i, nn::portNameAttr, builder.getStringAttr(port));
  for (auto [i, port] : llvm::enumerate(resultNames))
    function.setResultAttr(i, nn::portNameAttr, builder.getStringAttr(port));
  if (portNames.size() > LATHE_MOST_PORTS ||
      results.size() > LATHE_MOST_PORTS) {
    emitError(place) << "more than " << unsigned(LATHE_MOST_PORTS)
                     << " inputs or outputs are not supported";
    return {};
  }
  // Operators check what they are given; what one forgot is an error, too.
  if (failed(verify(*module)))
    return {};
  return module;
}
