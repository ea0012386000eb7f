//===- Variant.cpp - A model, compiled with some optimizations ------------===//
#include "compiler/verify/Variant.h"
#include "compiler/Pipeline.h"
#include "compiler/verify/Noise.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/Alignment.h"
#include <cstring>

using namespace mlir;

namespace lathe::verify {

/// Kernels keep the locations of their operations: a number in each tells which
/// of them a call computes, whatever the passes behind made of it.
static void numberOperations(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>()) {
    unsigned number = 0;
    for (Operation &op : function.getOps())
      op.setLoc(NameLoc::get(
          StringAttr::get(op.getContext(), "operation " + Twine(++number)),
          op.getLoc()));
  }
}

Subject pipelineSubject(ModuleOp imported, const Machine &machine) {
  Subject subject;
  subject.imported = imported;
  // Parameters that learn are compared with those of the reference, so that
  // they must lie as there.
  bool learns = !imported.getOps<nn::RecipeOp>().empty();
  for (const Optimization &optimization : optimizations())
    if (!learns || optimization.name != "sink-transposes")
      subject.optimizations.push_back(optimization.name.str());
  subject.plan = [machine](ModuleOp module, const Names &without) {
    PipelineOptions options;
    options.machine = machine;
    options.without = without;
    for (const Stage &stage : stages()) {
      PassManager passes(module.getContext());
      stage.build(passes, options);
      if (failed(passes.run(module)))
        return failure();
      if (stage.name == "stepped")
        numberOperations(module);
    }
    return success();
  };
  return subject;
}

std::unique_ptr<Variant> Variant::create(const Subject &subject,
                                         const Names &without,
                                         KernelStore &store,
                                         std::string &error) {
  auto variant = std::make_unique<Variant>();
  variant->planned = cast<ModuleOp>(subject.imported->clone());
  if (failed(subject.plan(*variant->planned, without)))
    return nullptr;
  variant->runner = Runner::create(*variant->planned, error, store);
  if (!variant->runner)
    return nullptr;
  return variant;
}

exec::FuncOp Variant::step(StringRef name) {
  return planned->lookupSymbol<exec::FuncOp>(name);
}

int Variant::batch() {
  return int((*planned->getOps<exec::LayoutOp>().begin()).getBatch());
}

static std::string typeName(Type element) {
  if (element.isF32())
    return "float32";
  if (element.isF64())
    return "float64";
  if (element.isInteger(8))
    return "bool";
  return element.isInteger(64) ? "int64" : "int32";
}

static Array arrayOf(ShapedType type, int samples) {
  Array array;
  array.type = typeName(type.getElementType());
  size_t size = type.getElementTypeBitWidth() / 8;
  for (int64_t extent : type.getShape()) {
    array.shape.push_back(ShapedType::isDynamic(extent) ? samples : extent);
    size *= size_t(array.shape.back());
  }
  array.bytes.resize(size);
  return array;
}

Array emptyArray(Type memory, int samples) {
  return arrayOf(cast<ShapedType>(memory), samples);
}

std::vector<Array> Variant::variables() const {
  std::vector<Array> arrays;
  ModuleOp module = *planned;
  for (auto variable : module.getOps<exec::VariableOp>()) {
    if (variable.getRegion() == exec::Region::Prepared)
      continue;
    Array &array = arrays.emplace_back(
        arrayOf(cast<ShapedType>(variable.getType()), /*samples=*/1));
    array.name = variable.getSymName().str();
    const Runner::Tensor *tensor = runner->find(array.name);
    std::memcpy(array.bytes.data(), tensor->data, array.bytes.size());
  }
  return arrays;
}

Outcome Variant::run(const Call &call) {
  return run(call, AfterCall([](size_t, ArrayRef<void *>) {}));
}

Outcome Variant::run(const Call &call, AfterCall after) {
  return runWhile(call, [&](size_t number, ArrayRef<void *> results) {
    after(number, results);
    return true;
  });
}

