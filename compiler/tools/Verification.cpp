//===- Verification.cpp - Our values against ONNX Runtime's ---------------===//
#include "compiler/tools/Verification.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/WriteFile.h"
#include "compiler/frontend/onnx/File.h"
#include "compiler/runner/Runner.h"
#include "compiler/tools/StagedModel.h"
#include "compiler/verify/Slices.h"
#include "dialects/exec/ExecDialect.h"
#include "dialects/nn/NNDialect.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>

using namespace mlir;
using namespace lathe;
using ::onnx::ModelProto;
using ::onnx::TensorProto;
using verify::Array;

namespace {

//===- Files --------------------------------------------------------------===//

/// The model with its external data inside, so that it may be written anywhere.
/// Throws onnx::Refusal.
ModelProto inlined(const lathe::onnx::File &file, MLIRContext &context) {
  ModelProto model = file.pruned();
  for (TensorProto &tensor : *model.mutable_graph()->mutable_initializer()) {
    if (tensor.data_location() != TensorProto::EXTERNAL)
      continue;
    DenseElementsAttr data =
        lathe::onnx::readTensor(tensor, file.folder(), context);
    ArrayRef<char> bytes = data.getRawData();
    size_t copies = data.isSplat() ? data.getNumElements() : 1;
    tensor.clear_external_data();
    tensor.clear_data_location();
    std::string &raw = *tensor.mutable_raw_data();
    for (size_t i = 0; i < copies; ++i)
      raw.append(bytes.data(), bytes.size());
  }
  if (model.ByteSizeLong() > INT32_MAX)
    throw lathe::onnx::Refusal("the graph and its weights have 2 GB or more");
  return model;
}

struct CannotWrite : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A file that is gone when the object is. Throws CannotWrite.
class TemporaryGraph {
public:
  explicit TemporaryGraph(const ModelProto &model) {
    llvm::SmallString<128> name;
    std::error_code error =
        llvm::sys::fs::createTemporaryFile("lathe-verify", "onnx", name);
    if (error)
      throw CannotWrite("cannot make a temporary file: " + error.message());
    path = std::string(name);
    if (llvm::Error failure = writeFile(path, model.SerializeAsString())) {
      llvm::sys::fs::remove(path);
      throw CannotWrite(llvm::toString(std::move(failure)));
    }
  }
  ~TemporaryGraph() { llvm::sys::fs::remove(path); }
  TemporaryGraph(const TemporaryGraph &) = delete;
  std::string path;
};

//===- Our side -----------------------------------------------------------===//

struct FreeMemory {
  void operator()(char *memory) const { std::free(memory); }
};

const char *typeName(Type element) {
  if (element.isF32())
    return "float32";
  if (element.isInteger(8))
    return "bool";
  return element.isInteger(64) ? "int64" : "int32";
}

/// The outputs of a planned module for inputs by name.
class Execution {
public:
  Execution(ModuleOp planned, Runner &runner)
      : runner(runner),
        predict(planned.lookupSymbol<exec::FuncOp>(nn::predictName)),
        samples(
            int64_t((*planned.getOps<exec::LayoutOp>().begin()).getBatch())) {}

  std::vector<Array> run(const verify::Values &values) {
    std::vector<Array> arrays;
    for (auto [number, type] : llvm::enumerate(predict.getArgumentTypes())) {
      Array &array = arrays.emplace_back();
      array.name =
          predict
              .getArgAttrOfType<StringAttr>(unsigned(number), nn::portNameAttr)
              .str();
      describe(array, cast<MemRefType>(type));
      memory.emplace_back(static_cast<char *>(std::aligned_alloc(
          alignment, llvm::alignTo(array.bytes.size() + 1, alignment))));
      auto value = values.find(array.name);
      if (number < exec::countInputs(predict) && value != values.end())
        std::memcpy(memory.back().get(), value->second.bytes.data(),
                    std::min(array.bytes.size(), value->second.bytes.size()));
    }
    SmallVector<void *> arguments;
    for (auto &buffer : memory)
      arguments.push_back(buffer.get());
    runner.run(nn::predictName, arguments, int(samples));
    for (auto [array, buffer] : llvm::zip_equal(arrays, memory))
      std::memcpy(array.bytes.data(), buffer.get(), array.bytes.size());
    arrays.erase(arrays.begin(), arrays.begin() + exec::countInputs(predict));
    return arrays;
  }

private:
  static constexpr size_t alignment = 64;

  void describe(Array &array, MemRefType type) {
    array.type = typeName(type.getElementType());
    size_t size = type.getElementTypeBitWidth() / 8;
    for (int64_t extent : type.getShape()) {
      array.shape.push_back(ShapedType::isDynamic(extent) ? samples : extent);
      size *= size_t(array.shape.back());
    }
    array.bytes.resize(size);
  }

