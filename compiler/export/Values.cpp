//===- Values.cpp - The module's values in the graph ----------------------===//
#include "compiler/export/Graph.h"
#include "dialects/nn/Permute.h"
#include "dialects/nn/Shapes.h"
#include "dialects/nn/VariableLayout.h"

using namespace mlir;
using namespace lathe;
using namespace lathe::exporter;

//===- Orders -------------------------------------------------------------===//

SmallVector<int64_t> lathe::exporter::channelsFirst(int64_t rank) {
  SmallVector<int64_t> permutation{0, rank - 1};
  for (int64_t axis = 1; axis < rank - 1; ++axis)
    permutation.push_back(axis);
  return permutation;
}

SmallVector<int64_t> lathe::exporter::channelsLast(int64_t rank) {
  return nn::inverse(channelsFirst(rank));
}

int64_t lathe::exporter::axisIn(Order order, int64_t axis, int64_t rank) {
  if (order == Order::ChannelsLast || rank < 3 || axis == 0)
    return axis;
  return axis == rank - 1 ? 1 : axis + 1;
}

static int64_t rankOf(Value value) { return nn::rankedType(value).getRank(); }

//===- Names --------------------------------------------------------------===//

void Graph::define(Value value, std::string name, Order order) {
  Names &names = values[value];
  if (order == Order::ChannelsLast || rankOf(value) < 3)
    names.last = std::move(name);
  else
    names.first = std::move(name);
}

bool Graph::has(Value value, Order order) {
  if (constantOf(value))
    return true;
  Names names = values.lookup(value);
  bool isLast = order == Order::ChannelsLast || rankOf(value) < 3;
  return !(isLast ? names.last : names.first).empty();
}

std::string Graph::in(Value value, Order order) {
  int64_t rank = rankOf(value);
  if (rank < 3)
    order = Order::ChannelsLast;
  if (auto constant = constantOf(value)) {
    if (order == Order::ChannelsFirst)
      constant->transpose(channelsFirst(rank));
    return initializer(*constant);
  }
  Names &names = values[value];
  std::string &wanted = order == Order::ChannelsLast ? names.last : names.first;
  if (!wanted.empty())
    return wanted;
  bool toLast = order == Order::ChannelsLast;
  const std::string &other = toLast ? names.first : names.last;
  assert(!other.empty() && "a value is read before it is written");
  std::string result = append(
      other + (toLast ? "/channels_last" : "/channels_first"), "Transpose",
      {other}, Attr("perm", toLast ? channelsLast(rank) : channelsFirst(rank)));
  return wanted = result;
}

std::string Graph::broadcast(Value value, int64_t rank, Order order) {
  auto constant = constantOf(value);
  int64_t own = rankOf(value);
  if (!constant || own == 0 || rank < 3 || order == Order::ChannelsLast)
    return in(value, own == rank ? order : Order::ChannelsLast);
  SmallVector<int64_t> shape(rank - own, 1);
  llvm::append_range(shape, nn::rankedType(value).getShape());
  constant->reshape(shape);
  constant->transpose(channelsFirst(rank));
  // The extent of the batch, which is 1, need not be said.
  ArrayRef<int64_t> first =
      cast<RankedTensorType>(constant->data.getShapedType()).getShape();
  if (first.front() == 1)
    constant->reshape(first.drop_front());
  return initializer(*constant);
}

Order Graph::orderOf(ArrayRef<Value> operands) {
  int64_t rank = 0;
  for (Value value : operands)
    rank = std::max(rank, rankOf(value));
  bool first = false;
  for (Value value : operands) {
    if (constantOf(value))
      continue;
    if (rankOf(value) != rank && rankOf(value) > 0)
      return Order::ChannelsLast; // aligned at its last dimension
    first |= rankOf(value) == rank && !has(value, Order::ChannelsLast);
  }
  return first ? Order::ChannelsFirst : Order::ChannelsLast;
}

//===- What is known ------------------------------------------------------===//

ElementsAttr lathe::exporter::valuesOf(nn::VariableOp variable) {
  if (ElementsAttr data = variable.getDataAttr())
    return data;
  auto type = cast<RankedTensorType>(variable.getType());
  StringRef how = variable.getInitializer();
  if (how == "zeros" || how == "ones")
    return DenseElementsAttr::get(type, how == "ones" ? 1.0f : 0.0f);
  if (how == "constant")
    return DenseElementsAttr::get(
        type, static_cast<float>(variable.getValueAttr().getValueAsDouble()));
  return {};
}

std::optional<Constant> Graph::constantOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto read = dyn_cast_if_present<nn::ReadOp>(op)) {
    auto variable = SymbolTable::lookupNearestSymbolFrom<nn::VariableOp>(
        read, read.getVariableAttr());
    if (variable.getKind() != nn::VariableKind::Parameter)
      return std::nullopt; // what tells random numbers apart
    return Constant{variable.getSymName().str(), valuesOf(variable),
                    nn::layoutOf(variable)};
  }
  if (auto constant = dyn_cast_if_present<nn::ConstantOp>(op)) {
    auto data = dyn_cast<DenseElementsAttr>(constant.getValue());
    if (!data)
      return std::nullopt;
    auto name = nn::layerNames(op->getLoc());
    return Constant{
        name.empty() ? "constant" : name.front().str() + "/constant", data};
  }
  if (!isa_and_present<nn::ReshapeOp, nn::ExpandDimsOp>(op))
    return std::nullopt;
  auto inner = constantOf(op->getOperand(0));
  if (inner)
    inner->reshape(nn::rankedType(value).getShape());
  return inner;
}
