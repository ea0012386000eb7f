//===- KernelCache.cpp - Compiled kernels on disk -------------------------===//
//
// An entry is a magic word, the SHA-256 of key and object, and the object.
//
//===----------------------------------------------------------------------===//
#include "compiler/codegen/KernelCache.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/WriteFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include <cstring>
#include <elf.h>
#include <link.h>

using namespace llvm;
using namespace lathe;

static constexpr StringLiteral magic = "lathe-kernel-1\n\n";

//===- What compiles ------------------------------------------------------===//

/// The linker's own checksum of a loaded program or library, where it has one.
static StringRef buildIdOf(const dl_phdr_info &info) {
  for (const ElfW(Phdr) & header : ArrayRef(info.dlpi_phdr, info.dlpi_phnum)) {
    if (header.p_type != PT_NOTE)
      continue;
    StringRef notes(
        reinterpret_cast<const char *>(info.dlpi_addr + header.p_vaddr),
        header.p_memsz);
    while (notes.size() >= sizeof(ElfW(Nhdr))) {
      ElfW(Nhdr) note;
      std::memcpy(&note, notes.data(), sizeof note);
      size_t content = sizeof note + alignTo(note.n_namesz, 4);
      if (note.n_type == NT_GNU_BUILD_ID)
        return notes.substr(content, note.n_descsz);
      notes = notes.drop_front(
          std::min<size_t>(notes.size(), content + alignTo(note.n_descsz, 4)));
    }
  }
  return {};
}

static std::string sizeAndTime(const std::string &path) {
  sys::fs::file_status status;
  if (sys::fs::status(path, status))
    return {};
  return std::to_string(status.getSize()) + "/" +
         std::to_string(
             status.getLastModificationTime().time_since_epoch().count());
}

/// Of this program and of the libraries that compile: another version may
/// compile a kernel differently. Empty where it cannot be told.
static const std::string &buildId() {
  static const std::string id = [] {
    std::string text;
    dl_iterate_phdr(
        [](dl_phdr_info *info, size_t, void *data) {
          StringRef name = sys::path::filename(info->dlpi_name);
          bool isProgram = name.empty();
          if (!isProgram && !name.starts_with("libHalide") &&
              !name.starts_with("libLLVM") && !name.starts_with("libMLIR"))
            return 0;
          std::string own = toHex(buildIdOf(*info));
          if (own.empty())
            own = sizeAndTime(isProgram
                                  ? sys::fs::getMainExecutable(nullptr, nullptr)
                                  : info->dlpi_name);
          auto &text = *static_cast<std::string *>(data);
          if (own.empty())
            text.clear();
          else
            text += name.str() + "=" + own + ";";
          return own.empty() ? 1 : 0;
        },
        &text);
    return text;
  }();
  return id;
}

//===- Entries ------------------------------------------------------------===//

KernelCache::KernelCache(StringRef directory) : directory(directory) {
  if (directory.empty())
    return;
  if (buildId().empty() || sys::fs::create_directories(directory))
    this->directory.clear();
}

KernelCache::Key KernelCache::keyOf(const kernels::KernelSpec &spec,
                                    const kernels::Schedule &schedule,
                                    StringRef model, const Machine &machine) {
  SHA256 hash;
  auto add = [&](StringRef part) {
    hash.update(std::to_string(part.size()) + ":");
    hash.update(part);
  };
  add(compilerVersion());
  add(buildId());
  add(toString(machine));
  add(model);
  add(spec.name);
  add(kernels::signature(spec));
  add(kernels::toString(schedule));
  return hash.final();
}

std::string KernelCache::path(const Key &key) const {
  SmallString<128> file(directory);
  sys::path::append(file, "llvmcache-" + toHex(key, /*LowerCase=*/true));
  return std::string(file);
}

static KernelCache::Key checksum(const KernelCache::Key &key,
                                 StringRef object) {
  SHA256 hash;
  hash.update(key);
  hash.update(object);
  return hash.final();
}

std::optional<ObjectFile> KernelCache::load(const Key &key) {
  if (directory.empty())
    return std::nullopt;
  auto file = MemoryBuffer::getFile(path(key));
  if (!file)
    return std::nullopt;
  StringRef content = (*file)->getBuffer();
  Key expected;
  if (content.consume_front(magic) && content.size() > expected.size()) {
    std::memcpy(expected.data(), content.data(), expected.size());
    content = content.drop_front(expected.size());
    if (checksum(key, content) == expected)
      return ObjectFile(content.begin(), content.end());
  }
  ++damagedEntries;
  return std::nullopt;
}

void KernelCache::store(const Key &key, const ObjectFile &object) const {
  if (directory.empty())
    return;
  StringRef content(object.data(), object.size());
  Key sum = checksum(key, content);
  consumeError(writeFile(path(key), [&](raw_ostream &os) {
    os << magic << toStringRef(sum) << content;
  }));
}

void KernelCache::prune() const {
  CachePruningPolicy policy;
  policy.MaxSizeBytes = uint64_t(1) << 30;
  if (!directory.empty())
    pruneCache(directory, policy);
}