  Runner &runner;
  exec::FuncOp predict;
  int64_t samples;
  std::vector<std::unique_ptr<char, FreeMemory>> memory;
};

/// What we compute for the part; nothing after a message.
std::optional<std::vector<Array>> runSlice(const verify::Slice &slice,
                                           const verify::Values &values,
                                           const std::string &name) {
  TemporaryGraph file(slice.model);
  StagedModel model;
  model.report = [&](const std::string &message) {
    // Of the file that the user knows.
    StringRef text = message;
    text.consume_front(file.path + ": ");
    fail(name + ": " + text);
  };
  auto target = resolveTarget("host");
  if (!target) {
    fail(target.takeError());
    return std::nullopt;
  }
  if (!model.load(file.path) ||
      !model.runStages(*parseIsa(*target), "",
                       [](const Stage &, unsigned) { return true; }))
    return std::nullopt;
  std::string error;
  auto runner = Runner::create(model.module(), error);
  if (!runner) {
    fail(name + ": " + error);
    return std::nullopt;
  }
  return Execution(model.module(), *runner).run(values);
}

//===- Both ---------------------------------------------------------------===//

class Verification {
public:
  Verification(const VerifyRequest &request, const ModelProto &graph)
      : request(request), graph(graph) {}

  Verdict run(const verify::OnnxRuntime &runtime) {
    std::vector<Array> inputs = verify::drawInputs(graph.graph());
    TemporaryGraph all(verify::withAllOutputs(graph));
    auto theirs = runtime.run(all.path, inputs, /*optimized=*/false);
    if (!theirs) {
      fail(request.model + ": ONNX Runtime does not run it: " +
           llvm::toString(theirs.takeError()));
      return Verdict::Unjudged;
    }
    for (auto *arrays : {&inputs, &*theirs})
      for (Array &array : *arrays)
        values[array.name] = std::move(array);
    for (const verify::Slice &slice : verify::sliced(graph, values)) {
      auto ours = runSlice(slice, values, request.model);
      if (!ours || !compare(*ours))
        return Verdict::Departs;
    }
    llvm::outs() << fmt::format(
        "{}: {} values agree with ONNX Runtime; the largest difference is "
        "{:.2g}, of {}\n",
        request.model, count, largest, verify::nodeOf(graph, largestName));
    return Verdict::Agrees;
  }

private:
  bool compare(const std::vector<Array> &ours) {
    for (const Array &array : ours) {
      verify::Comparison result =
          verify::compare(array, values[array.name], request.tolerance);
      if (!result.agrees) {
        report(array.name, result);
        return false;
      }
      if (request.list)
        llvm::outs() << fmt::format("{:9.2g}  {}\n", result.difference,
                                    verify::nodeOf(graph, array.name));
      ++count;
      if (result.difference >= largest) {
        largest = result.difference;
        largestName = array.name;
      }
    }
    return true;
  }

  void report(const std::string &value, const verify::Comparison &result) {
    std::string text =
        fmt::format("{}: {} departs from ONNX Runtime: its value '{}' ",
                    request.model, verify::nodeOf(graph, value), value);
    if (!result.problem.empty())
      fail(text + "differs: " + result.problem);
    else
      fail(text + fmt::format("differs by {:.3g} at {}: it is {:.9g}, ONNX "
                              "Runtime has {:.9g}",
                              result.difference, verify::describe(result.at),
                              result.ours, result.theirs));
  }

  const VerifyRequest &request;
  const ModelProto &graph;
  verify::Values values;
  unsigned count = 0;
  double largest = 0;
  std::string largestName;
};
} // namespace

Verdict lathe::verifyGraph(const VerifyRequest &request) {
  // What is not supported is said of the whole graph, all at once.
  StagedModel whole;
  if (!whole.load(request.model))
    return Verdict::Departs;
  auto runtime = verify::OnnxRuntime::find(request.onnxRuntime);
  if (!runtime) {
    fail(runtime.takeError());
    return Verdict::Unjudged;
  }
  try {
    lathe::onnx::File file(request.model);
    ModelProto graph = inlined(file, *whole.getContext());
    return Verification(request, graph).run(*runtime);
  } catch (const lathe::onnx::Refusal &refusal) {
    fail(request.model + ": " + refusal.what());
    return Verdict::Departs;
  } catch (const CannotWrite &reason) {
    fail(reason.what());
    return Verdict::Unjudged;
  }
}

bool lathe::findsOnnxRuntime() {
  auto runtime = verify::OnnxRuntime::find("");
  bool found = bool(runtime);
  if (!found)
    llvm::consumeError(runtime.takeError());
  return found;
}
