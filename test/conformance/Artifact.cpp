//===- Artifact.cpp - A compiled graph in this process --------------------===//
#include "test/conformance/Artifact.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/frontend/onnx/File.h"
#include "compiler/tools/StagedModel.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Program.h"
#include <algorithm>
#include <cstring>
#include <dlfcn.h>
#include <fmt/format.h>

using namespace lathe;
using namespace lathe::conformance;

//===- Arrays -------------------------------------------------------------===//

Array lathe::conformance::readArray(const std::string &path) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::DenseElementsAttr data = lathe::onnx::readTensorFile(path, context);
  Array array;
  mlir::Type element = data.getElementType();
  array.dtype = element.isF32()         ? LATHE_F32
                : element.isInteger(64) ? LATHE_I64
                : element.isInteger(32) ? LATHE_I32
                                        : LATHE_U8;
  array.shape.assign(data.getType().getShape().begin(),
                     data.getType().getShape().end());
  llvm::ArrayRef<char> raw = data.getRawData();
  for (int64_t i = 0; i < (data.isSplat() ? data.getNumElements() : 1); ++i)
    array.bytes.insert(array.bytes.end(), raw.begin(), raw.end());
  return array;
}

template <typename T>
static std::vector<double> asNumbers(const std::vector<char> &bytes) {
  std::vector<double> numbers(bytes.size() / sizeof(T));
  for (size_t i = 0; i < numbers.size(); ++i) {
    T element;
    std::memcpy(&element, &bytes[i * sizeof(T)], sizeof(T));
    numbers[i] = static_cast<double>(element);
  }
  return numbers;
}

std::vector<double> lathe::conformance::numbersOf(const Array &array) {
  switch (array.dtype) {
  case LATHE_F32:
    return asNumbers<float>(array.bytes);
  case LATHE_I64:
    return asNumbers<int64_t>(array.bytes);
  case LATHE_I32:
    return asNumbers<int32_t>(array.bytes);
  default:
    return asNumbers<uint8_t>(array.bytes);
  }
}

static int64_t elementSize(int32_t dtype) {
  return dtype == LATHE_I64 ? 8 : dtype == LATHE_U8 ? 1 : 4;
}

//===- Compiling ----------------------------------------------------------===//

/// The artifact as a library. Its temporary files are gone when this returns.
static std::shared_ptr<void> load(llvm::ArrayRef<char> object) {
  llvm::SmallString<128> file, library;
  if (llvm::sys::fs::createTemporaryFile("conformance", "o", file) ||
      llvm::sys::fs::createTemporaryFile("conformance", "so", library))
    throw std::runtime_error("cannot create a temporary file");
  llvm::FileRemover removeFile(file), removeLibrary(library);
  std::error_code error;
  llvm::raw_fd_ostream os(file, error);
  os.write(object.data(), object.size());
  os.close();
  auto compiler = llvm::sys::findProgramByName("cc");
  if (!compiler ||
      llvm::sys::ExecuteAndWait(
          *compiler, {*compiler, "-shared", "-o", library, file, "-lm"}) != 0)
    throw std::runtime_error("cannot link the object");
  void *handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    throw std::runtime_error(dlerror());
  return {handle, dlclose};
}

std::optional<Artifact> Artifact::compile(const std::string &path,
                                          const std::string &cache,
                                          lathe::onnx::ImportOptions graph,
                                          std::string &error) {
  CodegenOptions options;
  options.cacheDirectory = cache;
  options.threads = 1;
  options.target = llvm::cantFail(resolveTarget("host"));
  StagedModel staged;
  staged.report = [&](const std::string &message) {
    error += (error.empty() ? "" : "; ") + message;
  };
  graph.name = "graph"; // equal kernels of all cases have one name
  if (!staged.load(path, graph) ||
      !staged.runStages(options.machine(), "",
                        [](const Stage &, unsigned) { return true; }))
    return std::nullopt;
  auto object = emitObject(staged.module(), options);
  if (!object) {
    error = llvm::toString(object.takeError());
    return std::nullopt;
  }
  Artifact result;
  result.library = load(*object);
  result.about = static_cast<const lathe_model *>(
      dlsym(result.library.get(), "graph_model"));
  if (!result.about || result.about->version != LATHE_ARTIFACT_VERSION)
    throw std::runtime_error("the artifact has no model table");
  bool trains = result.about->fit != nullptr;
  result.memory = std::make_unique<ModelMemory>(*result.about, trains);
  int status = result.about->init(result.memory->params(),
                                  trains ? result.memory->state() : nullptr, 0);
  if (status != LATHE_OK)
    throw std::runtime_error(result.about->status_name(status));
  return result;
}

