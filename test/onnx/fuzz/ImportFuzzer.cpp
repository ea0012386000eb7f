//===- ImportFuzzer.cpp - Whatever a file holds, the importer survives ----===//
//
// A target of libFuzzer: bytes are a file that goes through the importer and,
// where it is taken, through the stages up to `typed`. Without instrumented
// code its guides are what the importer says and which operations come out.
//
//===----------------------------------------------------------------------===//
#include "compiler/tools/StagedModel.h"
#include "test/onnx/fuzz/Mutator.h"
#include "llvm/ADT/Hashing.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace lathe;

namespace {
// libFuzzer looks at it after each run, beside what instrumented code counts.
constexpr size_t counterCount = 1 << 15;
__attribute__((section("__libfuzzer_extra_counters"), used))
uint8_t counters[counterCount];

void sawSomething(size_t hash) { counters[hash % counterCount] = 1; }

/// Numbers and names tell nothing new.
void sawMessage(const std::string &message) {
  std::string kind;
  bool quoted = false;
  for (char c : message) {
    quoted ^= c == '\'';
    if (!quoted && !isdigit(c))
      kind += c;
  }
  sawSomething(std::hash<std::string>()(kind));
}

/// In memory where there is such a folder; gone at the end.
struct File {
  File() {
    std::filesystem::path folder = "/dev/shm";
    if (!std::filesystem::is_directory(folder))
      folder = std::filesystem::temp_directory_path();
    path = (folder / ("lathe-fuzz-" + std::to_string(getpid()) + ".onnx"))
               .string();
  }
  ~File() { std::filesystem::remove(path); }
  std::string path;
};
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const File file;
  std::ofstream(file.path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char *>(data), std::streamsize(size));
  StagedModel model;
  model.report = [](const std::string &message) { sawMessage(message); };
  if (!model.load(file.path))
    return 0;
  model.runStages(lathe::Isa::X86_64_V3, "typed",
                  [](const Stage &, unsigned) { return true; });
  mlir::Operation *previous = nullptr;
  model.module().walk([&](mlir::Operation *op) {
    // Which operation is behind which.
    sawSomething(
        llvm::hash_combine(op->getName().getStringRef(),
                           previous ? previous->getName().getStringRef() : ""));
    previous = op;
  });
  return 0;
}

/// Half of the files are changed as graphs, half as bytes.
extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size,
                                          size_t most, unsigned seed) {
  if (seed % 4 != 0)
    if (size_t changed = test::mutateGraph(data, size, most, seed / 4))
      return changed;
  return LLVMFuzzerMutate(data, size, most);
}
