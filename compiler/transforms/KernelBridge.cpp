//===- KernelBridge.cpp - exec.kernel to the kernel room's terms ----------===//
#include "compiler/transforms/KernelBridge.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace lathe;

static kernels::ElementType elementType(Type type) {
  // The bytes of nn are numbers from 0 on, or truth values.
  using kernels::NumberKind;
  NumberKind kind = isa<FloatType>(type) ? NumberKind::Float
                    : type.isInteger(8)  ? NumberKind::Unsigned
                                         : NumberKind::Signed;
  std::optional<kernels::ElementType> element =
      kernels::findElementType(kind, int(type.getIntOrFloatBitWidth()));
  assert(element && "nn has no tensors of another element type");
  return *element;
}

static kernels::TensorType tensorType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  kernels::TensorType result{elementType(tensor.getElementType()), {}};
  for (int64_t extent : tensor.getShape())
    result.shape.push_back(ShapedType::isDynamic(extent) ? kernels::dynamicBatch
                                                         : extent);
  return result;
}

/// Every attribute counts: kernels that differ in one are different kernels.
static kernels::Attribute attribute(Attribute attr) {
  using Result = kernels::Attribute;
  return TypeSwitch<Attribute, Result>(attr)
      .Case([](DenseI64ArrayAttr a) -> Result {
        return std::vector<int64_t>(a.asArrayRef());
      })
      .Case([](FloatAttr a) -> Result { return a.getValueAsDouble(); })
      .Case([](BoolAttr a) -> Result { return int64_t(a.getValue()); })
      .Case([](UnitAttr) -> Result { return int64_t(1); })
      .Case([](IntegerAttr a) -> Result { return a.getInt(); })
      .Case([](StringAttr a) -> Result { return a.getValue().str(); })
      .Case([](TypeAttr a) -> Result {
        std::string text;
        llvm::raw_string_ostream(text) << a.getValue();
        return text;
      })
      .Case([](DenseIntElementsAttr a) -> Result {
        bool isUnsigned = a.getElementType().isUnsignedInteger();
        auto number = [&](const APInt &value) {
          return isUnsigned ? int64_t(value.getZExtValue())
                            : value.getSExtValue();
        };
        if (a.isSplat())
          return number(a.getSplatValue<APInt>());
        std::vector<int64_t> numbers;
        for (const APInt &value : a.getValues<APInt>())
          numbers.push_back(number(value));
        return numbers;
      })
      .Case([](DenseFPElementsAttr a) -> Result {
        if (a.isSplat())
          return a.getSplatValue<APFloat>().convertToDouble();
        std::vector<double> numbers;
        for (const APFloat &number : a.getValues<APFloat>())
          numbers.push_back(number.convertToDouble());
        return numbers;
      })
      .Default([](Attribute) -> Result {
        llvm_unreachable("nn operations have no other kinds of attributes");
      });
}

/// Without operands.
static kernels::Node nodeOf(Operation &op) {
  kernels::Node node;
  node.op = op.getName().stripDialect().str();
  for (NamedAttribute named : op.getAttrs())
    node.attributes[named.getName().str()] = attribute(named.getValue());
  for (Type type : op.getResultTypes())
    node.results.push_back(tensorType(type));
  return node;
}

kernels::KernelSpec lathe::kernelSpec(Operation *op) {
  kernels::KernelSpec spec;
  spec.batch = nn::batchSize(op->getParentOfType<ModuleOp>());
  kernels::Node node = nodeOf(*op);
  int next = 0;
  for (Type type : op->getOperandTypes()) {
    spec.inputs.push_back(tensorType(type));
    node.operands.push_back(next++);
  }
  for (size_t i = 0; i < node.results.size(); ++i)
    spec.results.push_back(next++);
  spec.nodes.push_back(std::move(node));
  return spec;
}

kernels::KernelSpec lathe::kernelSpec(exec::KernelOp kernel, StringRef prefix) {
  kernels::KernelSpec spec;
  spec.name = (prefix + kernel.getSymName()).str();
  spec.batch = kernel.getSamples().value_or(
      nn::batchSize(kernel->getParentOfType<ModuleOp>()));
  DenseMap<Value, int> numbers;
  auto number = [&](Value value) {
    int next = numbers.size();
    numbers[value] = next;
  };
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    number(argument);
    spec.inputs.push_back(tensorType(argument.getType()));
  }
  for (Operation &op : kernel.getBody().front().without_terminator()) {
    kernels::Node node = nodeOf(op);
    for (Value operand : op.getOperands())
      node.operands.push_back(numbers.at(operand));
    for (Value result : op.getResults())
      number(result);
    spec.nodes.push_back(std::move(node));
  }
  for (Value result : kernel.getBody().front().getTerminator()->getOperands()) {
    spec.inPlace.push_back(
        exec::inPlaceOperand(kernel.getInPlace(), spec.results.size()));
    spec.results.push_back(numbers.at(result));
  }
  return spec;
}

kernels::Schedule lathe::kernelSchedule(exec::KernelOp kernel) {
  exec::ScheduleAttr attr = kernel.getScheduleAttr();
  kernels::Schedule schedule{attr.getStrategy().str(), {}};
  for (NamedAttribute named : attr.getParameters())
    schedule.parameters[named.getName().str()] =
        cast<IntegerAttr>(named.getValue()).getInt();
  return schedule;
}

exec::ScheduleAttr lathe::scheduleAttr(MLIRContext *context,
                                       const kernels::Schedule &schedule) {
  Builder builder(context);
  SmallVector<NamedAttribute> parameters;
  for (auto &[name, value] : schedule.parameters)
    parameters.push_back(
        builder.getNamedAttr(name, builder.getI64IntegerAttr(value)));
  return exec::ScheduleAttr::get(context, schedule.strategy,
                                 builder.getDictionaryAttr(parameters));
}
