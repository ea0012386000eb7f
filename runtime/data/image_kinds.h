// image_kinds.h: what kind of picture a file is, and what lies in a folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lathe {

struct EncodedImage;
struct Image;

struct ImageKind {
  const char *name;                                    // "JPEG"
  Image (*decode)(const EncodedImage &file) = nullptr; // where it is read
};

// "JPEG, PNG, ... or PNM": those that are read.
std::string readable_kinds();

// By the first bytes of a file; names are often wrong. nullptr when they are of
// no picture.
const ImageKind *kind_of(const uint8_t *bytes, size_t size);
// The longest prefix that kind_of looks at.
constexpr size_t signature_size = 16;

using Counts = std::map<std::string, int64_t>;

// What a folder holds.
struct FolderContents {
  // Sorted paths. `damaged` are files that are named as pictures that can be
  // read, and are none of any kind.
  std::vector<std::string> pictures, damaged, folders;
  // By kind: pictures that cannot be read, "BMP", and what else there is but
  // hidden files, ".txt".
  Counts other_pictures, other_files;

  Counts others() const; // both
};

// Throws Error.
FolderContents contents_of(const std::string &folder);

// The same of the folder and all below it; no `folders`. Links to folders are
// followed, but not to one that they are in. Throws Error.
FolderContents contents_below(const std::string &folder);

// The folders in it, hidden ones and what systems leave behind aside; sorted
// paths. Throws Error.
std::vector<std::string> folders_in(const std::string &folder);

// True when some file in it is a picture of any kind, by its name or its
// content. Throws nothing.
bool holds_pictures(const std::string &folder);
bool holds_pictures_below(const std::string &folder); // or in folders in it

// Of ASCII letters; what names of files and columns are compared by.
std::string lower_case(std::string text);

// "12 BMP, 3 .txt"
std::string list_counts(const Counts &counts);
void add_counts(Counts &counts, const Counts &more);

} // namespace lathe