double Variant::firstResult(const Call &call) {
  exec::FuncOp function = step(call.step);
  Value result = function.getArgument(exec::countInputs(function));
  size_t writer = 0;
  for (auto [number, op] :
       llvm::enumerate(function.getBody().getOps<exec::CallOp>()))
    if (llvm::is_contained(op.getOutputs(), result))
      writer = number;
  Outcome outcome = runWhile(
      call, [&](size_t number, ArrayRef<void *>) { return number < writer; });
  return numbersOf(outcome.outputs[0])[0];
}

namespace {
struct FreeMemory {
  void operator()(char *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<char, FreeMemory>;

/// What artifacts ask of their callers.
constexpr size_t alignment = 64;

Memory aligned(size_t size) {
  return Memory(static_cast<char *>(
      std::aligned_alloc(alignment, llvm::alignTo(size + 1, alignment))));
}
} // namespace

Outcome
Variant::runWhile(const Call &call,
                  llvm::function_ref<bool(size_t, ArrayRef<void *>)> goesOn) {
  for (const Array &array : call.variables)
    if (const Runner::Tensor *tensor = runner->find(array.name))
      std::memcpy(tensor->data, array.bytes.data(), array.bytes.size());

  exec::FuncOp function = step(call.step);
  Outcome outcome;
  std::vector<Memory> memory;
  SmallVector<void *> arguments;
  for (const Array &input : call.inputs) {
    memory.push_back(aligned(input.bytes.size()));
    std::memcpy(memory.back().get(), input.bytes.data(), input.bytes.size());
  }
  for (unsigned i = call.inputs.size(); i < function.getNumArguments(); ++i) {
    Array &output = outcome.outputs.emplace_back(
        emptyArray(function.getArgumentTypes()[i], call.samples));
    auto name = function.getArgAttrOfType<StringAttr>(i, nn::portNameAttr);
    output.name = name ? name.str() : "";
    memory.push_back(aligned(output.bytes.size()));
    // What is not written is seen.
    std::memset(memory.back().get(), 0xff, output.bytes.size());
  }
  for (const Memory &buffer : memory)
    arguments.push_back(buffer.get());
  std::optional<Noise> noise;
  if (call.noise)
    noise.emplace(function, call.samples, *call.noise);
  runner->run(call.step, arguments, call.samples,
              [&](size_t number, ArrayRef<void *> results) {
                if (noise)
                  noise->moveResults(number, results);
                return goesOn(number, results);
              });
  for (auto [output, buffer] : llvm::zip_equal(
           outcome.outputs, ArrayRef(memory).drop_front(call.inputs.size())))
    std::memcpy(output.bytes.data(), buffer.get(), output.bytes.size());

  for (const Array &before : call.variables) {
    const Runner::Tensor *tensor = runner->find(before.name);
    if (!tensor)
      continue;
    Array &after = outcome.variables.emplace_back(before);
    std::memcpy(after.bytes.data(), tensor->data, after.bytes.size());
  }
  return outcome;
}

template <typename T>
static std::vector<double> numbers(const Array &array) {
  std::vector<double> result(array.bytes.size() / sizeof(T));
  for (size_t i = 0; i < result.size(); ++i) {
    T value;
    std::memcpy(&value, &array.bytes[i * sizeof(T)], sizeof(T));
    result[i] = static_cast<double>(value);
  }
  return result;
}

std::vector<double> numbersOf(const Array &array) {
  if (array.type == "float32")
    return numbers<float>(array);
  if (array.type == "float64")
    return numbers<double>(array);
  if (array.type == "int64")
    return numbers<int64_t>(array);
  if (array.type == "int32")
    return numbers<int32_t>(array);
  return numbers<uint8_t>(array);
}

static Numbers elementsOf(const Array &array) {
  if (array.type == "float32")
    return {reinterpret_cast<const float *>(array.bytes.data()),
            array.bytes.size() / sizeof(float)};
  return Numbers(numbersOf(array));
}

Measured measured(const Array *before, const Array &after) {
  Measured tensor;
  if (before)
    tensor.before = elementsOf(*before);
  tensor.after = elementsOf(after);
  tensor.exact = !StringRef(after.type).starts_with("float");
  return tensor;
}

} // namespace lathe::verify
