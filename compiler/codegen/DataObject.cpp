//===- DataObject.cpp - Arrays as an object file --------------------------===//
#include "compiler/codegen/DataObject.h"
#include "compiler/codegen/Target.h"
#include "compiler/codegen/WriteFile.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace lathe;

static constexpr uint64_t arrayAlignment = 64;

int64_t InitialData::bytes() const {
  return elements.getNumElements() *
         (elements.getElementType().getIntOrFloatBitWidth() / 8);
}

void InitialData::write(raw_ostream &os) const {
  ArrayRef<char> raw = elements.getRawData();
  int64_t copies = elements.isSplat() ? elements.getNumElements() : 1;
  for (int64_t i = 0; i < copies; ++i)
    os.write(raw.data(), raw.size());
}

namespace {
template <typename T>
void writeStruct(raw_ostream &os, const T &value) {
  os.write(reinterpret_cast<const char *>(&value), sizeof(value));
}

/// The file's parts, in their order: header, arrays, symbols, names, sections.
class DataObject {
public:
  DataObject(const std::vector<InitialData> &arrays, const Triple &triple)
      : arrays(arrays), isX86(triple.isX86()) {
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
    for (const char *name : {isX86 ? ".lrodata" : ".rodata", ".symtab",
                             ".strtab", ".note.GNU-stack"}) {
      sectionNames.push_back(names.size());
      names += std::string(name) + '\0';
    }
  }

  void write(raw_ostream &os) const {
    writeHeader(os);
    uint64_t place = 0;
    for (const InitialData &array : arrays) {
      os.write_zeros(alignTo(place, arrayAlignment) - place);
      array.write(os);
      place = alignTo(place, arrayAlignment) + array.bytes();
    }
    os.write_zeros(symbolsAt() - dataAt - dataSize);
    for (const ELF::Elf64_Sym &symbol : symbols)
      writeStruct(os, symbol);
    os << names;
    os.write_zeros(sectionsAt() - namesAt() - names.size());
    writeSections(os);
  }

private:
  enum Section { Null, Data, Symbols, Names, NoStack, SectionCount };

  uint64_t symbolsAt() const { return alignTo(dataAt + dataSize, 8); }
  uint64_t namesAt() const {
    return symbolsAt() + symbols.size() * sizeof(ELF::Elf64_Sym);
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
    os.write_zeros(dataAt - sizeof(header));
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
    section(Data, ELF::SHT_PROGBITS,
            ELF::SHF_ALLOC | (isX86 ? uint64_t(ELF::SHF_X86_64_LARGE) : 0),
            dataAt, dataSize, arrayAlignment);
    section(Symbols, ELF::SHT_SYMTAB, 0, symbolsAt(), namesAt() - symbolsAt(),
            8);
    section(Names, ELF::SHT_STRTAB, 0, namesAt(), names.size(), 1);
    section(NoStack, ELF::SHT_PROGBITS, 0, sectionsAt(), 0, 1);
  }

  static constexpr uint64_t dataAt = arrayAlignment;
  const std::vector<InitialData> &arrays;
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
