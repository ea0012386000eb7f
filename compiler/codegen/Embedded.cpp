//===- Embedded.cpp - Files that are bytes of the compiler ----------------===//
#include "compiler/codegen/Embedded.h"
#include "llvm/ADT/SmallVector.h"

using llvm::StringRef;

extern "C" {
extern const char lathe_embedded_bitcode[], lathe_embedded_bitcode_end[];
extern const char lathe_embedded_text[], lathe_embedded_text_end[];
extern const char lathe_artifact_header[], lathe_artifact_header_end[];
extern const char lathe_internal_header[], lathe_internal_header_end[];
}

static StringRef bytes(const char *begin, const char *end) {
  return StringRef(begin, end - begin);
}

static std::string withoutOwnIncludes(StringRef text) {
  std::string result;
  llvm::SmallVector<StringRef> lines;
  text.split(lines, '\n');
  for (StringRef line : lines)
    if (!line.starts_with("#include \"runtime/"))
      result += line.str() + "\n";
  return result;
}

StringRef lathe::embeddedBitcode() {
  return bytes(lathe_embedded_bitcode, lathe_embedded_bitcode_end);
}

StringRef lathe::artifactHeader() {
  return bytes(lathe_artifact_header, lathe_artifact_header_end);
}

std::string lathe::embeddedHeaderText() {
  return withoutOwnIncludes(
      bytes(lathe_internal_header, lathe_internal_header_end));
}

std::string lathe::embeddedText() {
  return withoutOwnIncludes(
      bytes(lathe_embedded_text, lathe_embedded_text_end));
}

std::string lathe::withPrefix(StringRef text, StringRef model) {
  constexpr StringRef placeholder = "lathe_this_";
  std::string result;
  for (size_t at; (at = text.find(placeholder)) != StringRef::npos;
       text = text.drop_front(at + placeholder.size()))
    result += text.take_front(at).str() + model.str() + "_";
  return result + text.str();
}