//===- Running ------------------------------------------------------------===//

namespace {
/// Memory of the caller with guards around it: what writes beyond its end, or
/// before it, shows.
class Guarded {
public:
  explicit Guarded(size_t size) : memory(size + 2 * guard, mark), size(size) {
    // Whatever is not written shows.
    std::fill_n(data(), size, char(0x7b));
  }
  char *data() { return memory.data() + guard; }
  std::vector<char> bytes() { return {data(), data() + size}; }
  bool isIntact() const {
    auto isMark = [](char byte) { return byte == mark; };
    return std::all_of(memory.begin(), memory.begin() + guard, isMark) &&
           std::all_of(memory.end() - guard, memory.end(), isMark);
  }

private:
  static constexpr size_t guard = 64;
  static constexpr char mark = char(0xa5);
  std::vector<char> memory;
  size_t size;
};
} // namespace

static int64_t sampleSize(const lathe_port &port) {
  int64_t size = elementSize(port.dtype);
  for (int32_t i = 0; i < port.rank; ++i)
    size *= port.shape[i];
  return size;
}

std::vector<Array> Artifact::run(const std::vector<const Array *> &inputs) {
  // Samples are counted by the first input; a graph of none is run once.
  int64_t n = 1;
  bool batched = false;
  std::vector<const void *> in;
  std::vector<std::vector<char>> given;
  for (int32_t i = 0; i < about->input_count; ++i) {
    const lathe_port &port = about->input_ports[i];
    const Array &array = *inputs.at(i);
    bool hasBatch = int64_t(array.shape.size()) == port.rank + 1;
    std::vector<int64_t> sample(array.shape.begin() + hasBatch,
                                array.shape.end());
    if (sample != std::vector<int64_t>(port.shape, port.shape + port.rank) ||
        array.dtype != port.dtype)
      throw std::runtime_error(
          fmt::format("input {} is not what the artifact says", port.name));
    if (hasBatch) {
      batched = true;
      n = array.shape[0];
    }
    static const char nothing = 0; // an array without elements has no memory
    in.push_back(array.bytes.empty() ? &nothing : array.bytes.data());
    given.push_back(array.bytes);
  }
  std::vector<Array> outputs(about->output_count);
  std::vector<Guarded> memories;
  std::vector<void *> out;
  for (int32_t i = 0; i < about->output_count; ++i) {
    const lathe_port &port = about->output_ports[i];
    Array &array = outputs[i];
    array.name = port.name;
    array.dtype = port.dtype;
    if (batched)
      array.shape.push_back(n);
    array.shape.insert(array.shape.end(), port.shape, port.shape + port.rank);
    out.push_back(memories.emplace_back(size_t(n * sampleSize(port))).data());
  }
  int status = about->run(memory->params(), memory->arena(), in.data(), int(n),
                          out.data());
  if (status != LATHE_OK)
    throw std::runtime_error(about->status_name(status));
  for (int32_t i = 0; i < about->input_count; ++i)
    if (inputs[i]->bytes != given[i])
      throw std::runtime_error(
          fmt::format("input {} is overwritten", about->input_ports[i].name));
  for (int32_t i = 0; i < about->output_count; ++i) {
    if (!memories[i].isIntact())
      throw std::runtime_error(
          fmt::format("memory around output {} is overwritten",
                      about->output_ports[i].name));
    outputs[i].bytes = memories[i].bytes();
  }
  return outputs;
}
