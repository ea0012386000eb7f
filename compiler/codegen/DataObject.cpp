//===- DataObject.cpp - Arrays as an object file --------------------------===//
#include "compiler/codegen/DataObject.h"
#include "compiler/codegen/Target.h"
#include "compiler/codegen/WriteFile.h"
#include "dialects/nn/Elements.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace lathe;

static constexpr uint64_t arrayAlignment = 64;

static const char *sectionName(const Triple &triple) {
  return triple.isX86() ? ".lrodata" : ".rodata.weights";
}

int64_t InitialData::bytes() const {
  return elements.getNumElements() *
         (elements.getElementType().getIntOrFloatBitWidth() / 8);
}

void InitialData::write(raw_ostream &os) const {
  nn::visitElements(elements, [&](ArrayRef<char> part) {
    os.write(part.data(), part.size());
  });
}

namespace {
template <typename T>
void writeStruct(raw_ostream &os, const T &value) {
  os.write(reinterpret_cast<const char *>(&value), sizeof(value));
}

/// The file's parts, in their order: header, symbols, names, sections.
class DataObject {
public:
  DataObject(const std::vector<InitialData> &arrays, const Triple &triple)
      : isX86(triple.isX86()) {
    symbols.emplace_back();
    for (const InitialData &array : arrays) {
      dataSize = alignTo(dataSize, arrayAlignment);
      ELF::Elf64_Sym &symbol = symbols.emplace_back();
      symbol.st_name = names.size();
      symbol.setBindingAndType(ELF::STB_GLOBAL, ELF::STT_OBJECT);
      symbol.st_other = ELF::STV_HIDDEN;
      symbol.st_shndx = Data;
      symbol.st_value = dataSize;
      symbol.st_size = array.bytes();
      names += array.symbol + '\0';
      dataSize += array.bytes();
    }
    for (const char *name :
         {sectionName(triple), ".symtab", ".strtab", ".note.GNU-stack"}) {
      sectionNames.push_back(names.size());
      names += std::string(name) + '\0';
    }
  }

  void write(raw_ostream &os) const {
    writeHeader(os);
    for (const ELF::Elf64_Sym &symbol : symbols)
      writeStruct(os, symbol);
    os << names;
    os.write_zeros(sectionsAt() - namesAt() - names.size());
    writeSections(os);
  }

private:
  enum Section { Null, Data, Symbols, Names, NoStack, SectionCount };

  uint64_t namesAt() const {
    return symbolsAt + symbols.size() * sizeof(ELF::Elf64_Sym);
  }
  uint64_t sectionsAt() const { return alignTo(namesAt() + names.size(), 8); }

  void writeHeader(raw_ostream &os) const {
    ELF::Elf64_Ehdr header = {};
    memcpy(header.e_ident, ELF::ElfMagic, 4);
    header.e_ident[ELF::EI_CLASS] = ELF::ELFCLASS64;
    header.e_ident[ELF::EI_DATA] = ELF::ELFDATA2LSB;
    header.e_ident[ELF::EI_VERSION] = ELF::EV_CURRENT;
    header.e_type = ELF::ET_REL;
    header.e_machine = isX86 ? ELF::EM_X86_64 : ELF::EM_AARCH64;
    header.e_version = ELF::EV_CURRENT;
    header.e_shoff = sectionsAt();
    header.e_ehsize = sizeof(ELF::Elf64_Ehdr);
    header.e_shentsize = sizeof(ELF::Elf64_Shdr);
    header.e_shnum = SectionCount;
    header.e_shstrndx = Names;
    writeStruct(os, header);
    os.write_zeros(symbolsAt - sizeof(header));
  }

  void writeSections(raw_ostream &os) const {
    auto section = [&](Section number, uint32_t type, uint64_t flags,
                       uint64_t at, uint64_t size, uint64_t alignment) {
      ELF::Elf64_Shdr header = {};
      header.sh_name = number ? sectionNames[number - 1] : 0;
      header.sh_type = type;
      header.sh_flags = flags;
      header.sh_offset = at;
      header.sh_size = size;
      header.sh_addralign = alignment;
      if (number == Symbols) {
        header.sh_link = Names;
        header.sh_info = 1; // the first that is not local
        header.sh_entsize = sizeof(ELF::Elf64_Sym);
      }
      writeStruct(os, header);
    };
    section(Null, ELF::SHT_NULL, 0, 0, 0, 0);
    section(Data, ELF::SHT_NOBITS,
            ELF::SHF_ALLOC | (isX86 ? uint64_t(ELF::SHF_X86_64_LARGE) : 0),
            symbolsAt, dataSize, arrayAlignment);
    section(Symbols, ELF::SHT_SYMTAB, 0, symbolsAt, namesAt() - symbolsAt, 8);
    section(Names, ELF::SHT_STRTAB, 0, namesAt(), names.size(), 1);
    section(NoStack, ELF::SHT_PROGBITS, 0, sectionsAt(), 0, 1);
  }

  static constexpr uint64_t symbolsAt = sizeof(ELF::Elf64_Ehdr);
  bool isX86;
  uint64_t dataSize = 0;
  std::vector<ELF::Elf64_Sym> symbols;
  std::string names = std::string(1, '\0');
  std::vector<uint32_t> sectionNames;
};
} // namespace

Error lathe::writeDataObject(StringRef path,
                             const std::vector<InitialData> &arrays,
                             const TargetDescription &target) {
  DataObject object(arrays, Triple(target.triple));
  return writeFile(path, [&](raw_ostream &os) { object.write(os); });
}

namespace {
/// The section's header and its place in the file.
struct Place {
  object::ELF64LE::Shdr header;
  uint64_t headerAt = 0, fileSize = 0;
};
} // namespace

static Expected<Place> findSection(StringRef path, StringRef wanted) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false,
                                      /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError("cannot read " + path + ": " +
                             buffer.getError().message());
  auto file = object::ELFFile<object::ELF64LE>::create((*buffer)->getBuffer());
  if (!file)
    return file.takeError();
  auto sections = file->sections();
  if (!sections)
    return sections.takeError();
  for (const object::ELF64LE::Shdr &header : *sections) {
    Expected<StringRef> name = file->getSectionName(header);
    if (!name)
      return name.takeError();
    if (*name == wanted)
      return Place{
          header,
          uint64_t(reinterpret_cast<const uint8_t *>(&header) - file->base()),
          (*buffer)->getBufferSize()};
  }
  return createStringError(path + " has no section " + wanted);
}

Error lathe::insertData(StringRef path, const std::vector<InitialData> &arrays,
                        const TargetDescription &target) {
  Expected<Place> place = findSection(path, sectionName(Triple(target.triple)));
  if (!place)
    return place.takeError();
  object::ELF64LE::Shdr &header = place->header;
  // Some linkers have made room for it.
  if (header.sh_type == ELF::SHT_NOBITS)
    header.sh_offset = alignTo(place->fileSize, arrayAlignment);
  header.sh_type = ELF::SHT_PROGBITS;
  int descriptor = 0;
  std::error_code error = sys::fs::openFileForReadWrite(
      path, descriptor, sys::fs::CD_OpenExisting, sys::fs::OF_None);
  if (!error) {
    raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    os.seek(place->headerAt);
    writeStruct(os, header);
    uint64_t at = 0;
    for (const InitialData &array : arrays) {
      at = alignTo(at, arrayAlignment);
      os.seek(header.sh_offset + at);
      array.write(os);
      at += array.bytes();
    }
    os.flush();
    error = os.error();
    os.clear_error();
  }
  if (error)
    return createStringError("cannot write " + path + ": " + error.message());
  return Error::success();
}
