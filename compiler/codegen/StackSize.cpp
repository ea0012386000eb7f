//===- StackSize.cpp - The stack that an artifact's threads need ----------===//
#include "compiler/codegen/StackSize.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/DataExtractor.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace lathe;

/// Of each call: the return address, and what aligning a frame to a cache line
/// skips.
static constexpr int64_t callBytes = 128;

Expected<int64_t> lathe::framesOf(const ObjectFile &object) {
  auto file = object::ObjectFile::createELFObjectFile(MemoryBufferRef(
      StringRef(object.data(), object.size()), "a kernel's object"));
  if (!file)
    return file.takeError();
  int64_t sum = 0;
  for (const object::SectionRef &section : (*file)->sections()) {
    Expected<StringRef> name = section.getName();
    if (!name || *name != ".stack_sizes") {
      consumeError(name.takeError());
      continue;
    }
    Expected<StringRef> contents = section.getContents();
    if (!contents)
      return contents.takeError();
    // A function's address, which is a relocation, and its size as ULEB128.
    uint8_t addressBytes = (*file)->getBytesInAddress();
    DataExtractor data(*contents, (*file)->isLittleEndian(), addressBytes);
    DataExtractor::Cursor at(0);
    while (at && at.tell() < contents->size()) {
      data.skip(at, addressBytes);
      sum += int64_t(data.getULEB128(at)) + callBytes;
    }
    if (Error error = at.takeError())
      return error;
  }
  return sum;
}

Expected<int64_t> lathe::stackSize(const std::vector<ObjectFile> &kernels) {
  int64_t largest = 0;
  for (const ObjectFile &kernel : kernels) {
    Expected<int64_t> frames = framesOf(kernel);
    if (!frames)
      return frames;
    largest = std::max(largest, *frames);
  }
  return int64_t(alignTo(largest + callersStack, 4096));
}
